#include "visit.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <wideline/wideline.hpp>

namespace site {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

// Looked through from the top, so a longer prefix stands before a shorter one.
constexpr std::array kRoutes{
    Pair{"/blog/tags/", "/blog/tags/{tag}"},
    Pair{"/blog/", "/blog/{post}"},
    Pair{"/presentations/", "/presentations/{talk}"},
    Pair{"/images/", "/images/{file}"},
    Pair{"/icons/", "/icons/{file}"},
    Pair{"/projects/", "/projects/{project}"},
    Pair{"/files/", "/files/{file}"},
    Pair{"/articles/", "/articles/{article}"},
    Pair{"/scripts/", "/scripts/{file}"},
    Pair{"/misc/", "/misc/{file}"},
    Pair{"/favicon.ico", "/favicon.ico"},
    Pair{"/robots.txt", "/robots.txt"},
    Pair{"/style2.css", "/style2.css"},
    Pair{"/reset.css", "/reset.css"},
};

struct FileType {
    std::string_view extension;
    std::string_view kind;
    std::string_view content_type;
};

constexpr std::array kFileTypes{
    FileType{"html", "page", "text/html; charset=utf-8"},
    FileType{"xhtml", "page", "application/xhtml+xml"},
    FileType{"php", "page", "text/html; charset=utf-8"},
    FileType{"png", "image", "image/png"},
    FileType{"jpg", "image", "image/jpeg"},
    FileType{"gif", "image", "image/gif"},
    FileType{"ico", "image", "image/x-icon"},
    FileType{"svg", "image", "image/svg+xml"},
    FileType{"css", "style", "text/css"},
    FileType{"js", "script", "text/javascript"},
    FileType{"xml", "feed", "application/xml"},
    FileType{"rss", "feed", "application/rss+xml"},
    FileType{"txt", "other", "text/plain; charset=utf-8"},
    FileType{"pdf", "download", "application/pdf"},
    FileType{"gz", "download", "application/gzip"},
    FileType{"jar", "download", "application/java-archive"},
    FileType{"deb", "download", "application/vnd.debian.binary-package"},
    FileType{"rpm", "download", "application/x-rpm"},
    FileType{"mp4", "download", "video/mp4"},
};

constexpr std::array kBots{
    Pair{"Googlebot", "Googlebot"},
    Pair{"bingbot", "bingbot"},
    Pair{"msnbot", "msnbot"},
    Pair{"YandexBot", "YandexBot"},
    Pair{"Baiduspider", "Baidu"},
    Pair{"Slurp", "Yahoo Slurp"},
    Pair{"Ezooms", "Ezooms"},
    Pair{"archive.org_bot", "archive.org"},
    Pair{"FeedBurner", "FeedBurner"},
    Pair{"UniversalFeedParser", "UniversalFeedParser"},
    Pair{"Tiny Tiny RSS", "Tiny RSS"},
    Pair{"bot", "bot"},
    Pair{"Bot", "bot"},
    Pair{"spider", "bot"},
    Pair{"crawler", "bot"},
    Pair{"Feed", "feed reader"},
    Pair{"RSS", "feed reader"},
};

// Opera and Chrome also call themselves by the names below them, so the order matters.
constexpr std::array kBrowsers{
    Pair{"Opera", "Opera"},     Pair{"Chromium", "Chromium"}, Pair{"Chrome", "Chrome"},
    Pair{"Firefox", "Firefox"}, Pair{"MSIE", "IE"},           Pair{"Trident", "IE"},
    Pair{"Safari", "Safari"},   Pair{"curl", "curl"},         Pair{"Wget", "Wget"},
};

constexpr std::array kSystems{
    Pair{"iPhone", "iOS"},     Pair{"iPad", "iOS"},      Pair{"Android", "Android"}, Pair{"Windows", "Windows"},
    Pair{"Mac OS X", "macOS"}, Pair{"CrOS", "ChromeOS"}, Pair{"Linux", "Linux"},     Pair{"linux", "Linux"},
};

bool holds(std::string_view text, std::string_view part) noexcept { return text.find(part) != std::string_view::npos; }

template <std::size_t N>
std::string_view first_named_in(std::string_view text, const std::array<Pair, N>& names) noexcept {
    const auto found = std::ranges::find_if(names, [&](const Pair& pair) { return holds(text, pair.first); });
    return found == names.end() ? std::string_view{} : found->second;
}

std::string_view route_of(std::string_view path) noexcept {
    if (path == "/") return "/";
    const auto found = std::ranges::find_if(kRoutes, [&](const Pair& pair) { return path.starts_with(pair.first); });
    return found == kRoutes.end() ? std::string_view{"/{other}"} : found->second;
}

std::string_view extension_of(std::string_view path) noexcept {
    const std::string_view file = path.substr(path.rfind('/') + 1);
    const std::size_t dot = file.rfind('.');
    return dot == std::string_view::npos ? std::string_view{} : file.substr(dot + 1);
}

}  // namespace

Resource resource_of(std::string_view path) noexcept {
    path = path.substr(0, path.find('?'));
    const std::string_view extension = extension_of(path);
    const std::string_view route = route_of(path);
    if (extension.empty()) return {route, "page", {}, "text/html; charset=utf-8"};
    const auto type = std::ranges::find(kFileTypes, extension, &FileType::extension);
    if (type == kFileTypes.end()) return {route, "other", extension, "application/octet-stream"};
    return {route, type->kind, extension, type->content_type};
}

std::string_view name_of(Plan plan) noexcept {
    switch (plan) {
        case Plan::anonymous:
            return "anonymous";
        case Plan::free:
            return "free";
        case Plan::pro:
            return "pro";
        case Plan::enterprise:
            return "enterprise";
    }
    return "anonymous";
}

void describe(wideline::FieldWriter& writer, const Visitor& visitor) {
    writer.set("plan", visitor.plan);
    if (visitor.account != 0) writer.set("id", visitor.account);
}

Visitor visitor_of(std::uint32_t client) noexcept {
    // Knuth's multiplicative hash scatters neighbouring numbers; the upper bits are the good ones.
    const std::uint32_t place = (client * 2654435761U) >> 16;
    const std::uint32_t percent = place % 100;
    if (percent < 60) return {client, 0, Plan::anonymous};
    const Plan plan = percent < 90 ? Plan::free : percent < 98 ? Plan::pro : Plan::enterprise;
    return {client, 100'000 + client, plan};
}

Agent agent_of(std::string_view user_agent) noexcept {
    const std::string_view os = first_named_in(user_agent, kSystems);
    if (const std::string_view bot = first_named_in(user_agent, kBots); !bot.empty()) return {bot, os, true};
    const std::string_view browser = first_named_in(user_agent, kBrowsers);
    return {browser.empty() ? std::string_view{"other"} : browser, os, false};
}

std::string_view referrer_kind(std::string_view host) noexcept {
    if (host.empty()) return "none";
    if (host.ends_with("semicomplete.com")) return "internal";
    constexpr std::array<std::string_view, 5> kSearch{"google.", "bing.", "yahoo.", "duckduckgo.", "yandex."};
    return std::ranges::any_of(kSearch, [&](std::string_view name) { return holds(host, name); }) ? "search"
                                                                                                  : "external";
}

}  // namespace site

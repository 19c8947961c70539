// Parameters and passwords in URLs, query strings, cookies, and in any other text that has `name=value` in it.
#include <algorithm>

#include "redaction/detectors.hpp"
#include "redaction/edits.hpp"
#include "redaction/key_pattern.hpp"

namespace wideline::redaction {
namespace {

constexpr std::string_view kTaken = "***";
constexpr std::size_t kLongestName = 256;

bool is_name_byte(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("_-.%[]$").find(c) != std::string_view::npos;
}

bool ends_value(char c) noexcept {
    return static_cast<unsigned char>(c) <= ' ' || std::string_view("&;#\"'<>").find(c) != std::string_view::npos;
}

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// As keys are compared; `user[password]` is `user.password`.
std::string key_of(std::string_view name) {
    std::string key;
    for (std::size_t i = 0; i < name.size(); ++i) {
        char c = name[i];
        if (c == '%' && i + 2 < name.size() && hex_value(name[i + 1]) >= 0 && hex_value(name[i + 2]) >= 0) {
            c = static_cast<char>(hex_value(name[i + 1]) * 16 + hex_value(name[i + 2]));
            i += 2;
        }
        if (c == '[') c = '.';
        if (c != ']') key.push_back(c);
    }
    while (key.ends_with('.')) key.pop_back();  // `token[]`
    return folded(key);
}

std::size_t end_of_value(std::string_view text, std::size_t at) noexcept {
    if (at < text.size() && (text[at] == '"' || text[at] == '\'')) {
        const std::size_t close = text.find(text[at], at + 1);
        return close == text.npos ? text.size() : close + 1;
    }
    while (at < text.size() && !ends_value(text[at])) ++at;
    return at;
}

/// Where the password begins and ends of the URL whose `://` ends at `at`; the same place twice if it has none.
std::pair<std::size_t, std::size_t> password_at(std::string_view text, std::size_t at) noexcept {
    constexpr std::pair<std::size_t, std::size_t> kNone{0, 0};
    const auto ends_url = [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || std::string_view("\"'<>`").find(c) != std::string_view::npos;
    };
    const auto end = static_cast<std::size_t>(
        std::find_if(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), ends_url) - text.begin());
    const std::string_view url = text.substr(0, end);
    const std::size_t colon = url.find_first_of(":/?#@[", at);
    if (colon == url.npos || url[colon] != ':') return kNone;
    const std::size_t authority_end = std::min(url.find_first_of("/?#", colon), end);
    std::size_t sign = url.substr(0, authority_end).rfind('@');
    if (sign == url.npos || sign < colon) {
        // Not a port: a password with one of the characters that should have been escaped.
        const std::size_t digits_end = std::min(url.find_first_not_of("0123456789", colon + 1), end);
        if (digits_end == authority_end) return kNone;
        sign = url.find('@', colon);
        if (sign == url.npos) return kNone;
    }
    return {colon + 1, sign};
}

std::uint32_t replace_passwords(std::string& text) {
    Edits edits(text);
    for (std::size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at)) {
        at += 3;
        const auto [begin, end] = password_at(text, at);
        if (begin >= end) continue;
        if (std::string_view(text).substr(begin, end - begin) != kTaken) edits.replace(begin, end, kTaken);
        at = end;
    }
    return edits.apply();
}

}  // namespace

std::uint32_t replace_parameters(std::string& text, const std::function<bool(std::string_view)>& is_secret) {
    const std::uint32_t passwords = replace_passwords(text);
    Edits edits(text);
    for (std::size_t at = text.find('='); at != std::string::npos; at = text.find('=', at + 1)) {
        if (at < edits.done()) continue;
        std::size_t begin = at;
        while (begin > edits.done() && at - begin < kLongestName && is_name_byte(text[begin - 1])) --begin;
        if (begin == at || !is_secret(key_of(std::string_view(text).substr(begin, at - begin)))) continue;
        const std::size_t end = end_of_value(text, at + 1);
        if (end == at + 1 || std::string_view(text).substr(at + 1, end - at - 1) == kTaken) continue;
        edits.replace(at + 1, end, kTaken);
    }
    return passwords + edits.apply();
}

}  // namespace wideline::redaction

#include "journal/segment_name.hpp"

#include <charconv>
#include <cstdio>
#include <optional>

namespace wideline::journal_files {
namespace {

// File systems take 255 bytes; the rest of the name needs less than 80.
constexpr std::size_t kMostServiceBytes = 100;

bool is_safe(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

/// Cuts what follows the last '-' off the end of `name`; nothing where there is none.
std::optional<std::string_view> cut_last_part(std::string_view& name) {
    const std::size_t dash = name.rfind('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const std::string_view part = name.substr(dash + 1);
    name = name.substr(0, dash);
    return part;
}

std::optional<std::uint64_t> number_in(std::optional<std::string_view> text) {
    if (!text || text->empty()) return std::nullopt;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
    return number;
}

}  // namespace

std::string safe_service_name(std::string_view service) {
    std::string name;
    for (const char c : service.substr(0, kMostServiceBytes)) name.push_back(is_safe(c) ? c : '_');
    if (name.empty()) return "events";
    // Not a hidden file, and not an option on a command line.
    if (name.front() == '.' || name.front() == '-') name.front() = '_';
    return name;
}

std::string segment_name(std::string_view safe_service, std::chrono::sys_seconds start, std::int64_t pid,
                         std::uint64_t number) {
    const auto day = std::chrono::floor<std::chrono::days>(start);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{start - day};
    char stamp[64];
    std::snprintf(stamp, sizeof stamp, "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
    std::string name(safe_service);
    name.append("-").append(stamp).append("-").append(std::to_string(pid)).append("-").append(std::to_string(number));
    return name.append(kSegmentSuffix);
}

SegmentOrder segment_order(std::string_view name) {
    SegmentOrder order;
    order.name = name;
    if (!name.ends_with(kSegmentSuffix)) return order;
    name.remove_suffix(kSegmentSuffix.size());
    const auto number = number_in(cut_last_part(name));
    const auto pid = number_in(cut_last_part(name));
    const auto start = cut_last_part(name);
    if (!number || !pid || !start) return order;
    order.service = name;
    order.start = *start;
    order.pid = *pid;
    order.number = *number;
    return order;
}

}  // namespace wideline::journal_files

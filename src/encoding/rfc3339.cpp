#include "encoding/rfc3339.hpp"

#include <cstddef>
#include <cstdint>

namespace wideline::json_text {
namespace {

using std::chrono::microseconds;

/// Takes exactly `digits` digits off the front of `text`; nothing where there are fewer.
std::optional<int> take_number(std::string_view& text, std::size_t digits) noexcept {
    if (text.size() < digits) return std::nullopt;
    int number = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        number = number * 10 + (text[i] - '0');
    }
    text.remove_prefix(digits);
    return number;
}

bool take(std::string_view& text, char expected) noexcept {
    if (text.empty() || text.front() != expected) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) noexcept {
    const auto year = take_number(text, 4);
    if (!year || !take(text, '-')) return std::nullopt;
    const auto month = take_number(text, 2);
    if (!month || !take(text, '-')) return std::nullopt;
    const auto day = take_number(text, 2);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days{date};
}

std::optional<microseconds> take_time(std::string_view& text) noexcept {
    const auto hour = take_number(text, 2);
    if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
    const auto minute = take_number(text, 2);
    if (!minute || *minute > 59 || !take(text, ':')) return std::nullopt;
    const auto second = take_number(text, 2);
    if (!second || *second > 60) return std::nullopt;  // 60: a leap second.
    std::int64_t fraction = 0;
    if (take(text, '.')) {
        std::int64_t unit = 100'000;
        bool any = false;
        for (; !text.empty() && text.front() >= '0' && text.front() <= '9';
             text.remove_prefix(1), unit /= 10, any = true)
            fraction += (text.front() - '0') * unit;
        if (!any) return std::nullopt;
    }
    return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second) +
           microseconds(fraction);
}

std::optional<std::chrono::minutes> take_offset(std::string_view& text) noexcept {
    if (take(text, 'Z') || take(text, 'z')) return std::chrono::minutes(0);
    const bool west = take(text, '-');
    if (!west && !take(text, '+')) return std::nullopt;
    const auto hours = take_number(text, 2);
    if (!hours || *hours > 23) return std::nullopt;
    take(text, ':');  // ISO 8601 goes without, and so do many loggers.
    const auto minutes = take_number(text, 2);
    if (!minutes || *minutes > 59) return std::nullopt;
    const auto offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    return west ? -offset : offset;
}

}  // namespace

std::optional<TimePoint> parse_rfc3339(std::string_view text) noexcept {
    const auto date = take_date(text);
    if (!date || (!take(text, 'T') && !take(text, 't') && !take(text, ' '))) return std::nullopt;
    const auto time = take_time(text);
    if (!time) return std::nullopt;
    const auto offset = take_offset(text);
    if (!offset || !text.empty()) return std::nullopt;
    return TimePoint(*date) + *time - *offset;
}

}  // namespace wideline::json_text

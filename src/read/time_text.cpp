#include "read/time_text.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>

namespace wideline::read {

using std::chrono::microseconds;

std::optional<microseconds> parse_span(std::string_view text) noexcept {
    if (text.size() < 2) return std::nullopt;
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size() - 1, count);
    constexpr std::int64_t kMostCount = 1'000'000'000;
    if (error != std::errc{} || end != text.data() + text.size() - 1 || count < 0 || count > kMostCount)
        return std::nullopt;
    switch (text.back()) {
        case 's':
            return std::chrono::seconds(count);
        case 'm':
            return std::chrono::minutes(count);
        case 'h':
            return std::chrono::hours(count);
        case 'd':
            return count < kMostCount / 24 ? std::optional<microseconds>(std::chrono::hours(24 * count)) : std::nullopt;
        case 'w':
            return count < kMostCount / 168 ? std::optional<microseconds>(std::chrono::hours(168 * count))
                                            : std::nullopt;
        default:
            return std::nullopt;
    }
}

std::optional<TimePoint> parse_moment(std::string_view text, TimePoint now) {
    if (const auto moment = parse_rfc3339(text)) return moment;
    if (const auto span = parse_span(text)) return now - *span;
    constexpr std::size_t kDate = 10;  // 2026-11-23
    if (text.size() != kDate) return std::nullopt;
    return parse_rfc3339(std::string(text) + "T00:00:00Z");
}

}  // namespace wideline::read

// Times of a JSON text, read back.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace wideline::json_text {

using TimePoint = std::chrono::sys_time<std::chrono::microseconds>;

/// Reads RFC 3339: "2026-11-23T22:01:02.123456Z", with an offset instead of the Z, with or without a fraction. Digits
/// of the fraction after microseconds are dropped. An offset without its colon ("+0000") is read too. Returns nullopt
/// for any other text. Any number of threads.
[[nodiscard]] std::optional<TimePoint> parse_rfc3339(std::string_view text) noexcept;

/// Whether a text may be such a time: false of nearly all that are not, at the price of two comparisons.
[[nodiscard]] constexpr bool may_be_rfc3339(std::string_view text) noexcept {
    constexpr std::size_t kShortest = 20;  // 2026-11-23T22:01:02Z
    return text.size() >= kShortest && text[4] == '-' && text[13] == ':';
}

}  // namespace wideline::json_text

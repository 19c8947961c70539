// Times as people and events write them.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace wideline::read {

using TimePoint = std::chrono::sys_time<std::chrono::microseconds>;

/// RFC 3339: "2026-11-23T22:01:02.123456Z", with an offset instead of the Z, with or without a fraction; digits of it
/// past microseconds are dropped. Nothing for any other text.
[[nodiscard]] std::optional<TimePoint> parse_rfc3339(std::string_view text) noexcept;

/// What people write on a command line: RFC 3339; its date alone (midnight UTC); or how long before `now`, as in "90s",
/// "15m", "2h", "3d", "1w".
[[nodiscard]] std::optional<TimePoint> parse_moment(std::string_view text, TimePoint now) noexcept;

/// "90s", "15m", "2h", "3d", "1w": not more than a thousand million of them.
[[nodiscard]] std::optional<std::chrono::microseconds> parse_span(std::string_view text) noexcept;

}  // namespace wideline::read

// Times as people and events write them.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "encoding/rfc3339.hpp"

namespace wideline::read {

using json_text::parse_rfc3339;
using json_text::TimePoint;

/// What people write on a command line: RFC 3339; its date alone (midnight UTC); or how long before `now`, as in "90s",
/// "15m", "2h", "3d", "1w".
[[nodiscard]] std::optional<TimePoint> parse_moment(std::string_view text, TimePoint now);

/// "90s", "15m", "2h", "3d", "1w": not more than a thousand million of them.
[[nodiscard]] std::optional<std::chrono::microseconds> parse_span(std::string_view text) noexcept;

}  // namespace wideline::read

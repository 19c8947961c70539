// What the fields say that the library reads itself, whichever program wrote the line. Every verb asks here, so that
// one bad value costs only itself, and the same everywhere.
#pragma once

#include <optional>
#include <span>

#include "read/event_line.hpp"
#include "read/time_text.hpp"

namespace wideline::read {

/// How many requests an event with this `sample_weight` stands for: 1 if it is absent, not a number or not finite, and
/// 0 if it is negative.
[[nodiscard]] double weight_of(JsonText sample_weight) noexcept;
/// The same of an event's fields. The first `sample_weight` counts.
[[nodiscard]] double weight_in(std::span<const RawField> fields);

/// When an event with this `timestamp` began. Returns nullopt if it is absent or not an RFC 3339 time.
[[nodiscard]] std::optional<TimePoint> time_of(JsonText timestamp);

}  // namespace wideline::read

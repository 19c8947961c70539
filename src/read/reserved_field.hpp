// What the fields say that the library reads itself, whichever program wrote the line. Every verb asks here, so that
// one bad value costs only itself, and the same everywhere.
#pragma once

#include <optional>
#include <span>

#include "read/event_line.hpp"
#include "read/time_text.hpp"

namespace wideline::read {

/// How many requests the event of this line stands for, with this `sample_weight`; 0 if that is negative. If it is
/// absent, not a number or not finite, 1, unless there is a `sample_rule`: then the event was kept with a probability
/// that is not known, and 0 leaves it out of every estimate.
[[nodiscard]] double weight_of(JsonText sample_weight, std::string_view line) noexcept;
/// The same of an event's fields. The first `sample_weight` counts.
[[nodiscard]] double weight_in(std::span<const RawField> fields);

/// When an event with this `timestamp` began. Returns nullopt if it is absent or not an RFC 3339 time.
[[nodiscard]] std::optional<TimePoint> time_of(JsonText timestamp);

}  // namespace wideline::read

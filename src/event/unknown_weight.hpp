// Instead of a weight: how many requests the event stands for depends on what its caller did not tell. Such an event
// has no sample_weight.
#pragma once

namespace wideline::detail {

inline constexpr double kUnknownWeight = -1;

}  // namespace wideline::detail

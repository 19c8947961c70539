// Instead of a weight: how many requests the event stands for depends on what its caller did not tell. Such an event
// has no sample_weight.
#pragma once

#include <wideline/detail/arena.hpp>

namespace wideline::detail {

inline constexpr double kUnknownWeight = -1;

/// 0 if it is not known: then the event is in no sum.
[[nodiscard]] constexpr double known_weight(const RequestFate& fate) noexcept {
    return fate.weight == kUnknownWeight ? 0 : fate.weight;
}

}  // namespace wideline::detail

// A float as people read it. Floats are kept and compared as the double that has their shortest digits: 0.1F is 0.1,
// and not 0.10000000149011612.
#pragma once

#include <wideline/export.hpp>

namespace wideline::detail {

/// The double with the shortest digits that read back as `value`. Costs 5 to 100 ns.
[[nodiscard]] WIDELINE_EXPORT double decimal_of(float value) noexcept;

}  // namespace wideline::detail

// Which records of an arena still count: what a later `set` of the same key has replaced does not, and sums are summed.
#pragma once

#include <cstddef>
#include <cstdint>

#include <wideline/detail/arena.hpp>

namespace wideline::detail {

struct Compacted {
    std::uint32_t bytes;     ///< the records' end, from the new arena's beginning
    std::uint32_t left_out;  ///< appended items past the limit
};

/// Copies what counts of `from` behind the header of `to`, in the old order. `to` needs as many bytes as `from` has
/// committed. Uses some 14 KiB of stack; keys past the first few hundred are copied without a look.
Compacted compact(const ArenaHeader& from, ArenaHeader& to, std::uint32_t most_items) noexcept;

}  // namespace wideline::detail

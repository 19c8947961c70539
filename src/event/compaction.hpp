// Which records of an arena still count: what a later `set` of the same key has replaced does not, sums are summed, and
// what is past a limit is left out.
//
// The order of fields is that of their first writes. So where the first record of a key is replaced by a later one, an
// empty record stays in its place:
//
//   set a 1 │ set b 2 │ add c 1 │ set a 3 │ add c 4     becomes     set a null │ set b 2 │ add c 5 │ set a 3
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <wideline/detail/arena.hpp>
#include <wideline/detail/watched_keys.hpp>
#include <wideline/limits.hpp>

#include "event/shared_sums.hpp"

namespace wideline::detail {

struct Compacted {
    std::uint32_t bytes;       ///< the records' end, from the new arena's beginning
    std::uint32_t left_out;    ///< writes past a limit
    std::uint32_t renamed;     ///< where the request's other name is, from the new arena's beginning; 0: none here
    std::uint32_t most_items;  ///< that are left of one array to which they were appended
};

/// Copies what counts of `from` behind the header of `to`, in the old order; nothing if it has no room there. Left out
/// are fields past Limits::fields, but for those that rules watch, and items past Limits::array_items. Uses some 25 KiB
/// of stack; `sums` is null where no other thread can write to the request; keys past the first few hundred are copied
/// without a look.
std::optional<Compacted> compact(const ArenaHeader& from, ArenaHeader& to, const Limits& limits,
                                 const WatchedKeys* watched, const SharedSums* sums) noexcept;

}  // namespace wideline::detail

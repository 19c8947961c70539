// How far bytes are records. In the arenas of a dead process anything may be; in those of a living one, where two
// threads wrote to one event at once without a Handle.
#pragma once

#include <cstddef>

namespace wideline::detail {

/// How many of `bytes` at `from` are whole records that can be encoded, one after another; the items of arrays, and
/// JSON, are looked at, too. Some 1 ns a record. Throws std::bad_alloc where there is JSON.
[[nodiscard]] std::size_t whole_records(const std::byte* from, std::size_t bytes);

}  // namespace wideline::detail

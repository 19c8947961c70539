// Puts closed segments into columns, by all processors, and reads each line once.
//
// A Parquet file's columns are fixed before its first row, and what columns a segment has is known after its last line.
// So they are guessed from a few frames, and while the rows are written every value is looked at: where one has no
// column that holds it, the part of the segment that it is in is written once more, with what was learnt, and so are
// the parts behind it from the beginning. Mostly nothing is written twice.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "query/columnar_cache.hpp"
#include "query/line_scan.hpp"

namespace wideline::query {

enum class Columns {
    there,  ///< They were there already.
    made,
    open,       ///< The segment is not closed.
    not_whole,  ///< It has damage, a line that is no event, or too many fields; or it has no event.
    failed,
};

struct MadeColumns {
    Columns outcome = Columns::open;
    platform::Failure failure;  ///< Of `failed` alone.
};

/// What became of each segment, in the same order. `bytes_read` is counted up by twice the size of each, whatever comes
/// of it. Throws what a thread threw.
[[nodiscard]] std::vector<MadeColumns> make_columns(Database& database, LineScan& scan,
                                                    const std::vector<std::string>& segments,
                                                    std::atomic<std::uint64_t>& bytes_read);

}  // namespace wideline::query

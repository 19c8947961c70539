// What a segment holds, by its indexes alone.
#pragma once

#include "journal/frame_index.hpp"
#include "platform/file_system.hpp"

namespace wideline::journal_files {

struct SegmentTally {
    RemovedByRetention held;     ///< The events in it.
    RemovedByRetention removed;  ///< What its indexes say of segments that were removed before.
};

/// The sums over the indexes of one segment, read from where `file` stands: the frames themselves are skipped. Stops at
/// the first frame that has no usable index, for where it ends is not known then; any bytes may come in. Fails only
/// where the file cannot be read.
[[nodiscard]] platform::Result<SegmentTally> tally_of(platform::File& file);

/// Adds `more` to `sum`.
void add(const RemovedByRetention& more, RemovedByRetention& sum);

}  // namespace wideline::journal_files

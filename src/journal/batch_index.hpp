// The index of the frame that a batch becomes.
#pragma once

#include <wideline/sink.hpp>

#include "journal/frame_index.hpp"
#include "journal/pair_filter.hpp"

namespace wideline::journal_files {

/// Compresses the batch where that has not been done yet. `filter` is kept for its memory.
[[nodiscard]] FrameIndex index_of(const Batch& batch, PairFilterBuilder& filter);

}  // namespace wideline::journal_files

// The index of a frame made anew from its lines, where the one that was written is lost. It says all that the first one
// said but what only that one knew: the run and the number of the frame, and what was sampled away before it.
#pragma once

#include <string_view>

#include "journal/frame_index.hpp"
#include "journal/pair_filter.hpp"
#include "read/frame_facts.hpp"

namespace wideline::read {

/// One thread at a time.
class IndexRebuilder {
public:
    /// `data_frame` decompresses to `lines`, which must have kReadableBehind readable bytes behind them. The stream is
    /// 0.
    [[nodiscard]] journal_files::FrameIndex rebuilt(std::string_view lines, std::string_view data_frame);

private:
    FrameFactsReader facts_;
    journal_files::PairFilterBuilder filter_;
};

}  // namespace wideline::read

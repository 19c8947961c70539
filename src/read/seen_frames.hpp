// Which frames of which runs were read already. A frame can be in two segments: the disk refused to say that it has it,
// so that it was written again; or somebody copied a segment. Its events are to be taken once.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "journal/frame_index.hpp"

namespace wideline::read {

/// One thread at a time.
class SeenFrames {
public:
    /// Whether all of the frame's numbers were added before. Never of a frame whose run nobody knows.
    [[nodiscard]] bool has(const journal_files::FrameIndex& index) const;
    void add(const journal_files::FrameIndex& index);

    /// Frames of one run, from the first number to the last.
    struct Run {
        std::uint64_t stream;
        std::uint64_t first;
        std::uint64_t last;
    };
    /// All that were added.
    [[nodiscard]] std::vector<Run> runs() const;
    [[nodiscard]] bool has_any(const Run& run) const;
    void add(const Run& run);

private:
    /// Numbers seen, as ranges that neither touch nor overlap: the last of each by its first.
    using Ranges = std::map<std::uint64_t, std::uint64_t>;

    std::map<std::uint64_t, Ranges> by_stream_;
};

}  // namespace wideline::read

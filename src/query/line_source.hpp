// The lines of segments, a frame at a time, read by one thread and looked into by several.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "query/column_type.hpp"
#include "read/loss_correction.hpp"
#include "read/seen_frames.hpp"
#include "read/segment_reader.hpp"

namespace wideline::query {

using Wanted = std::function<bool(const journal_files::FrameIndex&)>;

/// Whole lines of their own, with read::kReadableBehind readable bytes behind them.
class OwnedLines {
public:
    void assign(std::string_view lines);
    /// The same, with kCorrectedWeight as a field of each.
    void assign(std::string_view lines, read::LossCorrection& correction);
    [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), size_}; }
    /// Which lines they are in their source: 0, 1, 2, …
    std::uint64_t number = 0;

private:
    std::string bytes_;
    std::size_t size_ = 0;
};

/// Any thread may call next().
class LineSource {
public:
    /// Of each piece of damage, and of a segment that cannot be read, a sentence.
    using Complain = std::function<void(const std::string& sentence)>;

    /// Frames that are not `wanted` are left out where an index tells; every frame is wanted where that is empty.
    /// Frames that were `seen` are left out too, and each other one comes once, however many segments it is in.
    /// What comes from the files is counted into `bytes_read`, which outlives this.
    LineSource(std::vector<std::string> segments, Wanted wanted, Complain complain,
               std::atomic<std::uint64_t>& bytes_read, read::SeenFrames seen = {});

    /// False at the end. Lines of different frames come to different callers, each frame once.
    bool next(OwnedLines& into);

private:
    std::mutex mutex_;
    read::LossCorrection correction_;
    read::SeenFrames seen_;  // A frame can be in two segments while they are merged.
    std::vector<std::string> segments_;
    Wanted wanted_;
    Complain complain_;
    std::atomic<std::uint64_t>& bytes_read_;
    std::size_t next_segment_ = 0;
    std::uint64_t next_number_ = 0;
    std::unique_ptr<read::SegmentReader> reader_;
};

}  // namespace wideline::query

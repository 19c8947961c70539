// The segments that some paths mean, opened one after the other while other processes write, merge and delete them: the
// one way in which verbs that read all of a journal come to its segments.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/file_system.hpp"
#include "read/segment_reader.hpp"

namespace wideline::read {

/// One thread at a time. `files` must outlive it.
class SegmentWalk {
public:
    /// Hears a sentence about each path or segment that cannot be read. The walk goes on behind it.
    using Hear = std::function<void(const std::string& sentence)>;

    /// `paths` are segments, directories of segments, or "-" for standard input.
    SegmentWalk(platform::FileSystem& files, std::vector<std::string> paths, Hear hear)
        : files_(files), paths_(std::move(paths)), hear_(std::move(hear)) {}

    /// As ByteWindow::count_into, of segments that are opened later.
    void count_into(std::atomic<std::uint64_t>& counter) noexcept { counter_ = &counter; }

    /// The next segment, in the order of paths and of their segments; null at the end. It ends before what a process is
    /// about to write.
    [[nodiscard]] std::unique_ptr<SegmentReader> next();
    /// All of them once more.
    void begin_again();

    /// How many segments the paths had so far, and how many of them were deleted before they could be opened: of a
    /// directory they are passed over, for retention deletes segments while we read.
    [[nodiscard]] std::uint64_t listed() const noexcept { return listed_; }
    [[nodiscard]] std::uint64_t deleted() const noexcept { return deleted_; }

private:
    bool list_next_path();
    std::unique_ptr<SegmentReader> open(const std::string& path);

    platform::FileSystem& files_;
    std::vector<std::string> paths_;
    Hear hear_;
    std::atomic<std::uint64_t>* counter_ = nullptr;

    std::size_t next_path_ = 0;
    std::vector<std::string> segments_;  // Of the path before next_path_.
    std::size_t next_segment_ = 0;
    std::uint64_t listed_ = 0;
    std::uint64_t deleted_ = 0;
};

}  // namespace wideline::read

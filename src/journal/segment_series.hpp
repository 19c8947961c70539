// The segments that one process writes into a directory, one after another.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <wideline/sink.hpp>

#include "journal/segment_merge.hpp"
#include "journal/segment_writer.hpp"
#include "platform/clock.hpp"
#include "platform/file_system.hpp"

namespace wideline::journal_files {

/// `files` and `clock` must outlive it. One thread at a time.
class SegmentSeries {
public:
    SegmentSeries(std::string directory, std::string service, const JournalOptions& options,
                  platform::FileSystem& files, platform::Clock& clock);
    ~SegmentSeries();
    SegmentSeries(const SegmentSeries&) = delete;
    SegmentSeries& operator=(const SegmentSeries&) = delete;

    /// The directory with those above it; with Durability::machine, the disk has them too.
    platform::Status make_directory();

    /// Appends to the segment at hand, or to a new one. When it is ok() the pair survives what the durability says;
    /// when it is not, no reader finds the pair, and it may be appended again.
    platform::Status append(const FrameIndex& index, std::string_view data_frame);

    /// Closes a segment that is old although nothing comes. One read of the clock.
    void close_if_old();
    platform::Status close();

    /// How much the segment at hand, or the next one, will still grow before it is full, and how much a merge may write
    /// beside what is there.
    [[nodiscard]] std::uint64_t growth() const;
    /// Goes on with merging what was closed, by one frame: some milliseconds. Nothing where nothing is to be merged.
    void merge_some() noexcept;
    [[nodiscard]] bool is_merging() const noexcept { return !to_merge_.empty(); }

    /// How many were closed so far.
    [[nodiscard]] std::uint64_t closed() const noexcept { return closed_; }

private:
    platform::Status make_room();
    [[nodiscard]] bool is_old();
    platform::Status open_segment();
    platform::Result<std::unique_ptr<platform::File>> create(std::string& path);

    std::string directory_;
    std::string service_;
    std::uint64_t segment_bytes_;
    std::int64_t segment_age_ns_;
    Durability durability_;
    platform::FileSystem& files_;
    platform::Clock& clock_;

    std::unique_ptr<SegmentWriter> segment_;
    std::int64_t opened_ns_ = 0;
    std::uint64_t next_number_ = 0;
    std::uint64_t closed_ = 0;
    std::vector<std::string> unsynced_directories_;
    std::deque<std::string> to_merge_;     // Closed segments.
    std::unique_ptr<SegmentMerge> merge_;  // Of the first of them.
};

}  // namespace wideline::journal_files

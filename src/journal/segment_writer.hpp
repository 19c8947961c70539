// One segment being written. The essay is in segment_writer.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <wideline/sink.hpp>

#include "journal/frame_index.hpp"
#include "journal/seek_table.hpp"
#include "platform/file_system.hpp"

namespace wideline::journal_files {

/// One thread at a time.
class SegmentWriter {
public:
    SegmentWriter(std::unique_ptr<platform::File> file, std::string path, Durability durability);

    /// Appends index and data frame by one write. `index.compressed_bytes` and `index.hash` are set here. When it is
    /// ok() the pair survives what `durability` says. After a failure the file ends with the last whole pair again,
    /// or, where not even that could be done, usable() is false.
    platform::Status append(FrameIndex index, std::string_view data_frame);

    /// Whether another pair may be appended: the file is still in its directory, and ends where we left it.
    [[nodiscard]] bool usable();

    /// Writes the seek table, where the segment is whole, and closes the file. Without its table a segment is still
    /// read by everything but tools that seek in it.
    platform::Status close();
    /// The same, and the disk has all of it.
    platform::Status sync_and_close();

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    /// Of the pairs so far: an index, its data, an index, …
    [[nodiscard]] const std::vector<SeekEntry>& entries() const noexcept { return entries_; }

private:
    platform::Status append_whole(std::string_view bytes);

    std::unique_ptr<platform::File> file_;
    std::string path_;
    Durability durability_;
    std::uint64_t bytes_ = 0;  // Up to the end of the last whole pair.
    bool given_up_ = false;    // A sync failed: the disk may not have what the file shows.
    std::vector<SeekEntry> entries_;
    std::string buffer_;  // Index and data, side by side for the one write; kept for its memory.
};

}  // namespace wideline::journal_files

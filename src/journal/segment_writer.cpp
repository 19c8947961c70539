// How a segment grows
// ===================
//
//   byte 0                                                                            closed
//   |                                                                                    |
//   [index 0][data 0] [index 1][data 1] [index 2][data 2] …  [index n][data n][seek table]
//   '--- one write --''--- one write --'
//
// The file is open for appending, and nothing is ever written but whole pairs at its end, each by one write, so that at
// any moment the file is a sequence of whole zstd frames: `zstdcat` reads it while it grows, and a process that is
// killed leaves whole pairs. (The kernel may still tear the last one: a machine that loses power, a full disk.)
//
// A write that fails half-way leaves part of a pair. The next pair must not follow it, or a reader would have to search
// for it; and a foreign decoder stops there for good. So the file is cut back to the last whole pair. Where the cut
// fails too, the segment is given up: nothing more is appended, and the journal opens another. The torn tail is then
// the end of the file, and a reader loses nothing by it.
//
// No bytes are reserved ahead (fallocate, padding): a tail of zeros is no zstd frame, and other readers stop at it.
//
// With Durability::machine each pair is synced before it counts. A sync that fails gives the segment up: the kernel may
// have dropped the pages that it could not write and call them clean, so that the next sync succeeds without them. The
// pair is cut off and is written again into another segment. (Where the cut does not reach the disk either, the pair is
// in both, under one stream and sequence, and readers take it once.)
//
// Others can reach the file as well. Someone deletes it, and what we append goes nowhere; someone renames or truncates
// it. So before each pair it is asked where it lies and how long it is (two microseconds, once a frame), and where that
// is not as we left it the segment is given up in the same way.
#include "journal/segment_writer.hpp"

#include <limits>

namespace wideline::journal_files {

using platform::Failure;
using platform::Status;

SegmentWriter::SegmentWriter(std::unique_ptr<platform::File> file, std::string path, Durability durability)
    : file_(std::move(file)), path_(std::move(path)), durability_(durability) {}

Status SegmentWriter::append(FrameIndex index, std::string_view data_frame) {
    if (data_frame.size() > std::numeric_limits<std::uint32_t>::max())
        return Failure{"a frame of more than 4 GiB does not fit into", path_, bytes_, 0};
    index.compressed_bytes = data_frame.size();
    index.hash = hash_of(data_frame);
    buffer_.clear();
    append_index_frame(buffer_, index);
    const std::size_t index_bytes = buffer_.size();
    buffer_ += data_frame;

    // First, for this may find no memory, and the pair must not be in the file then.
    const std::size_t entries = entries_.size();
    entries_.push_back({static_cast<std::uint32_t>(index_bytes), 0});
    entries_.push_back({static_cast<std::uint32_t>(data_frame.size()), static_cast<std::uint32_t>(index.raw_bytes)});
    Status written = append_whole(buffer_);
    if (!written.ok()) entries_.resize(entries);
    return written;
}

Status SegmentWriter::append_whole(std::string_view bytes) {
    Status written = file_->append(bytes);
    if (!written.ok()) {
        (void)file_->truncate(bytes_).ok();  // usable() sees by the size whether it was cut.
        Failure failure = written.failure();
        failure.offset = bytes_;
        return failure;
    }
    if (durability_ == Durability::machine) {
        if (Status synced = file_->sync(); !synced.ok()) {
            (void)file_->truncate(bytes_).ok();
            given_up_ = true;
            return synced;
        }
    }
    bytes_ += bytes.size();
    return {};
}

bool SegmentWriter::usable() {
    if (given_up_) return false;
    const auto state = file_->state();
    return state.ok() && state.value().in_place && state.value().bytes == bytes_;
}

Status SegmentWriter::sync_and_close() {
    durability_ = Durability::machine;  // the seek table's sync is that of all before it
    return close();
}

Status SegmentWriter::close() {
    Status table;
    // Not after a torn tail or foreign bytes: its offsets would be wrong.
    if (!entries_.empty() && entries_.size() <= kMostSeekEntries && usable()) {
        buffer_.clear();
        append_seek_table(buffer_, entries_);
        table = append_whole(buffer_);
    }
    Status closed = file_->close();
    return table.ok() ? closed : table;
}

}  // namespace wideline::journal_files

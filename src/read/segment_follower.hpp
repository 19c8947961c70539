// Reads what is new in segments that others write: frames appended, segments opened, merged, renamed and deleted. Every
// event comes once, in the order in which it is found.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "platform/file_system.hpp"
#include "read/followed_file.hpp"
#include "read/seen_frames.hpp"
#include "read/segment_reader.hpp"

namespace wideline::read {

/// One thread at a time. `files` must outlive it.
class SegmentFollower {
public:
    /// `paths` are segments and directories of them.
    SegmentFollower(platform::FileSystem& files, std::vector<std::string> paths)
        : files_(files), paths_(std::move(paths)) {}

    struct Handlers {
        /// New lines, whole.
        std::function<void(const Piece& piece)> take;
        /// A sentence about what cannot be read, once.
        std::function<void(const std::string& sentence)> complain;
        /// Of a frame whose index says that it need not be decompressed; it counts as read. May be empty: all are.
        std::function<bool(const journal_files::FrameIndex& index)> wanted;
        /// Whether somebody may still be writing what a file ends with: a torn frame, a line without its end. It waits.
        bool growing = true;
    };

    /// Looks at all segments once. What is not whole yet is left for the next time.
    void poll(const Handlers& handlers);

private:
    struct Segment {
        FollowedFile file;  // Read up to the end of the last whole frame.
        /// The same file, open while a process writes it. It stands at written_at.
        std::unique_ptr<platform::File> written;
        std::uint64_t written_at = 0;
        bool listed = false;
    };

    std::vector<std::string> list(const Handlers& handlers);
    void poll_segment(const std::string& path, const Handlers& handlers);
    void read_new(const std::string& path, Segment& segment, const Handlers& handlers);
    void read_rest(const std::string& path, Segment& segment, const Handlers& handlers);
    std::uint64_t read_from(SegmentReader& reader, std::uint64_t offset, const Handlers& handlers);
    void complain_of(const std::string& path, const platform::Failure& failure, const Handlers& handlers);
    static std::optional<std::uint64_t> take_whole_lines(Piece piece, const Handlers& handlers);
    void complain_once(const std::string& sentence, const Handlers& handlers);

    platform::FileSystem& files_;
    std::vector<std::string> paths_;
    std::map<std::string, Segment> segments_;
    SeenFrames seen_;
    std::set<std::string> complained_;
};

}  // namespace wideline::read

// Where each frame of a journal lies, by its run and number, while other processes append, merge, rename and delete
// segments. It is a hint, made from the frames' indexes: who reads a frame compares it with what was expected, and asks
// for another look if it has moved.
//
// Frames without a known run (repaired ones) belong to the run `name:<segment>`, and their number there is their place
// among such frames of the segment.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "journal/frame_index.hpp"
#include "platform/clock.hpp"
#include "platform/file_system.hpp"
#include "read/followed_file.hpp"
#include "read/segment_reader.hpp"

namespace wideline::delivery {

struct CatalogFrame {
    std::uint64_t sequence = 0;
    std::uint64_t offset = 0;  ///< Of its index, or of the data frame if it has none.
    std::uint64_t hash = 0;    ///< XXH3 of the data frame.
    std::int64_t least_time = 0;
    std::int64_t greatest_time = 0;
    std::int64_t seen_ns = 0;  ///< When it was found, by the monotonic clock.
    std::uint32_t sequences = 1;
    std::uint32_t events = 0;
    std::uint32_t compressed_bytes = 0;
    std::uint32_t raw_bytes = 0;
    std::uint32_t segment = 0;

    [[nodiscard]] std::uint64_t end() const noexcept { return sequence + sequences; }
};

/// What lies in a run from a place on.
struct Waiting {
    std::uint64_t events = 0;
    std::uint64_t compressed_bytes = 0;
    std::uint64_t raw_bytes = 0;
    std::int64_t oldest_time = 0;  ///< Of the first frame; 0 if there is none.
};

/// `look` is called by one thread at a time; everything else by any.
class FrameCatalog {
public:
    FrameCatalog(platform::FileSystem& files, platform::Clock& clock, std::string directory)
        : files_(files), clock_(clock), directory_(std::move(directory)) {}

    enum class Depth {
        changes,  ///< Asks only for segments that can have changed: those that are written, all if the directory
                  ///< changed.
        all,
    };
    /// Finds what is new. Fails if the directory cannot be read.
    platform::Status look(Depth depth = Depth::changes);
    /// Grows with each look that found something.
    [[nodiscard]] std::uint64_t version() const;

    /// Runs that have changed since a version; all since 0.
    [[nodiscard]] std::vector<std::string> runs(std::uint64_t since = 0) const;
    /// The frame that covers `sequence`, or else the first one after it.
    [[nodiscard]] std::optional<CatalogFrame> at_or_after(const std::string& run, std::uint64_t sequence) const;
    /// The number after its last frame; 0 if there is no such run.
    [[nodiscard]] std::uint64_t end_of(const std::string& run) const;
    [[nodiscard]] std::string path_of(const CatalogFrame& frame) const;
    [[nodiscard]] Waiting waiting(const std::string& run, std::uint64_t sequence) const;
    /// A sentence about the last place that could not be read.
    [[nodiscard]] std::string damage() const;

private:
    struct Segment {
        std::string name;
        std::uint32_t number = 0;
        read::FollowedFile file;
        bool listed = false;
        bool written = true;  ///< Until it was seen without a lock.
        std::uint64_t unnumbered = 0;
    };
    struct Entry {
        CatalogFrame frame;
        std::uint64_t events_before = 0;
        std::uint64_t bytes_before = 0;
        std::uint64_t raw_before = 0;
    };
    struct Run {
        std::vector<Entry> frames;         ///< By sequence, without overlaps.
        std::vector<CatalogFrame> spares;  ///< What is there already, in another segment.
        std::uint64_t version = 0;
    };
    struct Found {
        std::string run;
        CatalogFrame frame;
    };

    void look_at(Segment& segment);
    void scan(Segment& segment, std::vector<Found>& found);
    void note_piece(Segment& segment, const read::Piece& piece, std::vector<Found>& found);
    void forget(std::uint32_t segment);
    void add(Run& run, const CatalogFrame& frame);
    static void sum_from(Run& run, std::size_t index);
    void complain(std::string sentence);

    platform::FileSystem& files_;
    platform::Clock& clock_;
    std::string directory_;
    std::map<std::string, Segment> segments_;  // Of the looking thread.
    std::int64_t directory_changed_ = -1;
    std::uint32_t next_number_ = 0;

    mutable std::mutex mutex_;
    std::map<std::string, Run> runs_;
    std::map<std::uint32_t, std::string> names_;  // Of segments, by number.
    std::uint64_t version_ = 0;
    std::string damage_;
};

/// A run by its number, as cursors name it.
[[nodiscard]] std::string run_name(std::uint64_t stream);

}  // namespace wideline::delivery

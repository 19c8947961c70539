// Checks one segment against everything that its parts say about each other.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "journal/seek_table.hpp"
#include "read/frame_facts.hpp"
#include "read/segment_reader.hpp"

namespace wideline::read {

/// What was found in one segment.
struct SegmentFindings {
    std::uint64_t frames = 0;
    std::uint64_t events = 0;
    std::uint64_t errors = 0;
    std::uint64_t without_index = 0;
    std::uint64_t indexes_of_later_form = 0;
    std::vector<LostEvents> lost = {};  ///< What the indexes say was lost.
    bool closed = false;                ///< It ends with its seek table.
    std::uint64_t problems = 0;
};

/// Called with the offset in the file and a sentence without its full stop.
using Report = std::function<void(std::uint64_t offset, const std::string& sentence)>;

/// The same checker for all segments of a journal, in their order: runs go on from one to the next.
class SegmentCheck {
public:
    /// Reads the segment to its end.
    SegmentFindings check(SegmentReader& segment, const Report& report);
    /// Segments that would be next are not there any more: frames that are missing up to the next one of their run are
    /// no problem.
    void expect_gap();

private:
    /// How far a run of a recorder was followed.
    struct Run {
        std::uint64_t next = 0;  // Its next frame.
        std::int64_t last_time = 0;
        bool gap_expected = false;
    };

    void check_piece(const Piece& piece);
    void check_lines(const Piece& piece);
    void check_index(const Piece& piece, const FrameFacts& facts);
    void check_filter(const Piece& piece);
    void check_sequence(const Piece& piece);
    void check_skippable(const Piece& piece);
    void problem(std::uint64_t offset, const std::string& sentence);

    FrameFactsReader facts_;
    std::vector<std::uint64_t> pairs_;   // Kept for its memory.
    std::map<std::uint64_t, Run> runs_;  // By stream.

    // Of the segment being checked:
    SegmentFindings findings_;
    const Report* report_ = nullptr;
    std::vector<journal_files::SeekEntry> frames_;  // What a seek table here would have to say.
    bool unnumbered_ = false;    // Since the last frame with a number of its own there were some without.
    bool offsets_known_ = true;  // No damage so far, so frames_ is whole.
};

}  // namespace wideline::read

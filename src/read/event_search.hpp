// The events that a search asks for, frame by frame, in the order in which they lie: what `wideline grep` and
// wl::Reader are made of. The caller's thread reads the frames that their index does not rule out; threads of the
// search's own decompress them and look for what matches.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "read/match.hpp"
#include "read/ordered_work.hpp"
#include "read/segment_input.hpp"
#include "read/selection.hpp"

namespace wideline::read {

/// One thread at a time; the Match and the input outlive it. A thread a core, 16 at most, while it lives. Memory: of
/// each thread three frames, their lines, and what was found in them.
class EventSearch {
public:
    /// Sets what the input wants and gives; it is at its beginning.
    EventSearch(const Match& match, const Selection::Bounds& bounds, SegmentInput& input);

    /// Of one frame.
    struct Found {
        std::string padded;              ///< The lines that match, whole, and kReadableBehind bytes.
        std::uint64_t count = 0;         ///< Of lines.
        std::vector<double> factors;     ///< How many times its weight each line stands for; none if each does once.
        std::uint64_t without_time = 0;  ///< Events that match but for a time, which they have not.
        std::string damage;              ///< A sentence; empty where there was none.

        [[nodiscard]] std::string_view lines() const noexcept {
            return std::string_view(padded).substr(0, padded.size() - kReadableBehind);
        }
    };

    /// What the next frame has, which may be nothing; no value at the end.
    [[nodiscard]] std::optional<Found> next();
    /// What was lost around the frames that were read so far, which may be some more than next() gave.
    [[nodiscard]] const std::vector<LostEvents>& lost() const noexcept { return lost_; }

private:
    /// A frame's lines, or the frame that they are in.
    struct Job {
        std::string bytes;
        std::optional<std::size_t> content_bytes;  // Of a frame.
        Share wanted = Share::all;
        std::string place;
        std::vector<LostEvents> lost = {};
    };

    /// False at the end of the input.
    bool add_job();
    std::vector<LostEvents> note_losses(const journal_files::FrameIndex* index);

    SegmentInput& input_;
    Selection selection_;
    bool ended_ = false;
    std::vector<LostEvents> lost_;
    OrderedWork<Job, Found> work_;  // The last: its threads end first.
};

}  // namespace wideline::read

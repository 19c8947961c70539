// Frames become batches: the selected lines of one run, consecutive, within the limits of a pack.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "forward/progress/cursor_slot.hpp"
#include "forward/source/event_choice.hpp"
#include "forward/source/frame_catalog.hpp"
#include "forward/source/frame_lines.hpp"
#include "platform/clock.hpp"

namespace wideline::delivery {

struct PackRules {
    std::uint64_t bytes = 1 << 20;
    std::uint64_t events = 10'000;
    std::chrono::nanoseconds linger{0};
    std::chrono::nanoseconds delay{0};
    std::int64_t start_us = INT64_MIN;  ///< Frames whose newest event is older are passed.
    bool letters = false;               ///< The lines are dead letters: the events in them are sent.
};

struct Batch {
    struct Event {
        std::uint64_t offset = 0;          ///< In `text`.
        std::uint32_t bytes = 0;           ///< Without the line feed.
        bool repeated = false;             ///< May have been sent before.
        std::uint64_t skipped_before = 0;  ///< Events of the batch's frames that are not in it, before this one.
        Position at;
        std::uint64_t frame_hash = 0;
    };
    std::string text;  ///< Lines with line feeds, and kReadableBehind bytes.
    std::vector<Event> events;

    std::int64_t oldest_time = INT64_MAX;  ///< Of the first frame that has an event in it.

    // What is known once it is behind us.
    Position end;
    std::uint64_t end_frame_hash = 0;
    std::uint64_t skipped = 0;
    std::uint64_t lost = 0;  ///< In damaged frames.
    std::uint64_t damaged_frames = 0;
    std::string problem;             ///< A sentence about the last of them.
    std::vector<Gap> gaps;           ///< Numbers that are missing.
    std::uint64_t gaps_counted = 0;  ///< Of those numbers, the ones that were waited for.
    std::optional<Gap> fills;        ///< Frames that were missing when the cursor passed them: it does not move.

    [[nodiscard]] std::string_view line(std::size_t i) const noexcept {
        return std::string_view(text).substr(events[i].offset, events[i].bytes);
    }
    [[nodiscard]] bool moves() const noexcept { return !events.empty() || skipped != 0 || lost != 0 || passes_; }
    bool passes_ = false;  ///< The place changes although no event is passed: an empty frame, a gap.
};

/// How long a number that is missing is waited for, while later ones are there.
inline constexpr std::chrono::seconds kGapPatience{10};

/// One thread at a time; what it is given outlives it.
class Packer {
public:
    /// `suspect` is a frame that could not be read, by its hash: it is believed to be damaged the second time.
    Packer(platform::FileSystem& files, platform::Clock& clock, FrameCatalog& catalog, const Choice& choice,
           PackRules rules, std::uint64_t& suspect)
        : clock_(clock), catalog_(catalog), chooser_(choice), rules_(rules), lines_(files), suspect_(suspect) {}

    /// What comes after the cursor and may be sent now; moves() is false if nothing does.
    [[nodiscard]] Batch pack(const Cursor& cursor);

    /// Called if a frame is not where the catalogue has it.
    void set_on_moved(std::function<void()> on_moved) { on_moved_ = std::move(on_moved); }

private:
    enum class Taken { whole, full, moved };

    [[nodiscard]] std::optional<Gap> filled_gap(const Cursor& cursor) const;
    [[nodiscard]] Taken take_frame(const Cursor& cursor, const CatalogFrame& frame, Position& at, Batch& batch);
    [[nodiscard]] std::uint64_t place_of(const Cursor& cursor, std::string_view lines, bool& found) const;
    [[nodiscard]] bool full(const Batch& batch, std::size_t more) const;
    void pass_damage(const CatalogFrame& frame, const std::string& sentence, Position& at, Batch& batch);

    platform::Clock& clock_;
    FrameCatalog& catalog_;
    EventChooser chooser_;
    PackRules rules_;
    FrameLines lines_;
    std::function<void()> on_moved_;
    std::uint64_t& suspect_;
};

/// When a run has something to send, by the catalogue alone.
struct Readiness {
    bool ready = false;
    bool delayed = false;  ///< There is something that must grow older.
    bool waits = false;    ///< There is something.
};
[[nodiscard]] Readiness readiness(const FrameCatalog& catalog, platform::Clock& clock, const std::string& run,
                                  const Cursor& cursor, const PackRules& rules, bool hurry);

/// The event_id of a line; empty if it has none. kReadableBehind bytes after it can be read.
[[nodiscard]] std::string event_id_of(std::string_view line);

}  // namespace wideline::delivery

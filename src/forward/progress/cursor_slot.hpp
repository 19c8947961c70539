// How far a route has come in one run, and the 4,096 bytes that say so.
//
// A slot is 16 hex digits, the XXH3_64 of all its bytes after them; a space; one JSON object; spaces; and a line feed
// as its last byte. A cursor file is two slots, each written by one call in turn, so that one is whole at every moment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wideline::delivery {

inline constexpr std::size_t kSlotBytes = 4096;

/// A place in a run: before event number `events` of frame `sequence`.
struct Position {
    std::uint64_t sequence = 0;
    std::uint64_t events = 0;

    auto operator<=>(const Position&) const = default;
};

/// Events by where they ended, each in one place. What comes by reason adds up to what comes without.
struct Counts {
    std::uint64_t delivered = 0;
    std::uint64_t dead = 0;
    std::uint64_t skipped = 0;
    std::uint64_t lost = 0;
    std::uint64_t repeated = 0;  ///< Of those delivered, sent although they may have been delivered before.
    std::uint64_t damaged_frames = 0;
    std::map<std::string, std::uint64_t> dead_by_reason;
    std::map<std::string, std::uint64_t> lost_by_reason;

    void add(const Counts& more);
    bool operator==(const Counts&) const = default;
};

struct Gap {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    bool operator==(const Gap&) const = default;
};

inline constexpr std::size_t kMostGaps = 64;

struct Cursor {
    std::uint64_t generation = 0;
    std::string run;
    Position next;
    /// The event_id of the last event that was passed with its line read, and how many events were passed after it.
    /// They find the place again in a frame that was merged with its neighbours.
    std::string last_event;
    std::uint64_t after_last = 0;
    std::uint64_t of_frame = 0;         ///< Runs without number: XXH3 of the frame `next` is in.
    std::vector<Gap> gaps;              ///< Passed as missing; the newest kMostGaps.
    std::optional<Position> under_way;  ///< Where the batch ends that is being sent.
    std::uint64_t refused_in_a_row = 0;
    Counts counts;
    std::string saved;  ///< RFC 3339.
    bool done = false;

    bool operator==(const Cursor&) const = default;
};

/// kSlotBytes. Drops gaps, the oldest first, if there is not enough room.
[[nodiscard]] std::string slot_of(const Cursor& cursor);

struct SlotContent {
    enum class Kind { good, bad, later_version } kind = Kind::bad;
    Cursor cursor;
};
/// Any bytes may come in.
[[nodiscard]] SlotContent read_slot(std::string_view bytes);

}  // namespace wideline::delivery

// Events for people to look at: the newest that a search takes, and one of them by its id.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "view/frame_scan.hpp"

namespace wideline::view {

/// Events are ordered by time and, within a microsecond, by a hash of their line: an order that stays the same when
/// segments are merged. Two whose lines are the same to the last byte have the same id.
struct EventId {
    std::int64_t time = EventFacts::kNoTime;
    std::uint64_t hash = 0;

    auto operator<=>(const EventId&) const = default;

    static EventId of(const EventFacts& facts, std::string_view line);
    /// Nothing where the text is none that text() gave.
    static std::optional<EventId> parse(std::string_view text);
    [[nodiscard]] std::string text() const;
};

struct ListedEvent {
    EventId id;
    EventFacts facts;  ///< `broken_down` is empty.
    std::string line;  ///< Without its '\n'.
};

struct EventList {
    std::vector<ListedEvent> events;    ///< The newest first.
    bool more = false;                  ///< There are older ones that the search takes.
    std::vector<std::string> problems;  ///< Of frames that were read and are damaged.
};

/// The newest `limit` events; before `before`, where that is said. Frames are read from the newest on, and no more than
/// that takes.
[[nodiscard]] EventList newest_events(platform::FileSystem& files, const Snapshot& snapshot, const Search::Terms& terms,
                                      std::optional<EventId> before, std::size_t limit);

[[nodiscard]] std::optional<ListedEvent> event_with_id(platform::FileSystem& files, const Snapshot& snapshot,
                                                       EventId id);

}  // namespace wideline::view

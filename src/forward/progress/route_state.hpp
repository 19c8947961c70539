// What a route is, in the file route.json of its directory: its names, where it began, whether it is active, what a
// person said about it, and the counts of cursors that are gone. Replaced as a whole; several processes may do so.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "forward/progress/cursor_slot.hpp"
#include "platform/file_system.hpp"

namespace wideline::delivery {

struct RouteState {
    using Time = std::chrono::sys_time<std::chrono::microseconds>;

    std::string forward;
    std::string target;
    std::string backend;
    Time created{};
    std::optional<Time> start;  ///< Frames whose newest event is older are passed. Absent: none is.
    bool active = true;
    std::optional<Time> accepted_dead;  ///< When a person said that refusals are right.
    Counts folded;
    std::string folding;                  ///< A run whose counts are in `folded`, though its cursor may still be there.
    std::uint64_t dead_letters_full = 0;  ///< Events whose dead letters were deleted.
    bool later_version = false;  ///< Written by a later program: nothing else is known, and it must not be changed.
};

/// `text` as it stands in the file; nothing if it makes no sense.
[[nodiscard]] std::optional<RouteState> parse_route_state(std::string_view text);
[[nodiscard]] std::string text_of(const RouteState& state);

/// Nothing if the directory has none, or one that makes no sense.
[[nodiscard]] std::optional<RouteState> read_route_state(platform::FileSystem& files, const std::string& directory);

/// Under the directory's lock: reads the state (or begins with `otherwise`), changes it, and replaces the file. A state
/// of a later version is not changed. Waits for other processes, which hold the lock for milliseconds.
platform::Result<RouteState> change_route_state(platform::FileSystem& files, const std::string& directory,
                                                const RouteState& otherwise,
                                                const std::function<void(RouteState&)>& change);

}  // namespace wideline::delivery

// Counts read from the files that hold them.
#pragma once

#include <cstdint>

#include "forward/progress/cursor_slot.hpp"

namespace wideline::delivery {

/// What is not there is 0. `Json` is nlohmann's, ordered or not.
template <class Json>
[[nodiscard]] Counts counts_of(const Json& json) {
    Counts counts;
    counts.delivered = json.value("delivered", std::uint64_t{0});
    counts.dead = json.value("dead", std::uint64_t{0});
    counts.skipped = json.value("skipped", std::uint64_t{0});
    counts.lost = json.value("lost", std::uint64_t{0});
    counts.repeated = json.value("repeated", std::uint64_t{0});
    counts.damaged_frames = json.value("damaged_frames", std::uint64_t{0});
    counts.dead_by_reason = json.value("dead_by_reason", counts.dead_by_reason);
    counts.lost_by_reason = json.value("lost_by_reason", counts.lost_by_reason);
    return counts;
}

}  // namespace wideline::delivery

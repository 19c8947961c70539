// The events that a dead process left in its arenas.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "event/arena_file.hpp"
#include "event/open_event.hpp"

namespace wideline::detail {

/// Reads an ArenaFile whose owner is dead; any bytes may be in it. What was not committed is not there, and of what is
/// damaged only what comes before the damage. The file must outlive it.
class RecoveredArenas {
public:
    explicit RecoveredArenas(ArenaFile& file);

    /// Requests that had ended and were to be delivered, in the order in which they ended; then those under way, in the
    /// order in which they began, their outcome `crashed`, lasting until the last sign of life.
    [[nodiscard]] const std::vector<OpenEvent*>& events() const noexcept { return events_; }

private:
    struct Extent {
        ArenaHeader* arena = nullptr;
        std::uint32_t bytes = 0;  // as far as it is whole; 0: nothing of it is
    };

    [[nodiscard]] ArenaHeader* block(std::uint32_t number) const noexcept;
    [[nodiscard]] Extent whole_part(ArenaHeader& first) const;
    [[nodiscard]] OpenEvent* read(ArenaHeader& first, Extent extent);
    void take_heads();
    void join_fragments();

    ArenaFile& file_;
    const std::size_t bytes_;    // of its blocks that are in it
    std::int64_t alive_ns_ = 0;  // the last sign of life: what the owner noted, or an event's beginning or end
    std::vector<std::unique_ptr<OpenEvent>> owned_;
    std::vector<OpenEvent*> of_block_;  // by block number: the event that begins in it
    std::vector<OpenEvent*> events_;
};

}  // namespace wideline::detail

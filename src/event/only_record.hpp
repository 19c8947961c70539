// The short way from a rule to what it asks for: a watched key's record, where that one record is the whole value, and
// what an EventView has no name for.
#pragma once

#include <wideline/event_view.hpp>

#include "event/open_event.hpp"

namespace wideline::detail {

/// Null where there is none, or where the value takes a walk to find (EventView::watched).
inline const Record* only_record(const EventView& view, std::uint32_t slot) noexcept {
    const OpenEvent& event = *view.event_;
    if (event.shared.load(std::memory_order_relaxed)) [[unlikely]] {
        const Record* const newest = event.newest != nullptr ? event.newest[slot] : nullptr;
        return newest != &OpenEvent::kManyRecords ? newest : nullptr;
    }
    const std::uint32_t offset = event.slots[slot];
    return offset != 0 && offset != OpenEvent::kAmbiguous ? event.arena().at(offset) : nullptr;
}

inline const OpenEvent& event_of(const EventView& view) noexcept { return *view.event_; }

/// When the request ended, by the monotonic clock.
inline std::int64_t end_ns(const EventView& view) noexcept {
    return event_of(view).small_arena->start_ns + view.duration().count();
}

/// What it takes in memory; of a request that other threads wrote to, without their fragments.
inline std::uint64_t bytes_in_memory(const EventView& view) noexcept {
    return event_of(view).arena().bytes() - kFirstRecord;
}

}  // namespace wideline::detail

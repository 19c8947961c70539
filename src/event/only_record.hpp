// The short way from a rule to a field: a watched key's record, where that one record is the whole value.
#pragma once

#include <wideline/event_view.hpp>

#include "event/open_event.hpp"

namespace wideline::detail {

/// Null where there is none, or where the value takes a walk to find (EventView::watched).
inline const Record* only_record(const EventView& view, std::uint32_t slot) noexcept {
    const OpenEvent& event = *view.event_;
    const std::uint32_t offset = event.slots[slot];
    if (offset == 0 || offset == OpenEvent::kAmbiguous || event.shared.load(std::memory_order_relaxed)) return nullptr;
    return event.arena().at(offset);
}

}  // namespace wideline::detail

// What rules read of a request that threads shared. While such a request is written, its threads keep no slots, for
// another thread may end it at the same time; so all slots are filled by one walk when it has ended, instead of a walk
// for each field that a rule asks for.
#pragma once

#include <array>

#include "event/open_event.hpp"

namespace wideline::detail {

/// While it lives, EventView finds what it holds. For an event that has ended; does nothing if it was not shared.
class WatchedRecords {
public:
    explicit WatchedRecords(OpenEvent& event) noexcept {
        if (event.shared.load(std::memory_order_relaxed)) [[unlikely]]
            find(event);
    }
    ~WatchedRecords() {
        if (event_ != nullptr) [[unlikely]]
            event_->newest = nullptr;
    }
    WatchedRecords(const WatchedRecords&) = delete;
    WatchedRecords& operator=(const WatchedRecords&) = delete;

private:
    void find(OpenEvent& event) noexcept;

    OpenEvent* event_ = nullptr;
    std::array<const Record*, WatchedKeys::kSlots> newest_;  // not initialized: seldom needed
};

}  // namespace wideline::detail

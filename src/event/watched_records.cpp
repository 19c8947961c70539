#include "event/watched_records.hpp"

#include "event/record_walk.hpp"

namespace wideline::detail {

void WatchedRecords::find(OpenEvent& event) noexcept {
    const WatchedKeys* const keys = event.watched_keys;
    if (keys == nullptr) return;
    newest_.fill(nullptr);
    RecordWalk walk(event);
    while (const Record* const record = walk.next()) {
        if ((keys->mask() >> (record->hash() % 64) & 1) == 0) continue;
        const std::uint32_t slot = keys->slot(record->hash());
        if (slot == WatchedKeys::kNotWatched) continue;
        const bool whole = record->operation() == Operation::set ||
                           (newest_[slot] == nullptr && record->operation() != Operation::append);
        newest_[slot] = whole ? record : &OpenEvent::kManyRecords;
    }
    event.newest = newest_.data();
    event_ = &event;
}

}  // namespace wideline::detail

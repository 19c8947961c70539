#include "event/record_walk.hpp"

namespace wideline::detail {

/// To the next field, or the end.
void RecordWalk::Lane::skip() noexcept {
    while (at != end) {
        if (at->next() > end) {  // damaged, and not yet looked at by the pipeline
            at = end;
            return;
        }
        if (is_field(*at)) return;
        at = at->next();
    }
}

/// The same, and to the number of its write.
void RecordWalk::Lane::settle() noexcept {
    skip();
    if (at == end) return;
    const Record* const behind = at->next();
    if (behind < end && behind->type() == Type::sequence && behind->next() <= end)
        sequence = behind->value_as<std::uint64_t>();
}

const Record* RecordWalk::Lane::take() noexcept {
    const Record* const record = at;
    at = record->next();
    if (record->is_sum()) record->sum_word(0).store(arena->sum(*record), std::memory_order_relaxed);
    return record;
}

RecordWalk::Lane RecordWalk::lane_of(const OpenEvent& event) noexcept {
    const ArenaHeader& arena = event.arena();
    return {arena.begin(), event.end_in(arena), 0, &arena};
}

RecordWalk::RecordWalk(const OpenEvent& head) noexcept {
    lanes_[0] = lane_of(head);
    if (head.shared) {
        more_ = head.fragments.load(std::memory_order_acquire);
        for (; more_ != nullptr && count_ < kMerged; more_ = more_->next) lanes_[count_++] = lane_of(*more_);
    }
    for (std::size_t i = 0; i < count_; ++i) lanes_[i].settle();
}

const Record* RecordWalk::next() noexcept {
    if (count_ > 1) return next_merged();
    Lane& lane = lanes_[0];
    if (lane.at == lane.end) return nullptr;
    const Record* const record = lane.take();
    lane.skip();
    return record;
}

const Record* RecordWalk::next_merged() noexcept {
    for (;;) {
        Lane* least = nullptr;
        for (std::size_t i = 0; i < count_; ++i) {
            Lane& lane = lanes_[i];
            if (lane.at != lane.end && (least == nullptr || lane.sequence < least->sequence)) least = &lane;
        }
        if (least != nullptr) {
            const Record* const record = least->take();
            least->settle();
            return record;
        }
        if (more_ == nullptr) return nullptr;
        lanes_[0] = lane_of(*more_);
        lanes_[0].settle();
        more_ = more_->next;
    }
}

}  // namespace wideline::detail

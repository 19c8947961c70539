#include "forward/route/run_progress.hpp"

#include "forward/wall_time.hpp"

namespace wideline::delivery {
namespace {

/// Of the gaps, without the numbers that have come.
std::vector<Gap> without(const std::vector<Gap>& gaps, const Gap& come) {
    std::vector<Gap> left;
    const std::uint64_t come_end = come.first + come.count;
    for (const Gap& gap : gaps) {
        const std::uint64_t end = gap.first + gap.count;
        if (come_end <= gap.first || end <= come.first) {
            left.push_back(gap);
            continue;
        }
        if (gap.first < come.first) left.push_back({gap.first, come.first - gap.first});
        if (come_end < end) left.push_back({come_end, end - come_end});
    }
    return left;
}

}  // namespace

bool BatchProgress::advance(Cursor& cursor) {
    const std::size_t settled = bisection_.settled();
    const std::size_t before = counted_;
    while (counted_ < settled) count(cursor, counted_++);
    if (settled == batch_.events.size()) {
        finish(cursor);
        return true;
    }
    if (settled == before || batch_.fills) return false;
    const Batch::Event& next = batch_.events[settled];
    cursor.counts.skipped += next.skipped_before - skipped_;
    skipped_ = next.skipped_before;
    cursor.next = next.at;
    cursor.of_frame = next.frame_hash;
    cursor.last_event = event_id_of(batch_.line(settled - 1));
    cursor.after_last = next.skipped_before - batch_.events[settled - 1].skipped_before;
    pass_gaps(cursor);
    return false;
}

void BatchProgress::count(Cursor& cursor, std::size_t event) {
    if (batch_.events[event].repeated) ++cursor.counts.repeated;
    const auto number = static_cast<std::uint32_t>(event);
    if (bisection_.is_delivered(number)) {
        ++cursor.counts.delivered;
    } else {
        ++cursor.counts.dead;
        ++cursor.counts.dead_by_reason[reasons_[number]];
    }
}

void BatchProgress::finish(Cursor& cursor) {
    if (std::exchange(finished_, true)) return;
    cursor.counts.skipped += batch_.skipped - skipped_;
    cursor.under_way.reset();
    if (batch_.lost != 0) {
        cursor.counts.lost += batch_.lost;
        cursor.counts.lost_by_reason["damaged"] += batch_.lost;
    }
    cursor.counts.damaged_frames += batch_.damaged_frames;
    if (batch_.fills) {
        cursor.gaps = without(cursor.gaps, *batch_.fills);
        return;
    }
    cursor.next = batch_.end;
    cursor.of_frame = batch_.end_frame_hash;
    if (batch_.events.empty()) {
        cursor.after_last += batch_.skipped;
    } else {
        cursor.last_event = event_id_of(batch_.line(batch_.events.size() - 1));
        cursor.after_last = batch_.skipped - batch_.events.back().skipped_before;
    }
    pass_gaps(cursor);
}

/// Numbers that are missing are remembered once the cursor is behind them.
void BatchProgress::pass_gaps(Cursor& cursor) {
    for (; gaps_ < batch_.gaps.size() && batch_.gaps[gaps_].first < cursor.next.sequence; ++gaps_)
        cursor.gaps.push_back(batch_.gaps[gaps_]);
    if (cursor.gaps.size() > kMostGaps)
        cursor.gaps.erase(cursor.gaps.begin(), cursor.gaps.end() - static_cast<std::ptrdiff_t>(kMostGaps));
}

platform::Status RunProgress::save(Depth depth) {
    const std::lock_guard lock(mutex_);
    return save_locked(depth);
}

platform::Status RunProgress::save_if_older(std::chrono::nanoseconds age) {
    const std::lock_guard lock(mutex_);
    if (!dirty_ || clock_.monotonic_ns() - dirty_since_ns_ < age.count()) return {};
    return save_locked(Depth::machine);
}

platform::Status RunProgress::save_locked(Depth depth) {
    cursor_.saved = rfc3339(clock_.wall());
    if (platform::Status saved = file_->save(cursor_); !saved.ok()) return saved;
    if (depth == Depth::process) return {};
    if (platform::Status synced = file_->sync(); !synced.ok()) return synced;
    dirty_ = false;
    return {};
}

}  // namespace wideline::delivery

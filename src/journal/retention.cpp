#include "journal/retention.hpp"

#include <algorithm>
#include <utility>

#include "journal/segment_name.hpp"
#include "journal/segment_tally.hpp"

namespace wideline::journal_files {

Retention::Retention(std::string directory, std::string service, const JournalOptions& options,
                     platform::FileSystem& files, platform::Clock& clock)
    : directory_(std::move(directory)),
      service_(std::move(service)),
      bytes_(options.retain_bytes),
      age_(options.retain_age),
      free_bytes_(options.retain_free_bytes),
      files_(files),
      clock_(clock),
      began_(clock.wall()),
      began_ns_(clock.monotonic_ns()) {}

Retention::Removal Retention::keep_within_limits(std::uint64_t growth) {
    Removal removal;
    if (bytes_ == 0 && age_.count() == 0 && free_bytes_ == 0) return removal;
    const auto directory = files_.open(directory_);
    if (!directory.ok()) return removal;
    if (const auto mine = directory.value()->try_lock(); !mine.ok() || !mine.value()) return removal;

    const std::vector<Segment> segments = oldest_first();
    std::uint64_t taken = growth;
    for (const Segment& segment : segments) taken += segment.state.bytes;
    const std::uint64_t too_many = bytes_ != 0 && taken > bytes_ ? taken - bytes_ : 0;
    // Both are looked at once: a file that somebody still reads gives its space back later.
    const std::uint64_t wanted = std::max(too_many, missing_free_bytes());
    const platform::Clock::WallTime now = this->now();
    std::uint64_t made = 0;
    for (const Segment& segment : segments) {
        const bool too_old = age_.count() != 0 && now - segment.state.modified >= age_;
        if ((too_old || made < wanted) && remove(segment, removal)) made += segment.state.bytes;
    }
    add(removal.now, removal.to_tell);
    return removal;
}

std::vector<Retention::Segment> Retention::oldest_first() {
    std::vector<Segment> segments;
    const auto entries = files_.list(directory_);
    if (!entries.ok()) return segments;
    std::vector<SegmentOrder> order;
    for (const platform::DirectoryEntry& entry : entries.value()) {
        SegmentOrder one = segment_order(entry.name);
        if (!entry.directory && one.service == service_) order.push_back(std::move(one));
    }
    std::sort(order.begin(), order.end());
    for (const SegmentOrder& one : order) {
        std::string path = directory_ + "/" + one.name;
        const auto state = files_.state(path);
        if (state.ok()) segments.push_back({std::move(path), state.value()});
    }
    return segments;
}

std::uint64_t Retention::missing_free_bytes() {
    if (free_bytes_ == 0) return 0;
    const auto free = files_.free_bytes(directory_);
    return free.ok() && free.value() < free_bytes_ ? free_bytes_ - free.value() : 0;
}

/// The wall clock, but not where it has run ahead of the monotonic one: a step would make everything old at once.
platform::Clock::WallTime Retention::now() {
    const std::chrono::nanoseconds since(clock_.monotonic_ns() - began_ns_);
    return std::min(clock_.wall(), began_ + std::chrono::floor<std::chrono::microseconds>(since));
}

bool Retention::remove(const Segment& segment, Removal& removal) {
    const auto file = files_.open(segment.path);
    if (!file.ok()) return false;
    if (const auto closed = file.value()->try_lock(); !closed.ok() || !closed.value()) return false;
    if (const auto state = file.value()->state(); !state.ok() || !state.value().in_place) return false;
    auto tally = tally_of(*file.value());
    if (!tally.ok() || !files_.remove(segment.path).ok()) return false;
    tally.value().held.segments = 1;
    add(tally.value().held, removal.now);
    add(tally.value().removed, removal.to_tell);
    return true;
}

}  // namespace wideline::journal_files

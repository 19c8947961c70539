#include "pipeline/retained_events.hpp"

#include <algorithm>
#include <new>

namespace wideline::pipeline {

namespace {

/// Some 2 MiB. Past it, the oldest failure is forgotten: what is dropped of its trace from then on is not kept.
constexpr std::size_t kMostFailures = 16384;
constexpr double kNsPerSecond = 1e9;

}  // namespace

RetainedEvents::RetainedEvents(std::size_t most_bytes, double seconds) noexcept
    : most_bytes_(most_bytes), window_ns_(static_cast<std::int64_t>(seconds * kNsPerSecond)) {}

RetainedEvents::Trace RetainedEvents::trace_of(const detail::OpenEvent& event) noexcept {
    return {event.small_arena->trace_id_high, event.small_arena->trace_id_low};
}

std::int64_t RetainedEvents::end_of(const detail::OpenEvent& event) noexcept {
    return event.small_arena->start_ns + event.fate().duration_ns;
}

void RetainedEvents::note_failure(const detail::OpenEvent& event) noexcept {
    const Failure failure{trace_of(event), end_of(event)};
    if (failures_.size() == kMostFailures) forget_oldest_failure();
    const std::size_t remembered = failures_.size();
    try {
        failures_.push_back(failure);
        Failures& all =
            failed_.try_emplace(failure.trace, Failures{failure.ended_ns, failure.ended_ns, 0}).first->second;
        all.first_ns = std::min(all.first_ns, failure.ended_ns);
        all.last_ns = std::max(all.last_ns, failure.ended_ns);
        ++all.count;
        news_ = true;
    } catch (const std::bad_alloc&) {
        if (failures_.size() > remembered) failures_.pop_back();  // its trace goes without context
    }
}

bool RetainedEvents::wants(const detail::OpenEvent& event) const noexcept {
    return near_failure(trace_of(event), end_of(event));
}

bool RetainedEvents::hold(detail::OpenEvent& event) noexcept {
    try {
        held_.push_back({&event, trace_of(event), end_of(event)});
    } catch (const std::bad_alloc&) {
        return false;
    }
    bytes_ += event.waiting_bytes;
    return true;
}

/// Between a trace's failures too: they lie within the window of each other, or the pipeline was held up.
bool RetainedEvents::near_failure(const Trace& trace, std::int64_t ended_ns) const noexcept {
    const auto found = failed_.find(trace);
    return found != failed_.end() && ended_ns >= found->second.first_ns - window_ns_ &&
           ended_ns <= found->second.last_ns + window_ns_;
}

/// An event that ends later than the window after a failure is not near it.
void RetainedEvents::forget_failures(std::int64_t now) noexcept {
    while (!failures_.empty() && now - failures_.front().ended_ns > window_ns_) forget_oldest_failure();
}

void RetainedEvents::forget_oldest_failure() noexcept {
    const auto found = failed_.find(failures_.front().trace);
    failures_.pop_front();
    if (found != failed_.end() && --found->second.count == 0) failed_.erase(found);
}

}  // namespace wideline::pipeline

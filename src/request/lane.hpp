// A thread's share of a recorder: what a request touches besides its event. No other thread writes to its cache lines,
// but for the lists of kept and of dropped events, from which the pipeline takes all at once.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "event/open_event.hpp"
#include "platform/uncaught_exceptions.hpp"
#include "request/counter.hpp"
#include "request/per_rule.hpp"
#include "request/random.hpp"
#include "request/request_counts.hpp"

namespace wideline::detail {

class RecorderCore;

/// Lives as long as the process, for threads may come late; reused by one thread after another.
class alignas(64) Lane {
public:
    Lane(RecorderCore* of, std::size_t number_of_lane, std::size_t rule_count)
        : core(of), number(number_of_lane), sampled_away(rule_count), refused_by_rule(rule_count) {}

    RecorderCore* const core;
    const std::size_t number;  // of the recorder's lanes, from 0
    /// Free events, the last one to be taken next. Those that this thread has used are in its cache; `cold` ones at the
    /// beginning were another's, and are fetched while the request before is under way.
    struct Free {
        OpenEvent* event;
        ArenaHeader* arena;
    };
    static constexpr std::uint32_t kMostFree = 32;
    static constexpr std::uint32_t kMostFetched = 2048;  // bytes
    std::array<Free, kMostFree> free;
    std::uint32_t free_count = 0;
    std::uint32_t cold = 0;
    bool draws = false;               // when it had none, there were some that all threads may take
    std::uint32_t typical_bytes = 0;  // of an event: what to fetch
    Random random;
    platform::UncaughtExceptions exceptions;  // of the thread that has the lane

    Counter started;
    Counter discarded;
    Counter kept;
    Counter refused;         // kept, but the queue was full
    Counter stalled;         // the same, while the journal could not write
    Counter too_late;        // kept, but the recorder was gone
    Counter without_memory;  // started when no arena could be had
    Counter lost_errors;     // of the four above, those known to have failed
    Counter malformed_traceparents;
    Counter predicate_errors;
    Counter enrich_errors;
    PerRule<Counter> sampled_away;
    RequestCounts counts;  // by name

    // Raised under overload alone.
    PerRule<Refused> refused_by_rule;  // as `refused` and `stalled`
    Counter without_memory_errors;
    Counter thinned;  // of those sampled away: kept by their rule, and thinned by stress relief

    Lane* next_of_thread = nullptr;  // the thread's lanes
    bool in_use = false;             // under the core's mutex

    /// Kept events, newest first; raised by this thread, emptied by the pipeline's.
    alignas(64) std::atomic<OpenEvent*> kept_events{nullptr};

    /// Events that were dropped and wait for one of their trace to fail; as kept_events.
    std::atomic<OpenEvent*> dropped_events{nullptr};

    [[nodiscard]] std::uint64_t ended() const noexcept {
        std::uint64_t count = kept.get() + discarded.get();
        for (std::size_t rule = 0; rule < sampled_away.size(); ++rule) count += sampled_away[rule].get();
        return count;
    }

    void keep(OpenEvent& event) noexcept { push(kept_events, event); }
    void retain(OpenEvent& event) noexcept { push(dropped_events, event); }

private:
    static void push(std::atomic<OpenEvent*>& events, OpenEvent& event) noexcept {
        OpenEvent* top = events.load(std::memory_order_relaxed);
        do {
            event.next = top;
        } while (!events.compare_exchange_weak(top, &event, std::memory_order_release, std::memory_order_relaxed));
    }
};

}  // namespace wideline::detail

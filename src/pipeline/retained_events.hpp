// Events that were sampled away and wait, for a while, for an event of their trace to fail: then they are kept after
// all.
//
//   dropped ─► wants? ─yes─► kept as context
//                └──no──► hold ─► too old, or one too many ─► given back
//                           ▲
//   an event is kept because it failed: note_failure ─► take_wanted takes its trace's out of those that wait
//
// Failures are remembered for as long as events wait, for what is dropped after them. Whether two events belong
// together is judged by the times at which their requests ended, so it does not depend on when the pipeline looks.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "event/open_event.hpp"

namespace wideline::pipeline {

/// The pipeline's thread alone. It owns no memory of the events: whoever puts one in gets it back by `give` or `keep`.
class RetainedEvents {
public:
    /// Bytes of arenas, seconds between the ends of two requests.
    RetainedEvents(std::size_t most_bytes, double seconds) noexcept;

    /// An event of this trace was kept because it failed.
    void note_failure(const detail::OpenEvent& event) noexcept;
    /// Whether an event of its trace failed shortly before or after.
    [[nodiscard]] bool wants(const detail::OpenEvent& event) const noexcept;
    /// Keeps it waiting; false where there is no memory to do so.
    [[nodiscard]] bool hold(detail::OpenEvent& event) noexcept;

    /// Those that wait and whose trace has failed since the last call. One pass over all that wait, whatever the number
    /// of failures; none where there was none.
    template <class Keep>
    void take_wanted(Keep keep) {
        if (!news_) return;
        news_ = false;
        std::size_t left = 0;
        for (const Held& held : held_) {
            if (!near_failure(held.trace, held.ended_ns)) {
                held_[left++] = held;
                continue;
            }
            bytes_ -= held.event->waiting_bytes;
            keep(*held.event);
        }
        held_.resize(left);
    }
    /// Those that ended too long before `now` to be wanted, and the oldest of those that are too many.
    template <class Give>
    void release_old(std::int64_t now, Give give) {
        while (!held_.empty() && (bytes_ > most_bytes_ || now - held_.front().ended_ns > window_ns_))
            static_cast<void>(release_oldest(give));
        forget_failures(now);
    }
    /// False where none waits.
    template <class Give>
    [[nodiscard]] bool release_oldest(Give give) {
        if (held_.empty()) return false;
        detail::OpenEvent& event = *held_.front().event;
        held_.pop_front();
        bytes_ -= event.waiting_bytes;
        give(event);
        return true;
    }
    template <class Give>
    void release_all(Give give) {
        while (release_oldest(give)) {
        }
    }

private:
    struct Trace {
        std::uint64_t high;
        std::uint64_t low;
        [[nodiscard]] bool operator==(const Trace&) const noexcept = default;
    };
    struct HashOf {
        [[nodiscard]] std::size_t operator()(const Trace& trace) const noexcept { return trace.low ^ trace.high; }
    };
    struct Held {
        detail::OpenEvent* event;
        Trace trace;
        std::int64_t ended_ns;
    };
    struct Failure {
        Trace trace;
        std::int64_t ended_ns;
    };
    /// A trace's failures that are remembered.
    struct Failures {
        std::int64_t first_ns;  // when the first of them ended, those forgotten since included
        std::int64_t last_ns;
        std::size_t count;
    };

    [[nodiscard]] static Trace trace_of(const detail::OpenEvent& event) noexcept;
    [[nodiscard]] static std::int64_t end_of(const detail::OpenEvent& event) noexcept;
    [[nodiscard]] bool near_failure(const Trace& trace, std::int64_t ended_ns) const noexcept;
    void forget_failures(std::int64_t now) noexcept;
    void forget_oldest_failure() noexcept;

    const std::size_t most_bytes_;
    const std::int64_t window_ns_;
    std::size_t bytes_ = 0;
    std::deque<Held> held_;  // about in the order in which they ended
    std::deque<Failure> failures_;
    std::unordered_map<Trace, Failures, HashOf> failed_;  // the same, by trace
    bool news_ = false;                                   // a failure that take_wanted has not looked for
};

}  // namespace wideline::pipeline

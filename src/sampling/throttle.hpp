// Holds what is kept to a budget, however fast the traffic changes: one factor on the probabilities of all events that
// ask for a part of it. `adaptive` has one over its keys, `at_most` is one.
//
//   request's threads                                      pipeline's thread, ten times a second
//   p ─► asked += p ─► p · factor ─► more than allowed? ─► asked ─► Flow ─► factor = budget / asked per second
//                          ▲               │   p · allowed / taken          │
//                          └───────────────┼────────────────────────────────┤
//                                          └── allowed = reserve + twice the budget of a window
//
// All of it is made of the probabilities of events, which follow from the traffic, and never of what became of them: so
// the weight of a kept event is right whatever the factor is.
//
// Three things make it hold:
//
// - The windows are closed by the clock alone. What came in a few milliseconds says nothing about a second.
// - Between two looks of the pipeline, each thread sees how much all threads have taken since the last one. If that is
//   more than is allowed, the n-th event has the probability allowed / n: a burst takes allowed · (1 + ln(taken /
//   allowed)) however large it is, and no part of it goes unseen. Threads tell each other what they took when it has
//   grown by a quarter, so seldom.
// - What was taken too much is saved afterwards, a fifth of it a second. What was not used is a reserve for a burst: of
//   one second's budget at most.
#pragma once

#include <atomic>
#include <cstdint>

#include "request/counter.hpp"
#include "sampling/flow.hpp"

namespace wideline::sampling {

class Throttle {
public:
    static constexpr std::int64_t kWindowNs = 100'000'000;

    /// What the sum is held to, one of them: so much a second in the unit in which events are counted, or a part of all
    /// that comes.
    struct Goal {
        double per_second = 0;
        double share = 0;
    };

    /// `memory_s`: over how many seconds the flow is averaged while it does not change. The first events are held to
    /// `goal`, so that it is kept to before the pipeline looks for the first time.
    Throttle(double memory_s, Goal goal) noexcept;

    /// One lane's: counts that only grow, and, of the present window, what it took.
    struct alignas(64) Meter {
        detail::Counter amount;
        detail::Counter asked;
        detail::Counter granted;
        std::atomic<double> squares{0};  // of what each event asked for
        // The lane's thread alone.
        std::uint64_t taken = 0;
        std::uint64_t told = 0;    // of it, to the other lanes
        std::uint64_t others = 0;  // what they had taken by then
        std::uint32_t window = 0;
    };

    /// What all lanes counted.
    struct Sums {
        std::uint64_t amount = 0;
        std::uint64_t asked = 0;
        std::uint64_t granted = 0;
        double squares = 0;

        void add(const Meter& lane) noexcept {
            amount += lane.amount.get();
            asked += lane.asked.get();
            granted += lane.granted.get();
            squares += lane.squares.load(std::memory_order_relaxed);
        }
    };

    /// What is left of a probability. Without a lane's meter, for which memory ran out, nothing is counted.
    [[nodiscard]] double corrected(double probability) const noexcept {
        const double granted = probability * factor_.load(std::memory_order_relaxed);
        return granted < 1 ? granted : 1;
    }

    /// The same, and counts an event that takes `amount` of the budget if it is kept. `ended_ns` is of the monotonic
    /// clock. `meter` is the calling thread's. Neither locks nor allocates; some 5 ns.
    [[nodiscard]] double grant(Meter& meter, double probability, std::uint64_t amount, std::int64_t ended_ns) noexcept {
        double granted = corrected(probability);
        const auto in_full = static_cast<double>(amount);
        const double asked = probability * in_full;
        const std::uint64_t takes = fixed(granted * in_full);
        meter.amount.raise(amount);
        meter.asked.raise(fixed(asked));
        meter.squares.store(meter.squares.load(std::memory_order_relaxed) + asked * asked, std::memory_order_relaxed);
        const double part = allowed_part(meter, takes, ended_ns);
        if (part < 1) [[unlikely]]
            granted *= part;
        meter.granted.raise(part < 1 ? fixed(granted * in_full) : takes);
        return granted;
    }

    /// What grant() would give; counts nothing.
    [[nodiscard]] double expected(const Meter& meter, double probability, std::uint64_t amount,
                                  std::int64_t ended_ns) const noexcept {
        const double granted = corrected(probability);
        const std::uint64_t takes = fixed(granted * static_cast<double>(amount));
        const bool begun = window_.load(std::memory_order_relaxed) == meter.window;
        return granted * part_of(begun ? meter.taken + meter.others + takes : takes, ended_ns);
    }

    /// Whether the window is over. Of the thread that looks, as all below; with the time of the monotonic clock.
    [[nodiscard]] bool is_over(std::int64_t now_ns) const noexcept {
        return now_ns - began_ns_.load(std::memory_order_relaxed) >= kWindowNs;
    }
    /// Closes the window. The factor is at most `most_factor`: 1 if probabilities must not be raised.
    void close(std::int64_t now_ns, const Sums& now, Goal goal, double most_factor) noexcept;

    /// The probabilities that ask were just made new: the same traffic, which came to `before` a second, comes to
    /// `after`. Only a large change is taken from what was expected; chance is left to what comes.
    void rescale(double before, double after) noexcept;

    /// What comes a second, were all of it kept, and what of it is asked for.
    [[nodiscard]] double comes_per_second() const noexcept { return comes_.per_second(); }
    [[nodiscard]] double asked_per_second() const noexcept { return asked_.per_second(); }
    /// As if so much had been asked for long.
    void remember(double per_second) noexcept { asked_.remember(per_second, memory_s_); }

private:
    static constexpr double kOne = 0x1p32;
    [[nodiscard]] static std::uint64_t fixed(double amount) noexcept {
        return static_cast<std::uint64_t>(amount * kOne);
    }

    [[nodiscard]] double allowed_part(Meter& meter, std::uint64_t takes, std::int64_t ended_ns) noexcept {
        if (const std::uint32_t window = window_.load(std::memory_order_relaxed); window != meter.window) [[unlikely]] {
            meter.window = window;
            meter.taken = meter.told = meter.others = 0;
        }
        meter.taken += takes;
        if (meter.taken - meter.told > meter.told / 4) [[unlikely]]
            tell(meter);
        return part_of(meter.taken + meter.others, ended_ns);
    }
    [[nodiscard]] double part_of(std::uint64_t taken, std::int64_t ended_ns) const noexcept {
        if (taken <= allowed_.load(std::memory_order_relaxed)) [[likely]]
            return 1;
        return part_of_late(static_cast<double>(taken), ended_ns);
    }
    void tell(Meter& meter) noexcept;
    [[nodiscard]] double part_of_late(double taken, std::int64_t ended_ns) const noexcept;
    void allow(Goal goal) noexcept;
    void publish(std::int64_t now_ns, Goal goal) noexcept;
    void publish_factor() noexcept;

    const double memory_s_;

    // Written by the pipeline's thread, read by all.
    alignas(64) std::atomic<double> factor_{1};
    std::atomic<std::uint64_t> allowed_{~std::uint64_t{0}};
    std::atomic<double> allowed_per_ns_{0};  // in a window that goes on too long, since the pipeline is held up
    std::atomic<std::int64_t> began_ns_{0};
    std::atomic<std::uint32_t> window_{0};

    // What lanes tell each other that they took in this window, and in the next.
    alignas(64) std::atomic<std::uint64_t> taken_[2]{};

    // The pipeline's thread alone.
    alignas(64) Sums before_;
    Flow asked_;
    Flow comes_;
    double planned_ = 0;  // per second, of what is asked
    double reserve_ = 0;  // what was not used; below 0 what was used too much
    double unit_ = 1;     // what one event adds to what is asked
    double most_factor_ = 1;
};

}  // namespace wideline::sampling

// How a budget is spread over keys whose traffic differs by orders of magnitude and changes all the time: the model
// behind `adaptive` and `at_most`. Plain arithmetic over one thread's numbers; it reads no clock.
//
// It is the EMA throughput sampler of Honeycomb's dynsampler-go:
//
// - A key's share of the budget grows with the logarithm of its traffic, so that the common keys pay for the rare ones,
//   which are kept whole.
// - Traffic is a moving average: each interval counts half, all before it the other half.
// - When twice what was expected in a whole interval has come before its end, the rates are adjusted at once; and once
//   more a second later, since most of the time that was looked at had been before the burst.
//
// It differs where dynsampler is at odds with its own budget:
//
// - Rates are no integers. There, 1 in 1.5 becomes 1 in 2, and a quarter of the budget is not used.
// - What rare keys leave over goes to all others, whatever their order: the budget is spent exactly. There it goes to
//   those that come later in the alphabet. For the counts 1, 1, 2, 5, 8, 15, 45, 612, 2000, 10000 and a goal of a
//   twentieth, dynsampler's rates are 1 for the first seven, then 6, 14 and 47; these are 3.97, 11.0 and 45.2.
// - More keys than budget: there each key keeps one event an interval all the same. Here all are thinned.
// - A key that is new is believed at once instead of by half, and so is a burst.
// - Keys are kept whole until they are first counted; what that costs is taken from the budget of the others.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace wideline::sampling {

/// The probability of each key: p_i = min(1, λ ln(1 + traffic_i) / traffic_i), with λ such that p_i traffic_i adds up
/// to `goal`; 1 for all where the goal is not reached. A key without traffic has 1.
[[nodiscard]] std::vector<double> spread(std::span<const double> traffic, double goal);

class Throughput {
public:
    struct Pace {
        double interval_s = 15;  ///< from one adjustment to the next
        double first_s = 1;      ///< to the first one, before which all is kept, and to the one after a burst
    };

    /// Keys are numbers below `keys`. `goal` is per second.
    Throughput(std::size_t keys, double goal, Pace pace);

    /// In the unit in which traffic is counted; it may move when that unit is not the user's.
    void set_goal(double per_second) noexcept { goal_ = per_second; }

    /// Whether an adjustment is due, `seconds` after the one before, when `total` has come since.
    [[nodiscard]] bool is_due(double seconds, double total) const noexcept;

    /// Takes in what came of each key since the adjustment before. Then `probability` holds for what comes next.
    /// `unit` is what counts as one event in the logarithm: 1, or an event's mean size.
    void adjust(std::span<const double> counts, double seconds, double unit = 1);

    [[nodiscard]] std::span<const double> probabilities() const noexcept { return probabilities_; }
    /// Per second. 0 for a key that is forgotten: so little came that it need not be told from a new one.
    [[nodiscard]] std::span<const double> averages() const noexcept { return averages_; }

    /// As if `per_second` of the key had come for long. Rates follow by settle().
    void remember(std::size_t key, double per_second) noexcept { averages_[key] = per_second; }
    void settle(double unit = 1);

private:
    void set_probabilities(double unit);
    /// How long it may take to the next adjustment.
    [[nodiscard]] double wait_s() const noexcept { return settled_ ? pace_.interval_s : pace_.first_s; }

    const Pace pace_;
    double goal_;
    double fresh_ = 0;  // per second, of keys that were not known when it came
    bool started_ = false;
    bool settled_ = false;  // neither just begun nor in a burst
    std::vector<double> averages_;
    std::vector<double> probabilities_;
};

}  // namespace wideline::sampling

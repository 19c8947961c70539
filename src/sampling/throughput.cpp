#include "sampling/throughput.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace wideline::sampling {

namespace {

constexpr double kBurst = 2;             // times what an interval is expected to bring
constexpr double kForgotten = 0.5;       // events an interval: dynsampler's age-out value
constexpr double kLeastOfGoal = 0.1;     // whatever new keys take, this much of the budget is the others'
constexpr double kLeastShare = 0x1p-40;  // far above 2^-56, the least that a threshold can tell from 0

double share_of(double traffic) noexcept { return std::log1p(traffic); }

}  // namespace

std::vector<double> spread(std::span<const double> traffic, double goal) {
    std::vector<double> probabilities(traffic.size(), 1.0);
    std::vector<std::size_t> keys;
    double weights = 0;
    for (std::size_t key = 0; key < traffic.size(); ++key) {
        if (!(traffic[key] > 0)) continue;
        keys.push_back(key);
        weights += share_of(traffic[key]);
    }
    // The rarest first: x / ln(1 + x) grows with x, so from the first key on that has more than its share, all have.
    std::sort(keys.begin(), keys.end(), [&](std::size_t a, std::size_t b) { return traffic[a] < traffic[b]; });
    double left = goal;
    for (auto at = keys.begin(); at != keys.end(); ++at) {
        const double here = traffic[*at];
        if (here * weights > left * share_of(here)) {
            const double each = std::max(left, 0.0) / weights;
            for (; at != keys.end(); ++at)
                probabilities[*at] = std::clamp(each * share_of(traffic[*at]) / traffic[*at], kLeastShare, 1.0);
            break;
        }
        left -= here;
        weights -= share_of(here);
    }
    return probabilities;
}

Throughput::Throughput(std::size_t keys, double goal, Pace pace)
    : pace_(pace), goal_(goal), averages_(keys), probabilities_(keys, 1.0) {}

bool Throughput::is_due(double seconds, double total) const noexcept {
    if (seconds >= wait_s()) return true;
    const double average = std::accumulate(averages_.begin(), averages_.end(), 0.0);
    return total > kBurst * std::max(average, goal_) * wait_s();
}

void Throughput::adjust(std::span<const double> counts, double seconds, double unit) {
    if (!(seconds > 0)) return;
    const bool early = seconds < wait_s();
    const bool believe = !settled_ || early;
    const double of_before = std::exp2(-seconds / pace_.interval_s);
    double fresh = 0;
    for (std::size_t key = 0; key < averages_.size(); ++key) {
        double& average = averages_[key];
        const double now = counts[key] / seconds;
        if (average == 0) {
            fresh += now;
            average = now;
        } else {
            const double smooth = of_before * average + (1 - of_before) * now;
            average = believe ? std::max(now, smooth) : smooth;
        }
        if (average * pace_.interval_s < kForgotten * unit) average = 0;
    }
    if (started_) fresh_ = of_before * fresh_ + (1 - of_before) * fresh;
    settled_ = !early;
    started_ = true;
    set_probabilities(unit);
}

void Throughput::settle(double unit) {
    started_ = settled_ = true;
    set_probabilities(unit);
}

void Throughput::set_probabilities(double unit) {
    const double goal = std::max(goal_ - fresh_, goal_ * kLeastOfGoal);
    std::vector<double> traffic(averages_.size());
    for (std::size_t key = 0; key < traffic.size(); ++key) traffic[key] = averages_[key] * pace_.interval_s / unit;
    probabilities_ = spread(traffic, goal * pace_.interval_s / unit);
}

}  // namespace wideline::sampling

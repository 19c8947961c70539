#include "sampling/flow.hpp"

#include <algorithm>
#include <cmath>

namespace wideline::sampling {

namespace {

constexpr double kSurprise = 4;           // standard deviations: by chance once in 16,000 counts
constexpr double kSpreadMemory = 5;       // in memories: clumps are a property of the traffic, and change seldom
constexpr double kNothing = 1e-6;         // events, in all of the memory
constexpr double kMostOfOneSurprise = 9;  // in what is usual: so no single burst looks like clumps

double root(double events) noexcept { return 2 * std::sqrt(events + 0.375); }

}  // namespace

void Flow::take(double count, double seconds, double unit, double memory_s) noexcept {
    if (!(seconds > 0)) return;
    if (seconds_ > 0 && unit > 0) {
        const double expected = per_second() * seconds;
        const double difference = root(count / unit) - root(expected / unit);
        const double surprise = difference * difference / (1 + seconds / seconds_);
        const bool is_new = surprise > kSurprise * kSurprise * spread_;
        const double usual = std::min(surprise, kMostOfOneSurprise * spread_);
        const double weight = 1 - std::exp(-seconds / (kSpreadMemory * memory_s));
        spread_ = std::max(1.0, spread_ + weight * (usual - spread_));
        if (is_new) count_ = seconds_ = 0;
    }
    const double kept = std::exp(-seconds / memory_s);
    count_ = kept * count_ + count;
    seconds_ = kept * seconds_ + seconds;
    if (count_ < kNothing * unit) count_ = 0;
}

}  // namespace wideline::sampling

#include "pipeline/stress_relief.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wideline::pipeline {

StressRelief::StressRelief(std::size_t from, std::size_t limit) noexcept
    : asks_above_(from), over_at_(std::numeric_limits<std::int64_t>::min()), from_(from), limit_(limit) {}

double StressRelief::share(std::size_t waiting, std::int64_t now) noexcept {
    std::int64_t over_at = over_at_.load(std::memory_order_relaxed);
    if (waiting > from_) {
        const double filled = static_cast<double>(waiting - from_) / static_cast<double>(limit_ - from_);
        const double octaves = std::min(filled, 1.0) * kOctaves;
        const std::int64_t asked_for = now + static_cast<std::int64_t>(octaves * static_cast<double>(kReleaseNs));
        while (asked_for > over_at && !over_at_.compare_exchange_weak(over_at, asked_for, std::memory_order_relaxed)) {
        }
        over_at = std::max(over_at, asked_for);
    }
    const bool active = over_at > now;
    // Threads that see different states may leave the wrong one for a moment. Then some events are not thinned, or are
    // asked about in vain; each has the weight of what was done.
    const std::size_t asks_above = active ? 0 : from_;
    if (asks_above_.load(std::memory_order_relaxed) != asks_above)
        asks_above_.store(asks_above, std::memory_order_relaxed);
    if (!active) return 1;
    return std::exp2(-static_cast<double>(over_at - now) / static_cast<double>(kReleaseNs));
}

}  // namespace wideline::pipeline

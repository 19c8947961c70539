#include "sampling/throttle.hpp"

#include <algorithm>
#include <cmath>

#include "sampling/spread.hpp"

namespace wideline::sampling {

namespace {

constexpr double kReserve_s = 1;      // seconds of the budget
constexpr double kLeastReserve = 4;   // events: a budget of less than that a second is spent event by event
constexpr double kRepay_s = 5;        // to save what was used too much
constexpr double kBurstOfWindow = 2;  // in a window, so many times its part of the budget
constexpr double kLargeChange = 0.4;  // of the logarithm: by half
constexpr double kWindow_s = Throttle::kWindowNs * 1e-9;

}  // namespace

Throttle::Throttle(double memory_s, Goal goal) noexcept : memory_s_(memory_s), reserve_(goal.per_second * kReserve_s) {
    allow(goal);
}

void Throttle::tell(Meter& meter) noexcept {
    std::atomic<std::uint64_t>& taken = taken_[meter.window & 1];
    const std::uint64_t news = meter.taken - meter.told;
    meter.others = taken.fetch_add(news, std::memory_order_relaxed) + news - meter.taken;
    meter.told = meter.taken;
}

double Throttle::part_of_late(double taken, std::int64_t ended_ns) const noexcept {
    const std::int64_t late = ended_ns - began_ns_.load(std::memory_order_relaxed) - kWindowNs;
    const double allowed =
        static_cast<double>(allowed_.load(std::memory_order_relaxed)) +
        allowed_per_ns_.load(std::memory_order_relaxed) * static_cast<double>(std::max<std::int64_t>(late, 0));
    return allowed < taken ? allowed / taken : 1;
}

void Throttle::close(std::int64_t now_ns, const Sums& now, Goal goal, double most_factor) noexcept {
    most_factor_ = most_factor;
    const std::int64_t began = began_ns_.load(std::memory_order_relaxed);
    const double granted = static_cast<double>(now.granted - before_.granted) / kOne;
    if (began == 0) {  // nobody knows how long that took
        before_ = now;
        reserve_ = goal.per_second * kReserve_s - granted;
        return publish(now_ns, goal);
    }
    const double seconds = static_cast<double>(now_ns - began) * 1e-9;
    const auto came = static_cast<double>(now.amount - before_.amount);
    const double asked = static_cast<double>(now.asked - before_.asked) / kOne;
    if (asked > 0) unit_ = std::max((now.squares - before_.squares) / asked, kLeastProbability);
    before_ = now;
    asked_.take(asked, seconds, unit_, memory_s_);
    comes_.take(came, seconds, asked > 0 ? unit_ * came / asked : 1, memory_s_);

    const double due = goal.per_second * seconds + goal.share * came;
    const double most = std::max(due / seconds * kReserve_s, kLeastReserve * unit_);
    reserve_ = std::clamp(reserve_ + due - granted, -most, most);
    publish(now_ns, goal);
}

void Throttle::rescale(double before, double after) noexcept {
    if (!(before > 0 && after > 0) || std::abs(std::log(after / before)) < kLargeChange) return;
    asked_.scale(after / before);
    publish_factor();
}

void Throttle::publish_factor() noexcept {
    const double asked = asked_.per_second();
    const double factor =
        asked * most_factor_ <= planned_ ? most_factor_ : std::max(planned_ / asked, kLeastProbability);
    factor_.store(factor, std::memory_order_relaxed);
}

void Throttle::publish(std::int64_t now_ns, Goal goal) noexcept {
    const double due = goal.per_second + goal.share * comes_.per_second();
    planned_ = due + std::min(reserve_, 0.0) / kRepay_s;
    publish_factor();

    taken_[(window_.load(std::memory_order_relaxed) + 1) & 1].store(0, std::memory_order_relaxed);
    allow(goal);
    allowed_per_ns_.store(kBurstOfWindow * goal.per_second * 1e-9 * kOne, std::memory_order_relaxed);
    began_ns_.store(now_ns, std::memory_order_relaxed);
    window_.fetch_add(1, std::memory_order_release);
}

/// What lanes may take before it is shared out among all that comes.
void Throttle::allow(Goal goal) noexcept {
    constexpr double kAnyAmount = 0x1p63;
    const double in_window = std::max(kBurstOfWindow * goal.per_second * kWindow_s, kLeastReserve * unit_);
    const double allowed = goal.share > 0 ? kAnyAmount : (std::max(reserve_, 0.0) + in_window) * kOne;
    allowed_.store(static_cast<std::uint64_t>(std::min(allowed, kAnyAmount)), std::memory_order_relaxed);
}

}  // namespace wideline::sampling

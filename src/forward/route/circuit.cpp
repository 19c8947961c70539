#include "forward/route/circuit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wideline::delivery {

std::chrono::nanoseconds retry_interval(const Retry& retry, std::uint64_t failures, double share) {
    const auto initial = static_cast<double>(std::chrono::nanoseconds(retry.initial_interval).count());
    const auto maximum = static_cast<double>(std::chrono::nanoseconds(retry.maximum_interval).count());
    const double grown = initial * std::pow(retry.backoff_coefficient, static_cast<double>(failures));
    const double interval = std::min(grown, maximum) * (1 - retry.jitter * share);
    return std::chrono::nanoseconds(static_cast<std::int64_t>(std::max(interval, initial / 2)));
}

Circuit::Admission Circuit::admit(std::uint64_t batch, std::int64_t now) {
    if (state_ == State::closed) {
        if (under_way_.size() >= static_cast<std::size_t>(std::max(1.0, std::floor(allowed_)))) return {};
    } else {
        if (!under_way_.empty()) return {};
        const auto oldest = std::min_element(waiting_.begin(), waiting_.end(),
                                             [](const auto& a, const auto& b) { return a.second < b.second; });
        if (oldest != waiting_.end() && oldest->second < waiting_[batch]) return {};
    }
    const std::int64_t from = std::max(until_, next_by_rate_);
    if (now < from) return {false, from};
    if (per_second_ > 0) next_by_rate_ = now + static_cast<std::int64_t>(1e9 / per_second_);
    under_way_[batch] = now;
    return {true, {}};
}

void Circuit::worked(std::uint64_t batch, std::int64_t now, std::chrono::nanoseconds took) {
    under_way_.erase(batch);
    ++successes_;
    failures_ = 0;
    until_ = 0;
    state_ = State::closed;
    held_reason_.clear();
    static_cast<void>(now);
    const auto ns = static_cast<double>(took.count());
    const bool slow = average_ns_ > 0 && ns > 2 * average_ns_;
    average_ns_ = average_ns_ == 0 ? ns : 0.9 * average_ns_ + 0.1 * ns;
    if (slow) return less_concurrency();
    // One more at a time for each round that went well.
    if (static_cast<double>(++round_) >= std::floor(allowed_)) {
        round_ = 0;
        allowed_ = std::min<double>(allowed_ + 1, most_in_flight_);
    }
}

void Circuit::failed(std::uint64_t batch, std::int64_t now, std::optional<std::chrono::nanoseconds> retry_after,
                     bool busy) {
    under_way_.erase(batch);
    if (busy) less_concurrency();
    const double share = std::uniform_real_distribution<double>(0, 1)(random_);
    std::chrono::nanoseconds interval = retry_interval(retry_, failures_++, share);
    if (retry_after) interval = std::max(interval, std::min<std::chrono::nanoseconds>(*retry_after, kMostRetryAfter));
    pause(now + interval.count());
    if (state_ != State::held) state_ = State::backing_off;
}

void Circuit::refused_us(std::uint64_t batch, std::int64_t now, std::string reason) {
    under_way_.erase(batch);
    state_ = State::held;
    held_reason_ = std::move(reason);
    pause(now + std::chrono::nanoseconds(retry_.maximum_interval).count());
}

void Circuit::try_now() { until_ = 0; }

void Circuit::less_concurrency() {
    allowed_ = std::max(1.0, allowed_ * 0.7);
    round_ = 0;
}

}  // namespace wideline::delivery

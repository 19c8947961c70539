// What `at_most` learns: how much all rules together would keep, and the factor that holds that to the cap.
#pragma once

#include <cstdint>
#include <memory>

#include "sampling/per_lane.hpp"
#include "sampling/throttle.hpp"

namespace wideline::sampling {

class Ceiling {
public:
    explicit Ceiling(double per_second, bool of_bytes = false) noexcept
        : per_second_(per_second), of_bytes_(of_bytes), throttle_(kMemory_s, {.per_second = per_second}) {}

    /// What is left of a rule's probability. `amount` is 1, or the event's bytes. Neither locks nor, once the
    /// lane is warm, allocates; some 5 ns.
    [[nodiscard]] double probability(double of_rule, std::uint64_t amount, std::size_t lane,
                                     std::int64_t ended_ns) noexcept {
        Throttle::Meter* const meter = meters_.of(lane, [] { return std::make_unique<Throttle::Meter>(); });
        return meter != nullptr ? throttle_.grant(*meter, of_rule, amount, ended_ns) : throttle_.corrected(of_rule);
    }

    /// What probability() would give; counts nothing.
    [[nodiscard]] double expected(double of_rule, std::uint64_t amount, std::size_t lane,
                                  std::int64_t ended_ns) noexcept {
        const Throttle::Meter* const meter = meters_.of(lane, [] { return std::make_unique<Throttle::Meter>(); });
        return meter != nullptr ? throttle_.expected(*meter, of_rule, amount, ended_ns) : throttle_.corrected(of_rule);
    }

    /// As AdaptiveRate::look().
    void look(std::int64_t now_ns, double ratio, double part = 1) noexcept {
        if (!throttle_.is_over(now_ns)) return;
        Throttle::Sums sums;
        meters_.for_each([&](const Throttle::Meter& lane) { sums.add(lane); });
        throttle_.close(now_ns, sums, {.per_second = per_second_ * part / (of_bytes_ ? ratio : 1)}, 1);
    }
    [[nodiscard]] double asked_per_second() const noexcept { return throttle_.asked_per_second(); }

private:
    /// A cap holds from the second second of a burst on, so it looks back over less.
    static constexpr double kMemory_s = 0.6;

    const double per_second_;
    const bool of_bytes_;
    PerLane<Throttle::Meter> meters_;
    Throttle throttle_;
};

}  // namespace wideline::sampling

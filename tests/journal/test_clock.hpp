// Two clocks that stand still until a test moves them, each by itself.
#pragma once

#include "platform/clock.hpp"

namespace wideline::testing_journal {

class TestClock final : public platform::Clock {
public:
    std::int64_t monotonic_ns() noexcept override { return monotonic_.count(); }
    WallTime wall() noexcept override { return wall_; }

    void advance(std::chrono::nanoseconds by) {
        monotonic_ += by;
        wall_ += std::chrono::floor<std::chrono::microseconds>(by);
    }
    void step_wall(std::chrono::microseconds by) { wall_ += by; }

private:
    std::chrono::nanoseconds monotonic_{1'000'000'000};
    WallTime wall_{std::chrono::microseconds(1'795'471'262'123'456)};  // 2026-11-23T22:01:02.123456Z
};

}  // namespace wideline::testing_journal

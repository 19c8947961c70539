#include "platform/clock.hpp"

namespace wideline::platform {

namespace detail {
std::atomic<std::int64_t> wall_offset_us{0};
}

void refresh_wall_clock() noexcept {
    const std::int64_t monotonic = monotonic_ns() / 1000;
    const std::int64_t wall =
        std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    detail::wall_offset_us.store(wall - monotonic, std::memory_order_relaxed);
}

namespace {

class RealClock final : public Clock {
public:
    std::int64_t monotonic_ns() noexcept override { return platform::monotonic_ns(); }
    WallTime wall() noexcept override {
        return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    }
};

}  // namespace

Clock& Clock::real() noexcept {
    static RealClock* const instance = new RealClock;  // Never destroyed: a journal may be closed at exit.
    return *instance;
}

}  // namespace wideline::platform

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

}  // namespace wideline::platform

// Two clocks. A request reads the monotonic one, twice; wall time is the monotonic clock plus an offset that the
// pipeline refreshes, so that a request never pays for a second clock and a duration never sees the wall clock step.
#pragma once

#include <time.h>

#include <atomic>
#include <chrono>
#include <cstdint>

namespace wideline::platform {

namespace detail {
extern std::atomic<std::int64_t> wall_offset_us;
}

/// Nanoseconds since some moment in the past; never goes back. Some 20 ns, no system call.
inline std::int64_t monotonic_ns() noexcept {
    timespec now;  // what std::chrono::steady_clock reads, without a call around it
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// Nanoseconds that this thread has run. A system call.
inline std::int64_t thread_cpu_ns() noexcept {
    timespec used;
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return std::int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
}

/// Microseconds since 1970 UTC at a moment of the monotonic clock, as good as the last `refresh_wall_clock`.
inline std::int64_t wall_us(std::int64_t monotonic) noexcept {
    return monotonic / 1000 + detail::wall_offset_us.load(std::memory_order_relaxed);
}

/// Reads both clocks. Called at set-up and some times a second by the pipeline's thread, never by a request.
void refresh_wall_clock() noexcept;

/// Both clocks as an object, for what a test must see at other times. Any thread.
class Clock {
public:
    using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

    virtual ~Clock() = default;
    virtual std::int64_t monotonic_ns() noexcept = 0;
    virtual WallTime wall() noexcept = 0;

    /// The operating system's. Lives until the process ends.
    static Clock& real() noexcept;
};

}  // namespace wideline::platform

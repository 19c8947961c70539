// What a request costs (Options::cpu_time). A thread's CPU time belongs to what is current on it; a stretch ends when
// something else becomes current, be that a request inside the one, an Attach, a flow or nothing. So each nanosecond is
// counted once, and a request's own time is without that of the requests inside it.
#pragma once

#include <atomic>
#include <cstdint>

namespace wideline::detail {

struct OpenEvent;

/// Recorders of this process that ask for it. As long as there is none, no clock is read.
extern std::atomic<std::uint32_t> cpu_timed_recorders;

/// This thread's CPU time until now is of what is current, from now on of what becomes current. A system call.
void end_stretch() noexcept;
inline void next_stretch() noexcept {
    if (cpu_timed_recorders.load(std::memory_order_relaxed) != 0) [[unlikely]]
        end_stretch();
}

/// Nanoseconds of all stretches of the request that are over, on all threads.
[[nodiscard]] std::int64_t cpu_time_of(const OpenEvent& request) noexcept;

}  // namespace wideline::detail

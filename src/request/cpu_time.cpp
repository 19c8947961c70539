#include "request/cpu_time.hpp"

#include "event/open_event.hpp"
#include "platform/clock.hpp"

namespace wideline::detail {

std::atomic<std::uint32_t> cpu_timed_recorders{0};

namespace {

constinit thread_local std::int64_t stretch_began = 0;  // by this thread's CPU clock

}  // namespace

void end_stretch() noexcept {
    const std::int64_t now = platform::thread_cpu_ns();
    if (current != &no_event) {
        std::atomic<std::int64_t>& spent = static_cast<OpenEvent&>(*current).cpu_ns;  // written by this thread alone
        spent.store(spent.load(std::memory_order_relaxed) + now - stretch_began, std::memory_order_relaxed);
    }
    stretch_began = now;
}

std::int64_t cpu_time_of(const OpenEvent& request) noexcept {
    std::int64_t spent = request.cpu_ns.load(std::memory_order_relaxed);
    for (const OpenEvent* at = request.fragments.load(std::memory_order_acquire); at != nullptr; at = at->next)
        spent += at->cpu_ns.load(std::memory_order_relaxed);
    return spent;
}

}  // namespace wideline::detail

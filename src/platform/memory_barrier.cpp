#include "platform/memory_barrier.hpp"

#include <atomic>
#include <chrono>
#include <thread>

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#if __has_include(<linux/membarrier.h>)
#include <linux/membarrier.h>
#define WIDELINE_HAS_MEMBARRIER
#endif
#endif

namespace wideline::platform {

void barrier_on_all_threads() noexcept {
    std::atomic_thread_fence(std::memory_order_seq_cst);
#if defined(WIDELINE_HAS_MEMBARRIER)
    if (::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0) == 0 &&
        ::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0) == 0)
        return;
#endif
    // Without the call, time: no processor keeps what it stored to itself for so long.
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::atomic_thread_fence(std::memory_order_seq_cst);
}

}  // namespace wideline::platform

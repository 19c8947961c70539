// How many threads a search is worth, and work that they share.
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <thread>
#include <vector>

namespace wideline::platform {

/// As many as the machine has cores, 1 to 16: past that, reading is what lasts.
[[nodiscard]] inline unsigned search_threads() noexcept {
    return std::clamp(std::thread::hardware_concurrency(), 1U, 16U);
}

/// Calls work(0) to work(count - 1) at the same time, one of them on this thread, and returns when all have. Throws
/// what one of them threw, the first by number; std::system_error where there can be no thread.
template <class Work>
void at_once(std::size_t count, Work work) {
    std::vector<std::exception_ptr> thrown(count);
    const auto run = [&](std::size_t number) noexcept {
        try {
            work(number);
        } catch (...) {
            thrown[number] = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> others;
        for (std::size_t number = 1; number < count; ++number) others.emplace_back(run, number);
        if (count != 0) run(0);
    }
    for (const std::exception_ptr& error : thrown)
        if (error) std::rethrow_exception(error);
}

}  // namespace wideline::platform

// A count that one thread raises and others read.
#pragma once

#include <atomic>
#include <cstdint>

namespace wideline::detail {

class Counter {
public:
    void raise(std::uint64_t by = 1) noexcept {
        count_.store(count_.load(std::memory_order_relaxed) + by, std::memory_order_release);
    }
    [[nodiscard]] std::uint64_t get() const noexcept { return count_.load(std::memory_order_acquire); }

private:
    std::atomic<std::uint64_t> count_{0};
};

}  // namespace wideline::detail

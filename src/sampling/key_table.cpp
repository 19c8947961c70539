#include "sampling/key_table.hpp"

#include <algorithm>
#include <bit>

namespace wideline::sampling {

KeyTable::KeyTable(std::uint32_t max_keys)
    : max_keys_(max_keys),
      mask_(std::max(std::bit_ceil(2 * max_keys), kWindow) - 1),
      keys_(std::make_unique<std::atomic<std::uint64_t>[]>(mask_ + 1)) {}

[[gnu::noinline]] std::uint32_t KeyTable::put(std::uint64_t key, std::uint32_t home) noexcept {
    // Read before it is raised: past the limit, this is all that a new key costs other threads.
    if (size_.load(std::memory_order_relaxed) >= max_keys_) return overflow();
    if (size_.fetch_add(1, std::memory_order_relaxed) < max_keys_) {
        for (std::uint32_t i = 0; i < kWindow; ++i) {
            const std::uint32_t at = (home + i) & mask_;
            std::uint64_t there = 0;
            if (keys_[at].compare_exchange_strong(there, key, std::memory_order_acq_rel)) return at;
            if (there != key) continue;
            size_.fetch_sub(1, std::memory_order_relaxed);  // another thread was first
            return at;
        }
    }
    size_.fetch_sub(1, std::memory_order_relaxed);
    return overflow();
}

void KeyTable::remove(std::uint32_t cell) noexcept {
    keys_[cell].store(0, std::memory_order_release);
    size_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace wideline::sampling

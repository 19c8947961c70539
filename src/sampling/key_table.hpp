// The keys that an adaptive rule tells apart: a bounded set that all threads look keys up in, and put new ones into,
// without a lock. A key is the hash of its fields' values (field_key.hpp).
//
//   cells   │  k7  │      │  k2  │  k9  │      │ …      twice as many as there may be keys, or more
//                     ▲ a key stands within kWindow cells from the one that its hash names
//
// What a key's cell number is worth is kept beside the table, in arrays of the same length: rates, and each thread's
// counts. A key past the limit, or without room in its window, has the cell `overflow()`, which all of those share.
//
// Cells are emptied by one thread, the pipeline's. A thread that looked a key up just before may then use the cell for
// another key once: it samples by a wrong rate, and since the weight is made of the same rate, the sums stay true.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace wideline::sampling {

class KeyTable {
public:
    explicit KeyTable(std::uint32_t max_keys);

    /// The key's cell; a new key is put in. Neither locks nor allocates; some 2 ns for a key that is there.
    [[nodiscard]] std::uint32_t cell(std::uint64_t key) noexcept {
        key |= kTaken;
        const std::uint32_t home = static_cast<std::uint32_t>(key >> 32) & mask_;
        for (std::uint32_t i = 0; i < kWindow; ++i) {
            const std::uint32_t at = (home + i) & mask_;
            if (keys_[at].load(std::memory_order_acquire) == key) return at;
        }
        return put(key, home);
    }

    [[nodiscard]] std::uint32_t overflow() const noexcept { return mask_ + 1; }
    /// Length of the arrays beside the table: all cells, and the one for the overflow.
    [[nodiscard]] std::uint32_t cells() const noexcept { return mask_ + 2; }
    [[nodiscard]] std::uint32_t size() const noexcept { return size_.load(std::memory_order_relaxed); }
    /// What `cell` was asked for, but for its lowest bit; 0 where the cell is empty.
    [[nodiscard]] std::uint64_t key(std::uint32_t cell) const noexcept {
        return cell <= mask_ ? keys_[cell].load(std::memory_order_acquire) : 0;
    }
    /// One thread at a time.
    void remove(std::uint32_t cell) noexcept;

private:
    static constexpr std::uint32_t kWindow = 16;
    static constexpr std::uint64_t kTaken = 1;

    [[nodiscard]] std::uint32_t put(std::uint64_t key, std::uint32_t home) noexcept;

    const std::uint32_t max_keys_;
    const std::uint32_t mask_;
    const std::unique_ptr<std::atomic<std::uint64_t>[]> keys_;
    alignas(64) std::atomic<std::uint32_t> size_{0};
};

}  // namespace wideline::sampling

// Sums that threads of one request raise in place, each in its own fragment.
//
// Adds commute, so a thread need not number each of them among the writes of all threads: it raises one record, which
// has the number of its first add. That is right as long as no thread writes the key in another way after that number.
// Such a write replaces what was added before it, so an add that comes after it must have a number after its. This
// table says, for each key that is summed, when it was last written in another way.
//
// A thread enters the key first, then takes its record's number; another writer takes its number first and looks for
// the key after its record is committed. Numbers come from one counter, so either the writer finds the key, or its
// number is the lower one. What is committed is seen by every add that happens after it, and adds beside it can be on
// either side.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <wideline/detail/arena.hpp>

namespace wideline::detail {

/// Any number of threads. Cleared before a request is shared.
class SharedSums {
public:
    void clear() noexcept {
        for (Entry& entry : entries_) {
            entry.key.store(0, std::memory_order_relaxed);
            entry.replaced.store(0, std::memory_order_relaxed);
            entry.set.store(0, std::memory_order_relaxed);
        }
    }
    /// Before the number of the key's first add is taken. False where there is no place, or the key is raised by
    /// another operation: then each write is a record.
    bool enter(std::uint32_t hash, Operation operation) noexcept {
        const std::uint64_t key = key_of(hash, operation);
        for (std::size_t probe = 0; probe < kProbes; ++probe) {
            Entry& entry = entries_[(hash + probe) % kEntries];
            std::uint64_t there = 0;
            if (entry.key.compare_exchange_strong(there, key, std::memory_order_seq_cst)) return true;
            if (there == key) return true;
            if (static_cast<std::uint32_t>(there) == hash) return false;
        }
        return false;
    }
    /// After the `number`-th write of the request is committed. `commutes`: with what others raise by this operation.
    void note(std::uint32_t hash, Operation operation, bool commutes, std::uint64_t number) noexcept {
        for (std::size_t probe = 0; probe < kProbes; ++probe) {
            Entry& entry = entries_[(hash + probe) % kEntries];
            const std::uint64_t there = entry.key.load(std::memory_order_seq_cst);
            if (there == 0) return;
            if (static_cast<std::uint32_t>(there) != hash) continue;
            if (commutes && there == key_of(hash, operation)) return;
            raise(entry.replaced, number);
            if (operation == Operation::set) raise(entry.set, number);
            return;
        }
    }
    struct Others {
        std::uint64_t last;      // the number of the key's last write by another operation; 0: none
        std::uint64_t last_set;  // of the last that made void what was before it
    };
    /// Nothing where the key was not entered.
    [[nodiscard]] std::optional<Others> others(std::uint32_t hash, Operation operation) const noexcept {
        const std::uint64_t key = key_of(hash, operation);
        for (std::size_t probe = 0; probe < kProbes; ++probe) {
            const Entry& entry = entries_[(hash + probe) % kEntries];
            const std::uint64_t there = entry.key.load(std::memory_order_relaxed);
            if (there == key)
                return Others{entry.replaced.load(std::memory_order_seq_cst),
                              entry.set.load(std::memory_order_seq_cst)};
            if (there == 0 || static_cast<std::uint32_t>(there) == hash) break;
        }
        return std::nullopt;
    }

private:
    static constexpr std::size_t kEntries = 16;
    static constexpr std::size_t kProbes = 8;

    struct Entry {
        std::atomic<std::uint64_t> key{0};  // hash and operation; 0: free
        std::atomic<std::uint64_t> replaced{0};
        std::atomic<std::uint64_t> set{0};
    };
    static void raise(std::atomic<std::uint64_t>& to, std::uint64_t number) noexcept {
        std::uint64_t before = to.load(std::memory_order_relaxed);
        while (before < number && !to.compare_exchange_weak(before, number, std::memory_order_seq_cst)) {
        }
    }
    [[nodiscard]] static std::uint64_t key_of(std::uint32_t hash, Operation operation) noexcept {
        return std::uint64_t{hash} | (std::uint64_t{static_cast<std::uint8_t>(operation)} + 1) << 32;
    }

    std::array<Entry, kEntries> entries_{};
};

}  // namespace wideline::detail

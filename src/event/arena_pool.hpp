// The memory of a recorder's arenas: bounded, taken once, reused for ever.
//
// Arenas come in a few sizes, each four times the one before, up to the largest. Free ones of a size form a stack that
// any thread pushes to and pops from without a lock; a tag beside its top tells a stack that looks the same from one
// that is (the ABA problem). When all is carved, a free arena is split for smaller ones, for good: an event that is cut
// does less harm than one that is lost. The links lie beside the blocks: a thread may read the link of a block that
// another thread has just popped.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <wideline/detail/arena.hpp>

#include "event/arena_memory.hpp"
#include "platform/mapped_memory.hpp"

namespace wideline::detail {

class ArenaPool {
public:
    static constexpr std::size_t kSmallest = 4096;

    /// No arena is larger than `largest`; the last `reserve` bytes are for acquire_reserved() alone. Throws
    /// std::bad_alloc.
    ArenaPool(std::unique_ptr<ArenaMemory> memory, std::size_t largest, std::size_t reserve = 0);

    /// An empty arena of at least `capacity` bytes, its header's identity cleared; null where the memory is used up or
    /// no arena is that large. No lock, no allocation; a system call only where a page is touched for the first time.
    [[nodiscard]] ArenaHeader* acquire(std::size_t capacity) noexcept;
    void release(ArenaHeader* arena) noexcept;
    /// One of kSmallest bytes from the reserve, as above; never released.
    [[nodiscard]] ArenaHeader* acquire_reserved() noexcept;

    /// What the pool may take in all.
    [[nodiscard]] std::size_t bytes() const noexcept { return memory_->size(); }
    [[nodiscard]] std::size_t reserve() const noexcept { return memory_->size() - reserve_begin_; }
    [[nodiscard]] ArenaMemory& memory() const noexcept { return *memory_; }
    /// So that requests find memory that may be touched. Called by the pipeline's thread, some hundred times a second.
    void reserve_ahead() noexcept {
        const std::size_t carved = carved_.load(std::memory_order_relaxed);
        memory_->reserve_ahead(std::min(carved + kReserveAhead, memory_->size()));
    }
    /// An arena's name that means the same in every process that maps the pool; never 0.
    [[nodiscard]] std::uint32_t number(const ArenaHeader* arena) const noexcept {
        return static_cast<std::uint32_t>(
            static_cast<std::size_t>(reinterpret_cast<const std::byte*>(arena) - memory_->blocks()) / kSmallest + 1);
    }
    [[nodiscard]] ArenaHeader* block(std::uint64_t number) const noexcept {
        return reinterpret_cast<ArenaHeader*>(memory_->blocks() + (number - 1) * kSmallest);
    }
    /// Of a number that was read from an arena, which may be damaged.
    [[nodiscard]] ArenaHeader* block_or_null(std::uint64_t number) const noexcept {
        return number == 0 || number > memory_->size() / kSmallest ? nullptr : block(number);
    }
    [[nodiscard]] std::size_t largest() const noexcept { return capacities_.back(); }
    /// What an arena that is acquired for `capacity` bytes, at most `largest`, really has.
    [[nodiscard]] std::size_t capacity_for(std::size_t capacity) const noexcept {
        return capacity > largest() ? largest() : capacities_[size_class(capacity)];
    }

private:
    static constexpr std::size_t kSizes = 8;
    static constexpr std::size_t kReserveAhead = std::size_t{4} << 20;

    struct alignas(64) FreeStack {
        std::atomic<std::uint64_t> top{0};  // tag : 32 │ block number + 1, or 0 : 32
    };
    [[nodiscard]] ArenaHeader* pop(FreeStack& stack) noexcept;
    [[nodiscard]] ArenaHeader* carve(std::atomic<std::size_t>& carved, std::size_t end, std::size_t capacity) noexcept;
    /// Makes arenas of size class `at` of a larger one that is free.
    [[nodiscard]] ArenaHeader* split(std::size_t at) noexcept;
    [[nodiscard]] std::size_t size_class(std::size_t capacity) const noexcept;

    /// Of a free block, the next one's number; beside the blocks, for whoever has just taken a block writes all over
    /// it.
    [[nodiscard]] std::atomic_ref<std::uint32_t> link(std::uint32_t number) const noexcept {
        return std::atomic_ref<std::uint32_t>(reinterpret_cast<std::uint32_t*>(links_.data())[number]);
    }

    std::unique_ptr<ArenaMemory> memory_;
    platform::MappedMemory links_;
    std::array<std::size_t, kSizes> capacities_;
    std::array<FreeStack, kSizes> free_;
    const std::size_t reserve_begin_;
    std::atomic<std::size_t> carved_{0};
    std::atomic<std::size_t> carved_of_reserve_;  // where it ends, as carved_
};

}  // namespace wideline::detail

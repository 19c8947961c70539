#include "event/arena_pool.hpp"

#include <algorithm>
#include <new>

namespace wideline::detail {
namespace {

constexpr std::uint64_t kNumber = 0xffffffffU;

std::size_t pages(std::size_t bytes) {
    return (bytes + ArenaPool::kSmallest - 1) / ArenaPool::kSmallest * ArenaPool::kSmallest;
}

}  // namespace

ArenaPool::ArenaPool(std::unique_ptr<ArenaMemory> memory, std::size_t largest, std::size_t reserve)
    : memory_(std::move(memory)),
      links_((memory_->size() / kSmallest + 1) * sizeof(std::uint32_t)),
      reserve_begin_(memory_->size() - reserve / kSmallest * kSmallest),
      carved_of_reserve_(reserve_begin_) {
    std::size_t capacity = kSmallest;
    for (std::size_t& one : capacities_) {
        one = std::min(capacity, pages(largest));
        capacity *= 4;
    }
    capacities_.back() = pages(largest);
}

ArenaHeader* ArenaPool::acquire(std::size_t capacity) noexcept {
    if (capacity > capacities_.back()) return nullptr;
    const std::size_t at = size_class(capacity);
    ArenaHeader* arena = pop(free_[at]);
    if (arena == nullptr) arena = carve(carved_, reserve_begin_, capacities_[at]);
    if (arena == nullptr) arena = split(at);
    if (arena == nullptr) return nullptr;
    new (arena) ArenaHeader;
    arena->capacity = static_cast<std::uint32_t>(capacities_[at]);
    arena->commit(kFirstRecord);
    return arena;
}

ArenaHeader* ArenaPool::acquire_reserved() noexcept {
    ArenaHeader* const arena = carve(carved_of_reserve_, memory_->size(), kSmallest);
    if (arena == nullptr) return nullptr;
    new (arena) ArenaHeader;
    arena->capacity = kSmallest;
    arena->commit(kFirstRecord);
    return arena;
}

void ArenaPool::release(ArenaHeader* arena) noexcept {
    // A damaged one is not used again.
    if (std::find(capacities_.begin(), capacities_.end(), arena->capacity) == capacities_.end()) return;
    FreeStack& stack = free_[size_class(arena->capacity)];
    std::uint64_t top = stack.top.load(std::memory_order_relaxed);
    do {
        link(number(arena)).store(static_cast<std::uint32_t>(top), std::memory_order_relaxed);
    } while (!stack.top.compare_exchange_weak(top, ((top >> 32) + 1) << 32 | number(arena), std::memory_order_release,
                                              std::memory_order_relaxed));
}

ArenaHeader* ArenaPool::pop(FreeStack& stack) noexcept {
    std::uint64_t top = stack.top.load(std::memory_order_acquire);
    while ((top & kNumber) != 0) {
        const std::uint64_t next = link(static_cast<std::uint32_t>(top)).load(std::memory_order_relaxed);
        if (stack.top.compare_exchange_weak(top, ((top >> 32) + 1) << 32 | next, std::memory_order_acquire,
                                            std::memory_order_acquire))
            return block(top & kNumber);
    }
    return nullptr;
}

ArenaHeader* ArenaPool::split(std::size_t at) noexcept {
    for (std::size_t larger = at + 1; larger < kSizes; ++larger) {
        ArenaHeader* const block = pop(free_[larger]);
        if (block == nullptr) continue;
        const std::size_t bytes = capacities_[larger];
        const std::size_t piece = capacities_[at];
        for (std::size_t begin = piece; begin + piece <= bytes; begin += piece) {
            auto* const rest = new (reinterpret_cast<std::byte*>(block) + begin) ArenaHeader;
            rest->capacity = static_cast<std::uint32_t>(piece);
            release(rest);
        }
        return block;
    }
    return nullptr;
}

ArenaHeader* ArenaPool::carve(std::atomic<std::size_t>& carved, std::size_t end, std::size_t capacity) noexcept {
    std::size_t begin = carved.load(std::memory_order_relaxed);
    do {
        if (capacity > end - begin || !memory_->reserve(begin + capacity)) return nullptr;
    } while (!carved.compare_exchange_weak(begin, begin + capacity, std::memory_order_relaxed));
    return reinterpret_cast<ArenaHeader*>(memory_->blocks() + begin);
}

std::size_t ArenaPool::size_class(std::size_t capacity) const noexcept {
    std::size_t at = 0;
    while (capacities_[at] < capacity) ++at;
    return at;
}

}  // namespace wideline::detail

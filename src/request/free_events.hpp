// The recorder's events that nobody has, as a stack that any thread pushes to and pops from without a lock. A tag
// beside its top tells a stack that looks the same from one that is (the ABA problem). The links lie beside the events:
// a thread may read the link of one that another has just popped, and several are popped without touching any of them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "platform/mapped_memory.hpp"

namespace wideline::detail {

class FreeEvents {
public:
    /// Of events numbered 1 to `most`.
    explicit FreeEvents(std::size_t most) : links_((most + 1) * sizeof(std::uint32_t)) {}

    void give(std::uint32_t number) noexcept {
        std::uint64_t top = top_.load(std::memory_order_relaxed);
        do {
            link(number).store(static_cast<std::uint32_t>(top), std::memory_order_relaxed);
        } while (
            !top_.compare_exchange_weak(top, after(top, number), std::memory_order_release, std::memory_order_relaxed));
    }

    /// Takes as many as there are and `into` has room for; returns how many.
    [[nodiscard]] std::size_t take(std::span<std::uint32_t> into) noexcept {
        std::uint64_t top = top_.load(std::memory_order_acquire);
        for (;;) {
            std::size_t count = 0;
            auto at = static_cast<std::uint32_t>(top);
            for (; at != 0 && count < into.size(); at = link(at).load(std::memory_order_relaxed)) into[count++] = at;
            if (count == 0) return 0;
            if (top_.compare_exchange_weak(top, after(top, at), std::memory_order_acquire, std::memory_order_acquire))
                return count;
        }
    }

private:
    static std::uint64_t after(std::uint64_t top, std::uint32_t number) noexcept {
        return ((top >> 32) + 1) << 32 | number;
    }
    [[nodiscard]] std::atomic_ref<std::uint32_t> link(std::uint32_t number) const noexcept {
        return std::atomic_ref<std::uint32_t>(reinterpret_cast<std::uint32_t*>(links_.data())[number]);
    }

    alignas(64) std::atomic<std::uint64_t> top_{0};  // tag : 32 │ number, or 0 : 32
    platform::MappedMemory links_;                   // of a free event, the next one's number
};

}  // namespace wideline::detail

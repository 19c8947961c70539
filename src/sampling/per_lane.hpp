// One T for each lane of a recorder, made by the lane's thread when it first needs it.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>
#include <new>

namespace wideline::sampling {

/// Lanes are numbered from 0 without gaps, so segments of 1, 2, 4, … pointers hold any number of them and never move.
/// `of` is called by the lane's own thread, `for_each` by any other at the same time.
template <class T>
class PerLane {
public:
    PerLane() = default;
    PerLane(const PerLane&) = delete;
    PerLane& operator=(const PerLane&) = delete;
    ~PerLane() {
        for_each([](T& mine) { delete &mine; });
        for (auto& segment : segments_) delete[] segment.load(std::memory_order_relaxed);
    }

    /// The lane's T, made by `make()`, which returns a std::unique_ptr<T>, where there is none yet; null where memory
    /// ran out. Warm: two loads.
    template <class Make>
    [[nodiscard]] T* of(std::size_t lane, Make make) noexcept {
        const auto segment = static_cast<std::size_t>(std::bit_width(lane + 1) - 1);
        const std::size_t place = lane + 1 - (std::size_t{1} << segment);
        if (Slot* const slots = segments_[segment].load(std::memory_order_acquire)) [[likely]]
            if (T* const mine = slots[place].load(std::memory_order_relaxed)) [[likely]]
                return mine;
        return make_one(segment, place, make);
    }

    template <class Visit>
    void for_each(Visit visit) const {
        for (std::size_t segment = 0; segment < kSegments; ++segment) {
            Slot* const slots = segments_[segment].load(std::memory_order_acquire);
            for (std::size_t place = 0; slots != nullptr && place < std::size_t{1} << segment; ++place)
                if (T* const one = slots[place].load(std::memory_order_acquire)) visit(*one);
        }
    }

private:
    using Slot = std::atomic<T*>;
    static constexpr std::size_t kSegments = 24;  // sixteen million threads

    template <class Make>
    [[gnu::noinline]] T* make_one(std::size_t segment, std::size_t place, Make make) noexcept {
        if (segment >= kSegments) return nullptr;
        try {
            Slot* slots = segments_[segment].load(std::memory_order_acquire);
            if (slots == nullptr) {
                auto fresh = std::make_unique<Slot[]>(std::size_t{1} << segment);
                // Another lane's thread may make the same segment.
                if (segments_[segment].compare_exchange_strong(slots, fresh.get(), std::memory_order_acq_rel))
                    slots = fresh.release();
            }
            T* const mine = make().release();
            slots[place].store(mine, std::memory_order_release);
            return mine;
        } catch (const std::bad_alloc&) {
            return nullptr;
        }
    }

    std::array<std::atomic<Slot*>, kSegments> segments_{};
};

}  // namespace wideline::sampling

// Counts for each sampling rule, of which a reload may bring more.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "request/counter.hpp"

namespace wideline::detail {

/// One `Counts` a rule. Raised by one thread and read by others, also while it grows: they stand in segments of 64, 64,
/// 128, 256, …, which never move.
template <class Counts>
class PerRule {
public:
    explicit PerRule(std::size_t count) { grow(count); }
    PerRule(const PerRule&) = delete;
    PerRule& operator=(const PerRule&) = delete;
    ~PerRule() {
        for (auto& segment : segments_) delete[] segment.load(std::memory_order_relaxed);
    }

    /// One thread at a time. Throws std::bad_alloc, and then has as many as before.
    void grow(std::size_t count) {
        for (std::size_t segment = 0; count > begin_of(segment); ++segment)
            if (segments_[segment].load(std::memory_order_relaxed) == nullptr)
                segments_[segment].store(new Counts[begin_of(segment + 1) - begin_of(segment)],
                                         std::memory_order_release);
        if (count > count_.load(std::memory_order_relaxed)) count_.store(count, std::memory_order_release);
    }
    [[nodiscard]] std::size_t size() const noexcept { return count_.load(std::memory_order_acquire); }

    /// `rule` is below size().
    [[nodiscard]] Counts& operator[](std::size_t rule) noexcept { return at(rule); }
    [[nodiscard]] const Counts& operator[](std::size_t rule) const noexcept { return at(rule); }

private:
    static constexpr std::size_t kFirst = 64;
    static constexpr std::size_t kSegments = 11;  // 65,536 rules

    [[nodiscard]] static constexpr std::size_t begin_of(std::size_t segment) noexcept {
        return segment == 0 ? 0 : kFirst << (segment - 1);
    }
    [[nodiscard]] Counts& at(std::size_t rule) const noexcept {
        const auto segment = static_cast<std::size_t>(std::bit_width(rule / kFirst));
        return segments_[segment].load(std::memory_order_acquire)[rule - begin_of(segment)];
    }

    std::array<std::atomic<Counts*>, kSegments> segments_{};
    std::atomic<std::size_t> count_{0};
};

/// Events that were lost, and how many requests they stood for. Raised by one thread and read by others.
class LossCount {
public:
    void raise(bool failed, double weight) noexcept {
        weight_.store(weight_.load(std::memory_order_relaxed) + weight, std::memory_order_relaxed);
        if (failed) errors_.raise();
        events_.raise();  // last: who reads it first finds what belongs to it
    }
    [[nodiscard]] std::uint64_t events() const noexcept { return events_.get(); }
    [[nodiscard]] std::uint64_t errors() const noexcept { return errors_.get(); }
    [[nodiscard]] double weight() const noexcept { return weight_.load(std::memory_order_relaxed); }

private:
    Counter events_;
    Counter errors_;
    std::atomic<double> weight_{0};
};

/// What was refused of one rule's events.
struct Refused {
    LossCount queue_full;
    LossCount stalled;  // the journal could not write
};

}  // namespace wideline::detail

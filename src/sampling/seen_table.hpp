// The memory of `first_seen` and `once_per`: which combinations of values came within the last while.
//
// A bounded cache, shared by all threads without a lock: lines of eight cells, each cell one word, a combination's
// fingerprint and when it last came. A combination that is there costs one line to read; its time is written again only
// when an eighth of the while has gone by, so that threads seldom write to what others read. Where a line is full, the
// one that came longest ago makes room, and is taken for new when it comes again.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

namespace wideline::sampling {

class SeenTable {
public:
    /// How many combinations it holds at most.
    static constexpr std::uint32_t kCells = 1U << 16;

    /// What makes a combination wait for its ttl again.
    enum class Counts : std::uint8_t {
        every,  ///< each time that it comes: first_seen
        first,  ///< the time that it was first: once_per
    };

    explicit SeenTable(std::chrono::nanoseconds ttl, Counts counts = Counts::every);

    /// Whether the combination did not come (or was not first) within `ttl` before `now_ns`; it has come now. Of
    /// several threads that ask at once, one is told so.
    [[nodiscard]] bool is_first(std::uint64_t combination, std::int64_t now_ns) noexcept;
    /// What is_first would say, which changes nothing.
    [[nodiscard]] bool would_be_first(std::uint64_t combination, std::int64_t now_ns) const noexcept;

private:
    static constexpr std::uint32_t kLine = 8;

    [[nodiscard]] std::uint32_t age(std::uint64_t cell, std::uint32_t now) const noexcept {
        return now - static_cast<std::uint32_t>(cell);
    }
    [[nodiscard]] std::uint32_t ticks(std::int64_t now_ns) const noexcept {
        return static_cast<std::uint32_t>(now_ns / tick_ns_);
    }
    [[nodiscard]] std::atomic<std::uint64_t>* line_of(std::uint64_t combination) const noexcept {
        return &cells_[static_cast<std::uint32_t>(combination) % (kCells / kLine) * kLine];
    }

    const std::int64_t tick_ns_;
    const bool every_;
    const std::unique_ptr<std::atomic<std::uint64_t>[]> cells_;  // fingerprint, not 0 : 32 │ tick : 32
};

}  // namespace wideline::sampling

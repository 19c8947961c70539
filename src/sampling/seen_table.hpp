// The memory of `first_seen`: which combinations of values came within the last while.
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

    explicit SeenTable(std::chrono::nanoseconds ttl);

    /// Whether the combination did not come within `ttl` before `now_ns`; it has come now. Of several threads that ask
    /// at once, one is told so.
    [[nodiscard]] bool is_first(std::uint64_t combination, std::int64_t now_ns) noexcept;

private:
    static constexpr std::uint32_t kLine = 8;

    [[nodiscard]] std::uint32_t age(std::uint64_t cell, std::uint32_t now) const noexcept {
        return now - static_cast<std::uint32_t>(cell);
    }

    const std::int64_t tick_ns_;
    const std::unique_ptr<std::atomic<std::uint64_t>[]> cells_;  // fingerprint, not 0 : 32 │ tick : 32
};

}  // namespace wideline::sampling

// What the lines of a frame say of themselves: what its index should say.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "journal/frame_index.hpp"
#include "read/event_line.hpp"

namespace wideline::read {

struct FrameFacts {
    std::uint64_t events = 0;
    std::uint64_t errors = 0;
    std::uint64_t bad_lines = 0;  ///< No JSON objects; they count as events.
    double weight = 0;
    /// Microseconds since 1970 UTC; the least is greater than the greatest where no event has a time.
    std::int64_t least_time = std::numeric_limits<std::int64_t>::max();
    std::int64_t greatest_time = std::numeric_limits<std::int64_t>::min();

    [[nodiscard]] bool any_time() const noexcept { return least_time <= greatest_time; }
};

/// What its index says.
[[nodiscard]] FrameFacts facts_of(const journal_files::FrameIndex& index) noexcept;

/// One thread at a time.
class FrameFactsReader {
public:
    FrameFactsReader();

    /// `lines` must have kReadableBehind readable bytes behind them.
    [[nodiscard]] FrameFacts of(std::string_view lines);

private:
    EventLine line_;
};

}  // namespace wideline::read

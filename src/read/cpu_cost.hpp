// What requests cost in CPU time (Options::cpu_time) and what their events take: by the value of a field.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>

#include "read/estimate.hpp"
#include "read/event_line.hpp"
#include "read/grouping.hpp"

namespace wideline::read {

struct CpuCost {
    std::uint64_t kept = 0;
    Estimate requests;        ///< All of them.
    Estimate timed_requests;  ///< That say what they cost.
    Estimate cpu_ms;          ///< Of these.
    std::uint64_t raw = 0;    ///< Bytes of the kept events as lines.
};

/// One thread at a time. Memory: Statistics::kMostGroups groups.
class CpuCostTally {
public:
    explicit CpuCostTally(std::string by);

    /// A line that is no JSON object is counted as bad and nothing else.
    void add_line(std::string_view line);

    /// By Grouping::key_of; empty if an event has none.
    [[nodiscard]] std::unordered_map<std::string, CpuCost>& groups() noexcept { return groups_; }
    [[nodiscard]] const CpuCost& total() const noexcept { return total_; }
    [[nodiscard]] std::uint64_t bad_lines() const noexcept { return bad_lines_; }
    /// Microseconds from the first event's begin to the last one's; 0 if there are not two times.
    [[nodiscard]] double span_us() const noexcept {
        return greatest_time_ > least_time_ ? static_cast<double>(greatest_time_ - least_time_) : 0;
    }

private:
    Grouping by_;
    EventLine line_;
    std::string key_;
    std::unordered_map<std::string, CpuCost> groups_;
    CpuCost total_;
    std::uint64_t bad_lines_ = 0;
    std::int64_t least_time_ = std::numeric_limits<std::int64_t>::max();
    std::int64_t greatest_time_ = std::numeric_limits<std::int64_t>::min();
};

}  // namespace wideline::read

// What kept events say about all requests: each stands for sample_weight of them (estimate.hpp says how sure that is).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "journal/frame_index.hpp"
#include "read/estimate.hpp"
#include "read/event_line.hpp"
#include "read/weighted_quantiles.hpp"

namespace wideline::read {

struct GroupStatistics {
    std::uint64_t kept = 0;
    Estimate requests;
    Estimate errors;
    WeightedQuantiles duration_ms;
};

/// One thread at a time. Memory: kMostGroups groups, and QuantileBudget values of 16 bytes.
class Statistics {
public:
    static constexpr std::size_t kMostGroups = 10'000;
    /// Takes what comes after kMostGroups groups. No JSON text looks like this.
    static constexpr std::string_view kOtherGroups = "(other groups)";

    /// Groups by the values of the field `by`.
    explicit Statistics(std::string by);

    /// A line that is no JSON object is counted as bad and nothing else.
    void add_line(std::string_view line);
    void add_sampled_away(const journal_files::FrameIndex& index);

    /// By the JSON text of the field's value; empty where an event has none.
    [[nodiscard]] std::unordered_map<std::string, GroupStatistics>& groups() noexcept { return groups_; }
    [[nodiscard]] GroupStatistics& total() noexcept { return total_; }
    [[nodiscard]] const std::map<std::string, std::uint64_t>& sampled_away() const noexcept { return sampled_away_; }
    [[nodiscard]] std::uint64_t bad_lines() const noexcept { return bad_lines_; }

private:
    GroupStatistics& group_of(JsonText value);

    EventLine line_;
    QuantileBudget budget_;
    std::unordered_map<std::string, GroupStatistics> groups_;
    std::string key_;  // Kept for its memory.
    GroupStatistics total_;
    std::map<std::string, std::uint64_t> sampled_away_;
    std::uint64_t bad_lines_ = 0;
};

}  // namespace wideline::read

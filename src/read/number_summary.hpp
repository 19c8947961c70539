// Mean, greatest value and percentiles of any number field, weighted by the requests that each event stands for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "read/estimate.hpp"
#include "read/event_line.hpp"
#include "read/grouping.hpp"
#include "read/weighted_quantiles.hpp"

namespace wideline::read {

struct NumberSummary {
    std::uint64_t kept = 0;  ///< Events that have a number there; those of weight 0 count in nothing else.
    Estimate requests;       ///< That have one.
    double sum = 0;          ///< Of the numbers, by weight.
    double greatest = 0;     ///< 0 if no request has one.
    WeightedQuantiles values;

    [[nodiscard]] double mean() const noexcept { return requests.sum() > 0 ? sum / requests.sum() : 0; }
};

/// One thread at a time. Memory as of Statistics.
class NumberSummaries {
public:
    NumberSummaries(std::string field, Grouping by);

    /// A line that is no JSON object is counted as bad and nothing else. Its event stands for `factor` times its
    /// weight.
    void add_line(std::string_view line, double factor = 1);

    /// By Grouping::key_of; empty if an event has none. Groups without a number are not there.
    [[nodiscard]] std::unordered_map<std::string, NumberSummary>& groups() noexcept { return groups_; }
    [[nodiscard]] NumberSummary& total() noexcept { return total_; }
    /// Events that have no number in the field.
    [[nodiscard]] std::uint64_t without() const noexcept { return without_; }
    [[nodiscard]] std::uint64_t bad_lines() const noexcept { return bad_lines_; }

private:
    NumberSummary& group_of(std::string_view key);

    Grouping by_;
    EventLine line_;
    QuantileBudget budget_;
    std::unordered_map<std::string, NumberSummary> groups_;
    std::string key_;  // Kept for its memory.
    NumberSummary total_;
    std::uint64_t without_ = 0;
    std::uint64_t bad_lines_ = 0;
};

}  // namespace wideline::read

// What kept events say about all requests: each stands for sample_weight of them (estimate.hpp says how sure that is).
// Where every frame has the totals that its recorder counted, those are better, for they leave nothing to chance.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <wideline/request_totals.hpp>

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
    std::optional<RequestTotals> totals;  ///< What was counted, where it was; without a name. See use_totals.
};

/// One thread at a time. Memory: kMostGroups groups, of each the duration buckets that are not empty, and
/// QuantileBudget values of 16 bytes.
class Statistics {
public:
    static constexpr std::size_t kMostGroups = 10'000;
    /// Takes what comes after kMostGroups groups. No JSON text looks like this.
    static constexpr std::string_view kOtherGroups = "(other groups)";
    /// What was counted of names that the recorder did not tell apart.
    static constexpr std::string_view kFurtherNames = "(further names)";

    /// Groups by the values of the field `by`.
    explicit Statistics(std::string by);

    /// A line that is no JSON object is counted as bad and nothing else.
    void add_line(std::string_view line);
    /// What the index of a frame knows besides its lines; null where it has none, or where the frame cannot be read.
    void add_index(const journal_files::FrameIndex* index);
    /// Once all is added: groups and the total have what was counted of them where that is known of every frame, and
    /// else nothing. Names whose events all were sampled away are groups too.
    void use_totals();

    /// By the JSON text of the field's value; empty where an event has none.
    [[nodiscard]] std::unordered_map<std::string, GroupStatistics>& groups() noexcept { return groups_; }
    [[nodiscard]] GroupStatistics& total() noexcept { return total_; }
    [[nodiscard]] const std::map<std::string, std::uint64_t>& sampled_away() const noexcept { return sampled_away_; }
    [[nodiscard]] std::uint64_t bad_lines() const noexcept { return bad_lines_; }

private:
    GroupStatistics& group_of(std::string_view key);
    void add_totals(const RequestTotals& totals);

    const bool by_name_;
    EventLine line_;
    QuantileBudget budget_;
    std::unordered_map<std::string, GroupStatistics> groups_;
    std::string key_;  // Kept for its memory.
    GroupStatistics total_;
    std::map<std::string, std::uint64_t> sampled_away_;
    bool totals_known_ = true;  // of every frame so far
    std::uint64_t bad_lines_ = 0;
};

}  // namespace wideline::read

// What kept events say about all requests: each stands for sample_weight of them (estimate.hpp says how sure that is).
// What a recorder counted, frame by frame, is better, for it leaves nothing to chance. A frame without such totals (one
// that was recovered after a crash) does not spoil those of the others: its requests alone are estimated.
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
#include "read/grouping.hpp"
#include "read/loss_correction.hpp"
#include "read/weighted_quantiles.hpp"

namespace wideline::read {

struct GroupStatistics {
    std::uint64_t kept = 0;
    std::uint64_t estimated_from = 0;     ///< Events of weight above 0 whose requests were not counted.
    Estimate requests;                    ///< That were not counted.
    Estimate errors;                      ///< Of those.
    std::optional<RequestTotals> totals;  ///< What was counted, if anything was; without a name.
    WeightedQuantiles duration_ms;        ///< Of all requests, once Statistics::finish was called.
};

/// One thread at a time. Memory: kMostGroups groups, of each the duration buckets that are not empty, and
/// QuantileBudget values of 16 bytes.
class Statistics {
public:
    static constexpr std::size_t kMostGroups = 10'000;
    /// Takes what comes after kMostGroups groups.
    static constexpr std::string_view kOtherGroups = Grouping::kOtherGroups;
    /// What was counted of names that the recorder did not tell apart.
    static constexpr std::string_view kFurtherNames = "(further names)";

    explicit Statistics(Grouping by);
    /// Groups by the values of the field `by`.
    explicit Statistics(std::string by) : Statistics(Grouping::by_field(std::move(by))) {}

    /// Begins a frame, whose lines come next: their weights are corrected by what was lost. `index` can be null;
    /// `lines` are all of the frame's, with kReadableBehind readable bytes after them.
    void begin_frame(const journal_files::FrameIndex* index, std::string_view lines);
    /// Of the frame that was begun last. A line that is no JSON object is counted as bad and nothing else.
    void add_line(std::string_view line);
    /// What the index of that frame knows besides its lines; null if it has none.
    void add_index(const journal_files::FrameIndex* index);
    /// Once all is added. Names whose events all were sampled away are groups too.
    void finish();

    /// By Grouping::key_of; empty if an event has none.
    [[nodiscard]] std::unordered_map<std::string, GroupStatistics>& groups() noexcept { return groups_; }
    [[nodiscard]] GroupStatistics& total() noexcept { return total_; }
    [[nodiscard]] const std::map<std::string, std::uint64_t>& sampled_away() const noexcept { return sampled_away_; }
    /// What was lost around the frames that were begun. The figures are corrected by it.
    [[nodiscard]] const std::vector<LostEvents>& lost() const noexcept { return lost_; }
    /// How many requests of those are in no group but the total: near them was no event of their rule.
    [[nodiscard]] double lost_in_no_group() const noexcept { return lost_in_no_group_; }
    [[nodiscard]] std::uint64_t bad_lines() const noexcept { return bad_lines_; }

private:
    GroupStatistics& group_of(std::string_view key);
    void add_totals(const RequestTotals& totals);

    Grouping by_;
    const bool by_name_;
    EventLine line_;
    QuantileBudget budget_;
    std::unordered_map<std::string, GroupStatistics> groups_;
    std::string key_;  // Kept for its memory.
    GroupStatistics total_;
    std::map<std::string, std::uint64_t> sampled_away_;
    LossCorrection correction_;
    std::vector<LostEvents> lost_;
    double lost_in_no_group_ = 0;
    bool in_counted_frame_ = false;
    std::uint64_t bad_lines_ = 0;
};

}  // namespace wideline::read

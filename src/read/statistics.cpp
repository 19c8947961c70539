#include "read/statistics.hpp"

#include <algorithm>

#include "encoding/json_string.hpp"
#include "event/duration_buckets.hpp"
#include "journal/lost_section.hpp"
#include "read/reserved_field.hpp"
#include "request/request_totals.hpp"

namespace wideline::read {

Statistics::Statistics(Grouping by)
    : by_(std::move(by)),
      by_name_(by_.field() == "name"),
      line_({"duration_ms", "outcome", "sample_weight", by_.field()}) {}

void Statistics::add_line(std::string_view line) {
    if (!line_.read(line)) {
        ++bad_lines_;
        return;
    }
    const auto values = line_.values();
    const auto duration = number_of(values[0]);
    const bool failed = is_failure(values[1]);
    const double weight = weight_of(values[2], line) * correction_.factor_of(line);
    for (GroupStatistics* group : {&group_of(by_.key_of(values[3])), &total_}) {
        ++group->kept;
        if (in_counted_frame_ && (by_name_ || group == &total_)) continue;
        if (weight > 0) ++group->estimated_from;
        group->requests.add(1, weight);
        if (failed) group->errors.add(1, weight);
        if (duration) group->duration_ms.add(std::max(0.0, *duration), weight, budget_);
    }
}

void Statistics::begin_frame(const journal_files::FrameIndex* index, std::string_view lines) {
    correction_.begin(lost_of(index), lines);
    journal_files::add(lost_of(index), lost_);
    if (!by_name_ || index == nullptr || !index->totals) lost_in_no_group_ += correction_.left().requests;
}

void Statistics::add_index(const journal_files::FrameIndex* index) {
    in_counted_frame_ = index != nullptr && index->totals;
    if (index == nullptr) return;
    for (const auto& [rule, requests] : index->sampled_away) sampled_away_[rule] += requests;
    if (!in_counted_frame_) {
        total_.requests.add_known(correction_.left().requests);
        total_.errors.add_known(correction_.left().errors);
        return;
    }
    for (const RequestTotals& totals : *index->totals) add_totals(totals);
}

void Statistics::add_totals(const RequestTotals& totals) {
    const auto add_to = [&](GroupStatistics& group) {
        if (!group.totals) group.totals.emplace();
        detail::add(totals, *group.totals);
    };
    add_to(total_);
    if (!by_name_) return;
    add_to(group_of(totals.further_names ? std::string(kFurtherNames) : json_text::quoted(totals.name)));
}

/// The durations that were counted come to those of single events: a bucket's requests are so many of its middle.
void Statistics::finish() {
    const auto merge = [this](GroupStatistics& group) {
        if (!group.totals) return;
        for (const DurationCount& one : group.totals->durations)
            group.duration_ms.add(detail::middle_of_duration_bucket(one.bucket) / 1e6,
                                  static_cast<double>(one.requests), budget_);
    };
    merge(total_);
    for (auto& [key, group] : groups_) {
        merge(group);
        group.requests.place_among(total_.requests);
        group.errors.place_among(total_.errors);
    }
}

GroupStatistics& Statistics::group_of(std::string_view key) {
    key_.assign(key);
    if (const auto found = groups_.find(key_); found != groups_.end()) return found->second;
    if (groups_.size() >= kMostGroups) key_ = kOtherGroups;
    return groups_[key_];
}

}  // namespace wideline::read

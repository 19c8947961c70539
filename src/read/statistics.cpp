#include "read/statistics.hpp"

#include <algorithm>

#include "encoding/json_string.hpp"
#include "request/request_totals.hpp"

namespace wideline::read {

Statistics::Statistics(std::string by)
    : by_name_(by == "name"), line_({"duration_ms", "outcome", "sample_weight", std::move(by)}) {}

void Statistics::add_line(std::string_view line) {
    if (!line_.read(line)) {
        ++bad_lines_;
        return;
    }
    const auto values = line_.values();
    const auto duration = number_of(values[0]);
    const bool failed = is_failure(values[1]);
    const double weight = std::max(0.0, number_of(values[2]).value_or(1));
    for (GroupStatistics* group : {&group_of(values[3]), &total_}) {
        ++group->kept;
        group->requests.add(1, weight);
        if (failed) group->errors.add(1, weight);
        if (duration) group->duration_ms.add(*duration, weight, budget_);
    }
}

void Statistics::add_index(const journal_files::FrameIndex* index) {
    totals_known_ = totals_known_ && index != nullptr && index->totals;
    if (index == nullptr) return;
    for (const auto& [rule, requests] : index->sampled_away) sampled_away_[rule] += requests;
    if (!totals_known_) return;
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

void Statistics::use_totals() {
    if (totals_known_) return;
    total_.totals.reset();
    std::erase_if(groups_, [](const auto& group) { return group.second.kept == 0; });
    for (auto& [key, group] : groups_) group.totals.reset();
}

GroupStatistics& Statistics::group_of(std::string_view key) {
    key_.assign(key);
    if (const auto found = groups_.find(key_); found != groups_.end()) return found->second;
    if (groups_.size() >= kMostGroups) key_ = kOtherGroups;
    return groups_[key_];
}

}  // namespace wideline::read

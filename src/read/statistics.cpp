#include "read/statistics.hpp"

#include <algorithm>

namespace wideline::read {

Statistics::Statistics(std::string by) : line_({"duration_ms", "outcome", "sample_weight", std::move(by)}) {}

void Statistics::add_line(std::string_view line) {
    if (!line_.read(line)) {
        ++bad_lines_;
        return;
    }
    const auto values = line_.values();
    const auto duration = number_of(values[0]);
    const bool failed = !values[1].empty() && values[1] != "\"success\"";
    const double weight = std::max(0.0, number_of(values[2]).value_or(1));
    for (GroupStatistics* group : {&group_of(values[3]), &total_}) {
        ++group->kept;
        group->requests.add(1, weight);
        if (failed) group->errors.add(1, weight);
        if (duration) group->duration_ms.add(*duration, weight, budget_);
    }
}

void Statistics::add_sampled_away(const journal_files::FrameIndex& index) {
    for (const auto& [rule, requests] : index.sampled_away) sampled_away_[rule] += requests;
}

GroupStatistics& Statistics::group_of(JsonText value) {
    key_.assign(value);
    if (const auto found = groups_.find(key_); found != groups_.end()) return found->second;
    if (groups_.size() >= kMostGroups) key_ = kOtherGroups;
    return groups_[key_];
}

}  // namespace wideline::read

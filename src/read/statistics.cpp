#include "read/statistics.hpp"

#include <algorithm>

#include "encoding/json_string.hpp"
#include "request/request_totals.hpp"

namespace wideline::read {

namespace {

std::string json_text_of(std::string_view text) {
    std::string json(json_text::string_bound(text.size()), '\0');
    std::uint64_t replaced = 0;
    json.resize(static_cast<std::size_t>(json_text::write_string(json.data(), text, replaced) - json.data()));
    return json;
}

}  // namespace

Statistics::Statistics(std::string by)
    : by_name_(by == "name"), line_({"duration_ms", "outcome", "sample_weight", std::move(by)}) {}

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

void Statistics::add_index(const journal_files::FrameIndex* index) {
    totals_known_ = totals_known_ && index != nullptr && index->totals;
    if (!totals_known_) totals_.clear();
    if (index == nullptr) return;
    for (const auto& [rule, requests] : index->sampled_away) sampled_away_[rule] += requests;
    if (totals_known_) detail::add(*index->totals, totals_);
}

void Statistics::use_totals() {
    if (!totals_known_ || totals_.empty()) return;
    RequestTotals& all = total_.totals.emplace();
    for (RequestTotals& one : totals_) {
        detail::add(one, all);
        if (!by_name_) continue;
        const std::string key = one.further_names ? std::string(kFurtherNames) : json_text_of(one.name);
        if (groups_.size() >= kMostGroups && !groups_.contains(key)) continue;
        groups_[key].totals = std::move(one);
    }
    totals_.clear();
}

GroupStatistics& Statistics::group_of(JsonText value) {
    key_.assign(value);
    if (const auto found = groups_.find(key_); found != groups_.end()) return found->second;
    if (groups_.size() >= kMostGroups) key_ = kOtherGroups;
    return groups_[key_];
}

}  // namespace wideline::read

#include "read/number_summary.hpp"

#include <algorithm>

#include "read/reserved_field.hpp"
#include "read/statistics.hpp"

namespace wideline::read {

NumberSummaries::NumberSummaries(std::string field, Grouping by)
    : by_(std::move(by)), line_({std::move(field), "sample_weight", by_.field()}) {}

void NumberSummaries::add_line(std::string_view line, double factor) {
    if (!line_.read(line)) {
        ++bad_lines_;
        return;
    }
    const auto values = line_.values();
    const auto number = number_of(values[0]);
    if (!number) {
        ++without_;
        return;
    }
    const double weight = weight_of(values[1], line) * factor;
    for (NumberSummary* group : {&group_of(by_.key_of(values[2])), &total_}) {
        ++group->kept;
        if (weight <= 0) continue;
        group->greatest = group->values.empty() ? *number : std::max(group->greatest, *number);
        group->requests.add(1, weight);
        group->sum += weight * *number;
        group->values.add(*number, weight, budget_);
    }
}

NumberSummary& NumberSummaries::group_of(std::string_view key) {
    key_.assign(key);
    if (const auto found = groups_.find(key_); found != groups_.end()) return found->second;
    if (groups_.size() >= Statistics::kMostGroups) key_ = Grouping::kOtherGroups;
    return groups_[key_];
}

}  // namespace wideline::read

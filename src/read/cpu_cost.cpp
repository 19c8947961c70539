#include "read/cpu_cost.hpp"

#include <algorithm>

#include "read/reserved_field.hpp"
#include "read/statistics.hpp"

namespace wideline::read {

CpuCostTally::CpuCostTally(std::string by)
    : by_(Grouping::by_field(std::move(by))), line_({"cpu.time_ms", "sample_weight", "timestamp", by_.field()}) {}

void CpuCostTally::add_line(std::string_view line) {
    if (!line_.read(line)) {
        ++bad_lines_;
        return;
    }
    const auto values = line_.values();
    const auto cpu_ms = number_of(values[0]);
    const double weight = weight_of(values[1], line);
    if (const auto time = time_of(values[2])) {
        least_time_ = std::min<std::int64_t>(least_time_, time->time_since_epoch().count());
        greatest_time_ = std::max<std::int64_t>(greatest_time_, time->time_since_epoch().count());
    }
    key_.assign(by_.key_of(values[3]));
    if (!groups_.contains(key_) && groups_.size() >= Statistics::kMostGroups) key_ = Grouping::kOtherGroups;
    for (CpuCost* cost : {&groups_[key_], &total_}) {
        ++cost->kept;
        cost->raw += line.size();
        cost->requests.add(1, weight);
        if (!cpu_ms || *cpu_ms < 0) continue;
        cost->timed_requests.add(1, weight);
        cost->cpu_ms.add(*cpu_ms, weight);
    }
}

}  // namespace wideline::read

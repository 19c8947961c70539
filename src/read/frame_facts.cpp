#include "read/frame_facts.hpp"

#include <algorithm>

#include "read/lines.hpp"
#include "read/reserved_field.hpp"

namespace wideline::read {

FrameFactsReader::FrameFactsReader() : line_({"timestamp", "outcome", "sample_weight"}) {}

FrameFacts FrameFactsReader::of(std::string_view lines) {
    FrameFacts facts;
    for_each_line(lines, [&](std::string_view line) {
        ++facts.events;
        if (!line_.read(line)) {
            ++facts.bad_lines;
            return;
        }
        const auto values = line_.values();
        if (is_failure(values[1])) ++facts.errors;
        facts.weight += weight_of(values[2], line);
        const auto time = time_of(values[0]);
        if (!time) return;
        const std::int64_t microseconds = time->time_since_epoch().count();
        facts.least_time = std::min(facts.least_time, microseconds);
        facts.greatest_time = std::max(facts.greatest_time, microseconds);
    });
    return facts;
}

FrameFacts facts_of(const journal_files::FrameIndex& index) noexcept {
    FrameFacts facts;
    facts.events = index.events;
    facts.errors = index.errors;
    facts.weight = index.weight;
    facts.least_time = index.least_time;
    facts.greatest_time = index.greatest_time;
    return facts;
}

}  // namespace wideline::read

// RunningRecorder::metrics: the threads' counts put together, by name.
#include "encoding/utf8.hpp"
#include "pipeline/metrics_text.hpp"
#include "pipeline/running_recorder.hpp"

namespace wideline::detail {
namespace {

using pipeline::NameMetrics;

/// As `wideline stats` calls what is not told apart.
std::string label_of(const RequestNames& names, std::uint32_t name, const redaction::Redactor& redactor) {
    if (name == RequestNames::kFurther) return "(further names)";
    std::uint64_t replaced = 0;
    return json_text::valid_utf8(redactor.redacted(names.name(name)), replaced);
}

NameMetrics sum_of(std::uint32_t name, const std::vector<const RequestCounts*>& lanes, const CountBlocks& blocks) {
    NameMetrics sum;
    std::vector<std::uint64_t> buckets(kDurationBuckets);
    for (const RequestCounts* const lane : lanes) {
        sum.requests += (*lane)[name].requests.get();
        sum.errors += (*lane)[name].errors.get();
        sum.nanoseconds += (*lane)[name].nanoseconds.get();
        lane->add_durations(name, blocks, buckets.data());
    }
    for (std::uint32_t bucket = 0; bucket < kDurationBuckets; ++bucket)
        if (buckets[bucket] != 0) sum.durations[pipeline::duration_bound_of_bucket(bucket)] += buckets[bucket];
    return sum;
}

}  // namespace

std::string RunningRecorder::metrics() {
    std::map<std::string, NameMetrics> by_name;
    if (disowned()) return successor() != nullptr ? successor()->metrics() : pipeline::metrics_text(by_name, stats());
    std::vector<const RequestCounts*> lanes;
    for_each_lane([&](const Lane& lane) { lanes.push_back(&lane.counts); });
    const auto exemplars = exemplars_.all();
    const auto redactor = this->redactor();
    names().for_each([&](std::uint32_t name) {
        NameMetrics metrics = sum_of(name, lanes, count_blocks());
        if (metrics.requests == 0) return;
        if (name < exemplars.size()) metrics.exemplars = exemplars[name];
        by_name[label_of(names(), name, *redactor)].add(metrics);  // names may look the same now
    });
    return pipeline::metrics_text(by_name, stats());
}

}  // namespace wideline::detail

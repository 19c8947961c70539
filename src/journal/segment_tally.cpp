#include "journal/segment_tally.hpp"

#include <algorithm>

#include "journal/index_walk.hpp"

namespace wideline::journal_files {
namespace {

using platform::Result;

RemovedByRetention of(const FrameIndex& index) {
    RemovedByRetention tally;
    tally.events = index.events;
    tally.errors = index.errors;
    tally.weight = index.weight;
    tally.least_time = index.least_time;
    tally.greatest_time = index.greatest_time;
    return tally;
}

}  // namespace

Result<SegmentTally> tally_of(platform::File& file) {
    SegmentTally tally;
    const platform::Status walked = walk_indexes(file, [&](const FrameIndex& index) {
        add(of(index), tally.held);
        add(index.removed, tally.removed);
    });
    if (!walked.ok()) return walked.failure();
    return tally;
}

void add(const RemovedByRetention& more, RemovedByRetention& sum) {
    if (more.events != 0) {
        const bool first = sum.events == 0;
        sum.least_time = first ? more.least_time : std::min(sum.least_time, more.least_time);
        sum.greatest_time = first ? more.greatest_time : std::max(sum.greatest_time, more.greatest_time);
    }
    sum.segments += more.segments;
    sum.events += more.events;
    sum.errors += more.errors;
    sum.weight += more.weight;
}

}  // namespace wideline::journal_files

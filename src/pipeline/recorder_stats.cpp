// RunningRecorder::stats: a snapshot that adds up while requests go on.
#include <algorithm>

#include "pipeline/running_recorder.hpp"
#include "platform/clock.hpp"

namespace wideline::detail {

Stats RunningRecorder::stats() {
    if (disowned()) return stats_in_child();
    Stats stats;
    // What a request raises last is read first, so that nothing is counted that has not begun.
    stats.lost_errors = lost_errors_.get();
    stats.delivered = delivered_.get();
    stats.retroactive = retroactive_.get();
    stats.lost_retroactive = lost_retroactive_.get();
    stats.lost.sink_failed = sink_failed_.get();
    stats.lost.no_memory = out_of_memory_.get();
    stats.sampled_away_by_rule.resize(samplers_.newest().rules().size());
    for (std::size_t rule = 0; rule < samplers_.newest().rules().size(); ++rule)
        stats.sampled_away_by_rule[rule].rule = samplers_.newest().rules()[rule];
    for_each_lane([&](const Lane& lane) {
        stats.lost_errors += lane.lost_errors.get();
        stats.lost.queue_full += lane.refused.get();
        stats.lost.journal_stalled += lane.stalled.get();
        stats.lost.shutdown += lane.too_late.get();
        stats.lost.no_memory += lane.without_memory.get();
        for (std::size_t rule = 0; rule < std::min(lane.sampled_away.size(), stats.sampled_away_by_rule.size());
             ++rule) {
            const std::uint64_t away = lane.sampled_away[rule].get();
            stats.sampled_away_by_rule[rule].requests += away;
            stats.sampled_away += away;
        }
        stats.thinned += lane.thinned.get();
        stats.kept += lane.kept.get();
        stats.discarded += lane.discarded.get();
        stats.malformed_traceparents += lane.malformed_traceparents.get();
        stats.predicate_errors += lane.predicate_errors.get();
        stats.enrich_errors += lane.enrich_errors.get();
    });
    for_each_lane([&](const Lane& lane) { stats.started += lane.started.get(); });
    stats.in_flight = stats.started - stats.kept - stats.sampled_away - stats.discarded;
    stats.queued = stats.kept - stats.delivered - stats.lost.total();
    const std::int64_t now = platform::monotonic_ns();
    stats.stressed = success_relief_.is_active(now) || error_relief_.is_active(now);
    stats.batches = batches_.get();
    stats.reload_errors = reload_errors_.load(std::memory_order_relaxed);
    stats.json_bytes = json_bytes_.get();
    stats.orphan_writes = orphan_writes.load(std::memory_order_relaxed);
    stats.late_writes = late_writes.load(std::memory_order_relaxed);
    stats.interleaved = interleaved.load(std::memory_order_relaxed);
    stats.truncated_events = truncated_events_.get();
    stats.damaged_events = damaged_events_.get();
    stats.invalid_utf8 = invalid_utf8_.get();
    stats.not_finite = not_finite_.get();
    const std::lock_guard lock(mutex_);  // the recorder may end at the same time: see stop()
    for (const pipeline::DurableSink* const sink : durable_sinks_) {
        stats.removed_events += sink->removed();
        stats.recovered_events += sink->recovered();
    }
    stats.last_error = last_error_;
    for (const auto& [rule, values] : redacted_) {
        stats.redacted += values;
        stats.redacted_by_rule.push_back({rule, values});
    }
    return stats;
}

}  // namespace wideline::detail

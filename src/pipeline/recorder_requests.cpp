// RunningRecorder, on the request's thread: from the end of a request to a lane's list, or to where the event came
// from.
#include "event/unknown_weight.hpp"
#include "event/watched_records.hpp"
#include "pipeline/running_recorder.hpp"
#include "sampling/consistent.hpp"
#include "sampling/upstream_share.hpp"

namespace wideline::detail {
namespace {

std::size_t memory_of(const OpenEvent& event) noexcept {
    std::size_t bytes = event.arena().capacity;
    for (const OpenEvent* at = event.fragments.load(std::memory_order_acquire); at != nullptr; at = at->next)
        bytes += at->arena().capacity;
    return bytes;
}

}  // namespace

void RunningRecorder::enrich(Lane& lane, OpenEvent& mine) noexcept {
    if (closed()) return;  // it goes nowhere
    try {
        options_.enrich(mine, mine.head->view(mine.head->failed.load(std::memory_order_acquire)));
    } catch (...) {
        lane.enrich_errors.raise();
    }
    mine.head->forget_copies();
}

sampling::Decision RunningRecorder::decide(Lane& lane, OpenEvent& event) noexcept {
    const sampling::CompiledSampler& sampler = pipeline::Samplers::of(event);
    const WatchedRecords of_shared{event};
    bool failed = event.failed.load(std::memory_order_acquire);
    const bool cancelled = event.cancelled.load(std::memory_order_acquire);
    event.fate().outcome = failed ? Outcome::error : cancelled ? Outcome::cancelled : Outcome::success;
    if (!failed) {
        const sampling::Truth error = sampler.is_error(event.view(false), lane.number);
        failed = error == sampling::Truth::yes;
        if (failed) event.fate().outcome = Outcome::error;
        if (error == sampling::Truth::threw) {
            lane.predicate_errors.raise();
            return sampling::CompiledSampler::keep_unjudged();
        }
    }
    const Decision decision = sampler.decide(event.view(failed), lane.number);
    if (decision.predicate_threw) lane.predicate_errors.raise();
    return decision;
}

void RunningRecorder::end(Lane& lane, OpenEvent& event) noexcept {
    if (phase() == Phase::over) [[unlikely]]
        return lose(lane, event, lane.too_late);
    Decision decision = decide(lane, event);
    event.forget_copies();
    RequestFate& fate = event.fate();
    lane.counts.count(names().number(event.name()), fate.outcome == Outcome::error, fate.duration_ns, count_blocks());
    fate.dry_run = DryRun::none;
    fate.stressed = false;
    if (decision.dry || options_.dry_run) [[unlikely]] {
        fate.dry_run = decision.keep ? DryRun::kept : DryRun::dropped;
        fate.dry_weight = decision.keep ? decision.weight : 0;
        decision.keep = true;
        if (options_.dry_run || decision.weight != kUnknownWeight) decision.weight = 1;
    }
    if (!decision.keep) {
        lane.sampled_away[decision.rule].raise();
        event.forget();
        if (retains_ && !is_failure(fate.outcome)) [[unlikely]]
            return retain(lane, event);
        return unpin(event, &lane);
    }
    fate.rule = decision.rule;
    fate.weight = decision.weight;
    fate.truncated = static_cast<std::uint32_t>(event.truncated());
    fate.frame = 0;
    admit(lane, event);
}

void RunningRecorder::refuse(Lane& lane, OpenEvent& event) noexcept {
    const RequestFate& fate = event.fate();
    Refused& of_rule = lane.refused_by_rule[fate.rule];
    const bool stalled = stalled_.load(std::memory_order_relaxed);
    (stalled ? of_rule.stalled : of_rule.queue_full).raise(fate.outcome == Outcome::error, known_weight(fate));
    lose(lane, event, stalled ? lane.stalled : lane.refused);
}

void RunningRecorder::lose(Lane& lane, OpenEvent& event, Counter& reason) noexcept {
    lane.kept.raise();
    reason.raise();
    event.forget();
    if (event.fate().outcome == Outcome::error || event.failed.load(std::memory_order_acquire))
        lane.lost_errors.raise();
    unpin(event, &lane);
}

void RunningRecorder::count_without_memory(Lane& lane, std::uint32_t name, bool failed,
                                           std::int64_t duration_ns) noexcept {
    lane.counts.count(name, failed, duration_ns, count_blocks());
    lane.kept.raise();
    if (failed) {
        lane.lost_errors.raise();
        lane.without_memory_errors.raise();
    }
    lane.without_memory.raise();
}

/// Hands a kept event to the pipeline, if there is room for one more that waits.
void RunningRecorder::admit(Lane& lane, OpenEvent& event) noexcept {
    const std::size_t bytes = event.waiting_bytes = memory_of(event);
    const std::size_t waiting = waiting_bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    if (waiting > wake_bytes_ && in_long_pause_.load(std::memory_order_relaxed)) [[unlikely]]
        end_long_pause();
    if (success_relief_.asks(waiting)) [[unlikely]]
        return admit_under_stress(lane, event, waiting);
    hand_over(lane, event);
}

void RunningRecorder::hand_over(Lane& lane, OpenEvent& event) noexcept {
    event.small_arena->enter(Stage::kept);
    lane.kept.raise();  // before it can be delivered
    lane.keep(event);
}

/// Whether an event that its rule kept is among that share of them. By its randomness, as its rule decided: what is
/// kept at a share is kept at any greater one. But what a rule keeps for the caller's flag may have any randomness:
/// other bits choose there.
bool RunningRecorder::keeps_thinned(OpenEvent& event, double share) noexcept {
    RequestFate& fate = event.fate();
    fate.stressed = true;
    const std::uint64_t randomness = event.small_arena->randomness;
    if (pipeline::Samplers::of(event).may_decide_by_flag(*event.small_arena)) {
        if (fate.weight > 0) fate.weight /= share;
        return sampling::fixed_share(share).keeps(sampling::other_bits(sampling::other_bits(randomness)));
    }
    const sampling::FixedShare thinned = sampling::fixed_share(share / fate.weight);
    fate.weight = thinned.weight;
    return thinned.keeps(randomness);
}

/// Thins what was kept, by one more factor of its probability, while the queue is filling.
[[gnu::noinline]] void RunningRecorder::admit_under_stress(Lane& lane, OpenEvent& event, std::size_t waiting) noexcept {
    RequestFate& fate = event.fate();
    const bool error = fate.outcome == Outcome::error;
    pipeline::StressRelief& relief = error ? error_relief_ : success_relief_;
    const std::int64_t now = event.small_arena->start_ns + fate.duration_ns;
    const double share = relief.share(waiting, now);
    const bool kept = share >= 1 || keeps_thinned(event, share);
    if (kept && relief.has_room(waiting)) return hand_over(lane, event);
    waiting_bytes_.fetch_sub(event.waiting_bytes, std::memory_order_relaxed);
    if (kept) return refuse(lane, event);
    lane.thinned.raise();
    lane.sampled_away[fate.rule].raise();
    event.forget();
    unpin(event, &lane);
}

/// One system call for each long pause. If it comes in the moment before the pause begins, that pause is not ended.
void RunningRecorder::end_long_pause() noexcept {
    if (in_long_pause_.exchange(false, std::memory_order_relaxed)) wake_.notify_all();
}

/// Hands a dropped event to the pipeline, with all that its line would need, where there is room: what waits only
/// perhaps gives way to what is kept. A failed event that `errors` has dropped does not come here: the trace's
/// randomness that dropped it drops the trace's other errors too.
void RunningRecorder::retain(Lane& lane, OpenEvent& event) noexcept {
    const std::size_t bytes = event.waiting_bytes = memory_of(event);
    const std::size_t most_not_seen = options_.retain_dropped.bytes / kNotSeenYet;
    if (dropped_bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes > most_not_seen ||
        waiting_bytes_.load(std::memory_order_relaxed) + bytes > most_waiting_) {
        dropped_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
        return unpin(event, &lane);
    }
    waiting_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    RequestFate& fate = event.fate();
    fate.rule = RequestFate::kRetroactive;
    fate.weight = 0;
    fate.truncated = static_cast<std::uint32_t>(event.truncated());
    fate.frame = 0;
    lane.retain(event);
}

}  // namespace wideline::detail

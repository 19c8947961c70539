// RunningRecorder, from a full batch to the sinks and back: what each frame tells besides its events, what waits in a
// sink, and what was taken.
#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "event/unknown_weight.hpp"
#include "pipeline/running_recorder.hpp"
#include "platform/clock.hpp"

namespace wideline::detail {
namespace {

constexpr const char* kMemoryUsedUp =
    "Options::memory is used up: there was none for a request that began. Stats::lost.no_memory counts such requests, "
    "but for those that failed and were written from the reserve";

}  // namespace

void RunningRecorder::seal_batch() noexcept {
    try {
        std::vector<RequestTotals> news = totals_.news(counts_of_lanes());
        batch_->seal(sampled_away_since_last(), losses_.news(samplers_.newest().rules(), platform::monotonic_ns()),
                     std::move(news));
    } catch (const std::bad_alloc&) {
        losses_.forget_news();
        totals_.forget_news();
        batch_->seal({}, {}, std::vector<RequestTotals>{});  // the counts go with the next batch
    }
}

void RunningRecorder::deliver() noexcept {
    seal_batch();
    batches_.raise();
    const std::size_t sinks = give_to_sinks();
    if (sinks != 0) {  // told again, the others would have it twice
        for (const SampledAway& away : batch_->sampled_away()) reported(away);
        losses_.told();
        totals_.told();
    } else if (!options_.sinks.empty()) {
        lose_batch();
    }
    losses_.end_frame();
    const std::uint64_t count = in_batch_.size();
    Unsettled batch{std::move(in_batch_),
                    count,
                    batch_->json_lines().size(),
                    batch_->errors(),
                    std::exchange(retroactive_in_batch_, 0),
                    sinks == options_.sinks.size()};
    in_batch_.clear();
    batch_memory_ = 0;
    batch_->clear();
    try {
        unsettled_.push_back(std::move(batch));
    } catch (const std::bad_alloc&) {
        return settle(batch);  // it may still wait in a sink, and does not outlive the process there
    }
    settle_what_was_taken();
}

/// No sink has taken it: the next batch tells of it. What one of several sinks has not taken is in another's files.
void RunningRecorder::lose_batch() noexcept {
    for (const OpenEvent* const event : in_batch_) {
        const RequestFate& fate = event->fate();
        if (fate.rule != RequestFate::kRetroactive)
            losses_.count(fate.rule, LossReason::sink_failed, is_failure(fate.outcome), known_weight(fate));
    }
}

/// How many of the last batches wait in a sink.
std::uint64_t RunningRecorder::waiting() const noexcept {
    std::uint64_t most = 0;
    for (const pipeline::DurableSink* const sink : durable_sinks_) most = std::max(most, sink->waiting());
    return most;
}

/// Settles what no sink waits with, and gives back the events of what all that wait have compressed.
void RunningRecorder::settle_what_was_taken() noexcept {
    settle_down_to(waiting());
    std::uint64_t with_events = 0;
    for (const pipeline::DurableSink* const sink : durable_sinks_)
        with_events = std::max(with_events, sink->waiting_with_events());
    // Of the batches before one that has no events any more, none has.
    for (auto at = unsettled_.size() - std::min<std::size_t>(with_events, unsettled_.size());
         at-- > 0 && !unsettled_[at].events.empty();)
        let_events_go(unsettled_[at]);
}

/// Settles the oldest batches until this many are left.
void RunningRecorder::settle_down_to(std::uint64_t left) noexcept {
    while (unsettled_.size() > left) {
        settle(unsettled_.front());
        unsettled_.pop_front();
    }
}

/// Counts a batch and gives its events' memory back.
void RunningRecorder::settle(Unsettled& batch) noexcept {
    if (batch.taken) {
        json_bytes_.raise(batch.json_bytes);
        delivered_.raise(batch.count - batch.retroactive);
        retroactive_.raise(batch.retroactive);
    } else {
        sink_failed_.raise(batch.count - batch.retroactive);
        lost_retroactive_.raise(batch.retroactive);
        lost_errors_.raise(batch.errors);
    }
    let_events_go(batch);
}

void RunningRecorder::let_events_go(Unsettled& batch) noexcept {
    if (batch.taken) exemplars_.note(batch.events, names());
    for (OpenEvent* const event : batch.events) give_back(*event);
    batch.events.clear();
    if (in_batch_.capacity() == 0) in_batch_ = std::move(batch.events);  // for its memory
    batch.events = {};
}

/// False where the sink threw; what it said is the last error then.
template <class Call>
bool RunningRecorder::attempt(Call call) noexcept {
    try {
        call();
        return true;
    } catch (const std::exception& failure) {
        set_error(failure.what());
    } catch (...) {
        set_error("a sink threw something that is no std::exception");
    }
    return false;
}

/// How many of the sinks have taken the batch. What one says or throws does not keep it from the others.
std::size_t RunningRecorder::give_to_sinks() noexcept {
    std::size_t taken = 0;
    for (const SinkPtr& sink : options_.sinks)
        if (attempt([&] { sink->deliver(*batch_); })) ++taken;
    return taken;
}

/// Whether nothing that was delivered still waits in a sink.
bool RunningRecorder::retry() noexcept {
    for (pipeline::DurableSink* const sink : durable_sinks_) sink->retry();
    hear_trouble();
    settle_what_was_taken();
    stalled_.store(!unsettled_.empty(), std::memory_order_relaxed);
    return unsettled_.empty();
}

void RunningRecorder::merge_some() noexcept {
    for (pipeline::DurableSink* const sink : durable_sinks_) sink->merge_some();
}

/// What the sinks say is wrong, or else the memory, is the last error while it lasts.
void RunningRecorder::hear_trouble() noexcept {
    try {
        std::string trouble = ran_out() ? kMemoryUsedUp : home().arenas.memory().trouble();
        for (const pipeline::DurableSink* const sink : durable_sinks_)
            if (std::string said = sink->trouble(); !said.empty()) trouble = std::move(said);
        if (trouble == trouble_) return;
        const std::lock_guard lock(mutex_);
        if (!trouble.empty() || last_error_ == trouble_) last_error_ = trouble;
        trouble_ = std::move(trouble);
    } catch (const std::bad_alloc&) {
        // Said the next time.
    }
}

/// Lanes live as long as the process: what is found under the lock is read without it.
const std::vector<const RequestCounts*>& RunningRecorder::counts_of_lanes() {
    counts_.clear();
    for_each_lane([&](const Lane& lane) { counts_.push_back(&lane.counts); });
    return counts_;
}

bool RunningRecorder::totals_have_news() noexcept {
    try {
        return totals_.any_news(counts_of_lanes());
    } catch (const std::bad_alloc&) {
        return false;
    }
}

std::uint64_t RunningRecorder::sampled_away_by(std::size_t rule) noexcept {
    std::uint64_t away = 0;
    for_each_lane([&](const Lane& lane) {
        if (rule < lane.sampled_away.size()) away += lane.sampled_away[rule].get();
    });
    return away;
}

bool RunningRecorder::was_sampled_away_since_last() noexcept {
    for (std::size_t rule = 0; rule < reported_away_.size(); ++rule)
        if (sampled_away_by(rule) != reported_away_[rule]) return true;
    return false;
}

std::vector<SampledAway> RunningRecorder::sampled_away_since_last() {
    std::vector<SampledAway> since;
    since.reserve(reported_away_.size());
    for (std::size_t rule = 0; rule < reported_away_.size(); ++rule) {
        const std::uint64_t away = sampled_away_by(rule);
        if (away != reported_away_[rule])
            since.push_back({samplers_.newest().rules()[rule], away - reported_away_[rule]});
    }
    return since;
}

void RunningRecorder::reported(const SampledAway& away) noexcept {
    for (std::size_t rule = 0; rule < reported_away_.size(); ++rule)
        if (samplers_.newest().rules()[rule] == away.rule) reported_away_[rule] += away.requests;
}

void RunningRecorder::close_sinks() noexcept {
    for (const SinkPtr& sink : options_.sinks) (void)attempt([&] { sink->close(); });
}

}  // namespace wideline::detail

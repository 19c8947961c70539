// A recorder at work: decides on the request's thread, and hands what is kept to a thread of its own, which encodes and
// delivers it.
//
//   request's thread                                    pipeline's thread
//   enrich ─► error? ─► sampler ─► kept: lane's list ─► encode ─► batch ─► sinks ─► events given back
//                          └────► dropped: given back, or lane's other list ─► waits for one of its trace to fail
//
// A request does not wake the pipeline, for that would be a system call: it looks by itself, every millisecond while
// there is work, every 5 while requests come, and up to 125 ms apart while none do. Only if a burst that follows such a
// silence has 2 MiB of events waiting does one of its requests end the pause. What waits is bounded: kept events hold
// their arenas until their batch is delivered, or lies compressed in other arenas because the disk does not take it.
// Before what waits takes three quarters of the arenas, successes are thinned (stress_relief.hpp); there they are
// refused and counted. Errors are thinned later, and refused at nine tenths; the last tenth is for requests that are
// under way.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <wideline/options.hpp>
#include <wideline/recorder.hpp>
#include <wideline/stats.hpp>

#include "pipeline/durable_sink.hpp"
#include "pipeline/event_encoder.hpp"
#include "pipeline/exemplars.hpp"
#include "pipeline/frame_batch.hpp"
#include "pipeline/frame_store.hpp"
#include "pipeline/loss_report.hpp"
#include "pipeline/rates_file.hpp"
#include "pipeline/retained_events.hpp"
#include "pipeline/samplers.hpp"
#include "pipeline/stress_relief.hpp"
#include "pipeline/totals_report.hpp"
#include "pipeline/watched_file.hpp"
#include "redaction/redactor.hpp"
#include "request/recorder_core.hpp"

namespace wideline::detail {

class RunningRecorder final : public RecorderCore {
public:
    /// Throws std::invalid_argument for options that make no sense, and what a sink throws that cannot be opened.
    explicit RunningRecorder(Options options);

    [[nodiscard]] static RecorderCore* of(const Recorder& recorder) noexcept { return recorder.core_; }

    /// Makes it the one that requests write to; false where there is one.
    [[nodiscard]] bool install() noexcept { return RecorderCore::install(); }
    void install_here() noexcept { RecorderCore::install_here(); }
    /// Says on stderr and in Stats::last_error if another copy of the library is in this process.
    void say_copies() noexcept;
    bool flush(std::chrono::nanoseconds timeout) noexcept;
    bool poll(std::chrono::nanoseconds budget) noexcept;
    [[nodiscard]] Stats stats();
    [[nodiscard]] std::string metrics();
    bool reload(const TailSampler& sampler) noexcept;
    [[nodiscard]] std::shared_ptr<const redaction::Redactor> redactor();
    /// Delivers what is queued, within Options::shutdown_timeout. The recorder's memory is given back if it can be.
    /// Once.
    void stop() noexcept;

    void enrich(Lane& lane, OpenEvent& mine) noexcept override;
    void end(Lane& lane, OpenEvent& event) noexcept override;
    void count_without_memory(Lane& lane, std::uint32_t name, bool failed, std::int64_t duration_ns) noexcept override;
    [[nodiscard]] RecorderCore* for_child() noexcept override;

private:
    using Decision = sampling::Decision;

    /// What must be there before the memory is taken.
    struct Prepared {
        explicit Prepared(Options given);

        Options options;
        std::shared_ptr<const redaction::Redactor> redactor;
        Service service;
        std::uint64_t stream;
        std::vector<pipeline::DurableSink*> durable_sinks;
        std::unique_ptr<ArenaMemory> arenas;
    };
    explicit RunningRecorder(Prepared prepared);

    /// A batch that was given to the sinks, and that one of them may not have written yet.
    struct Unsettled {
        std::vector<OpenEvent*> events;  // none once every sink can do without them
        std::uint64_t count = 0;
        std::uint64_t json_bytes = 0;
        std::uint64_t errors = 0;
        std::uint64_t retroactive = 0;
        bool taken = false;  // by every sink
    };

    /// Of the bytes of Options::retain_dropped, one part in this many is for events that the pipeline has not seen yet.
    static constexpr std::size_t kNotSeenYet = 4;

    // recorder_requests.cpp
    [[nodiscard]] Decision decide(Lane& lane, OpenEvent& event) noexcept;
    void refuse(Lane& lane, OpenEvent& event) noexcept;
    void lose(Lane& lane, OpenEvent& event, Counter& reason) noexcept;
    void admit(Lane& lane, OpenEvent& event) noexcept;
    [[nodiscard]] bool keeps_thinned(OpenEvent& event, double share) noexcept;
    void admit_under_stress(Lane& lane, OpenEvent& event, std::size_t waiting) noexcept;
    void hand_over(Lane& lane, OpenEvent& event) noexcept;
    void end_long_pause() noexcept;
    void retain(Lane& lane, OpenEvent& event) noexcept;

    // running_recorder.cpp
    void run() noexcept;
    void keep_house(std::int64_t now) noexcept;
    void finish() noexcept;

    // recorder_by_host.cpp
    void take_until(std::int64_t deadline) noexcept;
    bool flush_by_host(std::chrono::nanoseconds timeout) noexcept;
    [[nodiscard]] bool finish_by_host() noexcept;

    [[nodiscard]] std::uint64_t started_requests() noexcept;
    [[nodiscard]] std::chrono::nanoseconds longest_idle_pause() const noexcept;
    [[nodiscard]] bool drain() noexcept;
    [[nodiscard]] OpenEvent* take_lists(std::atomic<OpenEvent*> Lane::*list, std::size_t& events) noexcept;
    [[nodiscard]] OpenEvent* take_kept() noexcept;
    void look_at_losses(std::size_t events) noexcept;
    [[nodiscard]] bool look_at_dropped(std::int64_t now) noexcept;
    void take_in_rules() noexcept;
    void take(OpenEvent& event) noexcept;
    void take_first_of(OpenEvent*& list) noexcept;
    void take_open_requests() noexcept;
    void take_unfinished(OpenEvent& event, std::int64_t now) noexcept;
    void deliver() noexcept;
    template <class Call>
    [[nodiscard]] bool attempt(Call call) noexcept;
    [[nodiscard]] std::size_t give_to_sinks() noexcept;
    [[nodiscard]] bool retry() noexcept;
    void merge_some() noexcept;
    void hear_trouble() noexcept;
    [[nodiscard]] std::uint64_t waiting() const noexcept;
    void settle_down_to(std::uint64_t left) noexcept;
    void settle_what_was_taken() noexcept;
    void let_events_go(Unsettled& batch) noexcept;
    void settle(Unsettled& batch) noexcept;
    void reported(const SampledAway& away) noexcept;
    [[nodiscard]] const std::vector<const RequestCounts*>& counts_of_lanes();
    [[nodiscard]] bool totals_have_news() noexcept;
    void seal_batch() noexcept;
    void lose_batch() noexcept;
    void give_back(OpenEvent& event) noexcept;
    void close_sinks() noexcept;
    void learn_if_due() noexcept;
    void save_rates() noexcept;
    void look_at_watched_file() noexcept;
    void redact_by(const Redaction& redaction);
    void note_form(std::span<const std::string> rules);
    void count(const redaction::Taken& taken) noexcept;
    [[nodiscard]] Redaction newest_redaction() const;
    [[nodiscard]] std::uint64_t sampled_away_by(std::size_t rule) noexcept;
    [[nodiscard]] bool was_sampled_away_since_last() noexcept;
    [[nodiscard]] std::vector<SampledAway> sampled_away_since_last();
    void say_wrong_use_once() noexcept;
    void set_error(const char* what) noexcept;

    // recorder_in_child.cpp
    void forget_parents_threads() noexcept override;
    /// Whether requests of this process, which was forked, find it in their way.
    [[nodiscard]] bool is_inherited() const noexcept { return disowned() && lived_at_fork() && !given_up_; }
    [[nodiscard]] RunningRecorder* successor() const noexcept { return successor_.load(std::memory_order_acquire); }
    [[nodiscard]] RunningRecorder* start_successor() noexcept;
    [[nodiscard]] Options options_for_child() const;
    [[nodiscard]] static SinkPtr own(SinkPtr sink);
    void say_once_in_child(const char* what) noexcept;
    [[nodiscard]] Stats stats_in_child();
    bool flush_in_child(std::chrono::nanoseconds timeout) noexcept;
    void give_up_in_child() noexcept;

    Options options_;
    std::vector<pipeline::DurableSink*> durable_sinks_;  // those of the sinks that are
    Service service_;
    const pipeline::RatesFile rates_file_;
    pipeline::Samplers samplers_;
    const std::size_t most_waiting_;  // before events that wait only perhaps give way
    const std::size_t most_in_batch_;
    const std::size_t wake_bytes_;
    const bool retains_;
    alignas(64) std::atomic<std::size_t> waiting_bytes_{0};
    pipeline::StressRelief success_relief_;
    std::atomic<std::size_t> dropped_bytes_{0};  // in the lanes' lists: the pipeline has not seen them yet
    std::atomic<bool> stalled_{false};           // a sink cannot write what it was given

    std::atomic<bool> in_long_pause_{false};  // the pipeline; written a few times a second at most
    pipeline::StressRelief error_relief_;

    std::atomic<std::thread::id> poller_{};  // Options::host_driven: the host's thread that is at its work

    // The pipeline's thread alone, or the host's.
    alignas(64) std::optional<pipeline::EventEncoder> encoder_;
    std::optional<pipeline::FrameBatch> batch_;
    std::size_t batch_bytes_;
    std::int64_t batch_began_ns_ = 0;
    std::vector<OpenEvent*> in_batch_;
    std::size_t batch_memory_ = 0;  // which its events hold
    std::uint64_t retroactive_in_batch_ = 0;
    pipeline::RetainedEvents retained_;
    std::deque<Unsettled> unsettled_;   // oldest first
    pipeline::FrameStore frame_store_;  // where the sinks keep what waits
    std::string overflow_;              // a line that the batch had no room for
    pipeline::LossReport losses_;
    std::vector<std::uint64_t> reported_away_;  // by rule, what batches have told that were taken
    pipeline::TotalsReport totals_;
    std::vector<const RequestCounts*> counts_;  // of all lanes; for its memory
    bool said_late_writes_ = false;
    bool said_interleaved_ = false;
    OpenEvent* polled_ = nullptr;  // what a turn of the host's has left
    std::int64_t retried_ns_ = 0;
    std::int64_t wall_clock_read_ns_ = 0;
    std::int64_t learned_ns_ = 0;
    std::int64_t saved_ns_ = 0;
    std::optional<pipeline::WatchedFile> watched_file_;
    std::int64_t watched_ns_ = 0;
    // Of the last lines: how long they were, and what their events took in memory.
    std::uint64_t line_bytes_ = 0;
    std::uint64_t memory_bytes_ = 0;

    // Written by the pipeline's thread, read by stats().
    Counter delivered_;
    Counter sink_failed_;
    Counter lost_errors_;
    Counter out_of_memory_;
    Counter retroactive_;
    Counter lost_retroactive_;
    Counter batches_;
    Counter json_bytes_;
    Counter truncated_events_;
    Counter damaged_events_;
    Counter invalid_utf8_;
    Counter not_finite_;
    std::atomic<std::uint64_t> reload_errors_{0};
    pipeline::Exemplars exemplars_;

    std::mutex reload_mutex_;
    std::deque<Redaction> reloaded_redactions_;  // all of them, as reloaded_
    std::atomic<const Redaction*> newest_redaction_{nullptr};
    std::deque<TailSampler> reloaded_;                         // all of them: a fork may find one half taken in
    std::atomic<const TailSampler*> newest_sampler_{nullptr};  // of a reload

    // In a forked child.
    std::mutex child_mutex_;
    std::atomic<RunningRecorder*> successor_{nullptr};  // InChildren::reinstall
    std::atomic<std::uint64_t> lost_in_child_{0};
    std::string error_in_child_;
    std::atomic<bool> said_in_child_{false};  // the error: on stderr
    bool failed_in_child_ = false;            // there will be no successor
    std::atomic<bool> given_up_{false};       // it was destroyed here

    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable done_;
    std::uint64_t flushes_wanted_ = 0;
    std::uint64_t flushes_done_ = 0;
    std::atomic<bool> ended_{false};  // stop was called
    bool stopping_ = false;
    bool stopped_ = false;
    std::string last_error_;
    std::shared_ptr<const redaction::Redactor> redactor_;
    std::map<std::string, std::uint64_t> redacted_;  // by rule
    std::string trouble_;  // what the sinks said last; last_error_ too, until something else goes wrong
    std::thread thread_;
    std::thread::id thread_id_;
};

}  // namespace wideline::detail

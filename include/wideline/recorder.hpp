// The recorder: takes requests' events, samples, encodes, and hands them to the sinks.
#pragma once

#include <string>

#include <wideline/detail/chrono.hpp>
#include <wideline/export.hpp>
#include <wideline/options.hpp>
#include <wideline/stats.hpp>

namespace wideline {

namespace detail {
class RunningRecorder;
}

/// Owns one thread, which encodes and delivers (none with Options::host_driven). Lives from construction to
/// destruction; requests may begin and end before, during and after that on any thread: where there is no recorder they
/// do nothing. Every member may be called from any thread. Movable; a moved-from recorder does nothing.
class [[nodiscard]] WIDELINE_EXPORT Recorder {
public:
    /// One that is not installed: requests name it. Throws std::invalid_argument for options that make no sense, and
    /// what a sink throws that cannot be opened.
    explicit Recorder(Options options);
    /// Delivers what is queued, for as long as Options::shutdown_timeout; what is left is lost. Uninstalls itself.
    ~Recorder();

    Recorder(Recorder&& other) noexcept;
    Recorder& operator=(Recorder&& other) noexcept;
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    /// Waits until every event whose request ended before the call has been delivered or lost; false where `timeout`
    /// came first. Not from within a sink: there it returns false at once.
    bool flush(std::chrono::nanoseconds timeout) noexcept;

    /// With Options::host_driven: works for some `budget`, encoding, compressing and delivering what requests have
    /// left. True: there is more, call again soon; false: there is not (or it is not host-driven), call again within
    /// some milliseconds. One thread at a time; another one, and a sink, does nothing here. It waits for no lock but
    /// the one that a thread's first request takes for a moment. It ends with the frame that it is at, some 100 us
    /// after its time. A journal of Durability::machine has it wait for the disk; a sink of your own takes what it
    /// takes. If at least 10 ms are left when all is written, a journal merges small frames, which takes some
    /// milliseconds and waits for the disk: for a thread that may wait.
    bool poll(std::chrono::nanoseconds budget) noexcept;
    /// Ends it now, as the destructor does: what is queued is delivered. Requests do nothing from then on; stats()
    /// tells how it ended. On a host-driven recorder this is work of the thread that calls, and takes as long as the
    /// sinks do; a poll of another thread is waited for, within Options::shutdown_timeout.
    void close() noexcept;

    /// Requests that begin from now on are decided by this sampler; those under way by the one they began with. What
    /// adaptive rules have learned is kept for a rule of the same name and settings. False, with nothing changed, where
    /// memory or numbers for rules ran out (65,535 names in one recorder's life). Not for a request: it allocates, and
    /// the sampler before, some kilobytes, is kept until the recorder ends.
    bool reload(const TailSampler& sampler) noexcept;

    /// A snapshot that adds up. Walks the threads that ever wrote; not for a request.
    [[nodiscard]] Stats stats() const;

    /// Metrics for a scrape, as OpenMetrics text 1.0 (`application/openmetrics-text; version=1.0.0; charset=utf-8`;
    /// with another type, Prometheus refuses the exemplars): of each request name `wideline_requests_total`,
    /// `wideline_request_errors_total`, and the histogram `wideline_request_duration_seconds`, over all requests that
    /// ended, those sampled away too, with the trace id of the newest delivered event of each bucket. Bounds are 1, 2.5
    /// and 5 of each power of ten from 100 µs to 100 s; what lies within 0.8 % of one may count on its other side. The
    /// first 256 names are told apart; the others are "(further names)". And all of `stats()`, as counters: alert on
    /// `wideline_events_lost_total`. Counts begin at 0 with the recorder; docs/use.md lists them.
    ///
    /// Walks the threads that ever wrote: some 3 µs for a name, and a tenth of one more for each thread that used it;
    /// not for a request, and never in the way of one, but that a thread's first may wait a few microseconds. Throws
    /// std::bad_alloc alone.
    [[nodiscard]] std::string metrics() const;

private:
    friend Recorder install(Options options);
    friend Recorder install_here(Options options);
    friend class detail::RunningRecorder;

    detail::RunningRecorder* core_ = nullptr;
};

/// Makes the recorder that requests write to which name none. Throws std::logic_error while one lives, else as Recorder
/// does.
WIDELINE_EXPORT Recorder install(Options options);

/// Makes the recorder that requests of this thread write to which name none, before the one of the process, for hosts
/// that have a shard for each thread. Ends with the Recorder, which must be destroyed on this thread. Throws
/// std::logic_error while this thread has one, else as Recorder does. See Options::host_driven.
WIDELINE_EXPORT Recorder install_here(Options options);

/// Recorder::metrics of the installed recorder; empty without one. A recorder may be destroyed while it runs.
[[nodiscard]] WIDELINE_EXPORT std::string metrics();

}  // namespace wideline

// What a recorder is made of. Every default is safe: `wl::install({})` writes every event to stdout.
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <wideline/condition.hpp>
#include <wideline/constant.hpp>
#include <wideline/detail/chrono.hpp>
#include <wideline/detail/function.hpp>
#include <wideline/export.hpp>
#include <wideline/limits.hpp>
#include <wideline/redaction.hpp>
#include <wideline/sampler.hpp>
#include <wideline/service.hpp>
#include <wideline/sink.hpp>
#include <wideline/text.hpp>

namespace wideline {

class Event;
class EventView;

/// What Options::enrich is given: a callable on the event, `[](wl::Event& event) { … }`, or one that also reads what
/// was written so far, `[](wl::Event& event, const wl::EventView& view) { … }`.
class Enrich {
public:
    Enrich() noexcept = default;
    template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, Enrich> &&
             (std::invocable<F&, Event&, const EventView&> || std::invocable<F&, Event&>))  //
        Enrich(F&& enrich) {                                                                // NOLINT
        if constexpr (std::invocable<F&, Event&, const EventView&>) {
            call_ = std::forward<F>(enrich);
        } else if (std::function<void(Event&)> call = std::forward<F>(enrich)) {
            call_ = [call = std::move(call)](Event& event, const EventView&) { call(event); };
        }
    }
    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(call_); }
    void operator()(Event& event, const EventView& view) const { call_(event, view); }

private:
    std::function<void(Event&, const EventView&)> call_{};
};

/// How much of what is sampled away waits for an event of its trace to fail.
struct RetainDropped {
    /// Of their arenas, 4 KiB each unless an event is larger: at most a quarter of Options::memory. 0: nothing waits.
    std::size_t bytes = 0;
    /// How far apart the end of the failed request and the end of the other may be: more than 0, up to an hour.
    double seconds = 10;
};

/// What a forked child does that goes on with its parent's recorder. In either case the parent's recorder is the
/// parent's alone: the child never writes to its sinks, its files or its events.
enum class InChildren {
    nothing,    ///< It records nothing. Its requests are counted (`Lost::in_child`), and stderr says so once.
    reinstall,  ///< Its first request starts a recorder of its own on the same options; Recorder stands for it then.
};

struct Options {
    /// Stamped on every event.
    Service service{};
    /// Which events are kept; all of them unless said.
    TailSampler sampler{};
    /// Where they go; to stdout where none is named.
    std::vector<SinkPtr> sinks{};
    /// What is taken out of events before any sink sees them. Passwords, tokens and the like are, unless this is
    /// `Redaction::none()`.
    Redaction redact{};
    /// Fields that every event carries unless it writes them itself; encoded once.
    std::vector<std::pair<std::string, Constant>> defaults{};
    /// Called on an event when its request ends, on the request's thread, before the sampler decides. What it reads is
    /// what was written until then, by all threads of the request. An exception that leaves it is swallowed and counted
    /// (`Stats::enrich_errors`).
    Enrich enrich{};
    /// What makes an event an error besides `fail` and exceptions. A status that was written as a text, "503", counts.
    Condition error_when = number(field("http.response.status_code")) >= 500;
    /// How large an event may grow.
    Limits limits{};
    /// All that the recorder may take for events under way and waiting, in bytes: at least 4 MiB.
    std::size_t memory = std::size_t{64} << 20;
    /// Stamped as `schema_version`, where set: a number or a text.
    std::optional<Constant> schema_version{};
    /// Keeps every event, with weight 1, and writes on it what the sampler would have done: `sample_dry_run.rule`,
    /// `sample_dry_run.kept`, and `sample_dry_run.weight`, 0 where it would not have been kept.
    bool dry_run = false;
    /// A file as `load` reads: looked at each second. When its sampler section has changed, that is used as by
    /// Recorder::reload; a changed redact section is used for the events that are written from then on. One that is not
    /// right changes nothing, is said on stderr, and counted in Stats::reload_errors.
    String watch{};
    /// When an event of a trace is kept because it failed, the trace's events that this recorder sampled away shortly
    /// before and shortly after are kept too, with `sample_rule` "retroactive" and `sample_weight` 0: context for
    /// people, in no sum. Off unless bytes are given: an event that waits leaves its request's thread a colder one to
    /// reuse.
    RetainDropped retain_dropped{};
    /// Whether a forked child that installs no recorder goes on with one of its own. It is started by the child's first
    /// request, which takes some milliseconds then; a child that records nothing (one that calls `exec`, say) starts
    /// none. Its sinks are those that Sink::for_child gives; without any, and if they cannot be opened, the child
    /// records nothing, as with InChildren::nothing.
    InChildren in_children = InChildren::nothing;
    /// Writes `cpu.time_ms` on each event: the CPU time that threads spent while the request was the innermost that was
    /// current on them, in its scope, its flows and its attaches, as far as these stretches are over when it ends. The
    /// time of a request inside it is that one's own, so sums over events count nothing twice. A request that is never
    /// current (`detached`, say) has 0. Costs two reads of the thread's CPU clock a stretch, which are system calls of
    /// some 100 to 180 ns each, as do requests of other recorders while this one lives; nothing if no recorder asks for
    /// it.
    bool cpu_time = false;
    /// For hosts that forbid threads: the recorder starts none, and Recorder::poll does its work on a thread of the
    /// host's. Frames have 48 KiB of lines then, which costs a tenth of the compression if no poll has
    /// the time to merge them. Events wait in
    /// Options::memory for as long as nobody polls.
    bool host_driven = false;
    /// How long a kept event may wait for others to fill its batch: 1 ms to 1 hour.
    std::chrono::milliseconds flush_interval{1000};
    /// How long the recorder's end may take to deliver what is queued.
    std::chrono::milliseconds shutdown_timeout{5000};
};

/// What the JSON file at `path` says: `service`, `sampler`, `redact`, `dry_run`, `retain_dropped` and `journal`, each
/// as in the code and by the same names (docs/config.md); everything else has its default. Throws std::system_error
/// where the file cannot be read, and std::invalid_argument with path, line, column and a sentence where it is not
/// right. Opens nothing yet.
[[nodiscard]] WIDELINE_EXPORT Options load(const String& path);

}  // namespace wideline

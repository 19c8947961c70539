// Delivery: what the journal holds reaches the backends, at least once.
//
//     wl::Forwarder forwarder{"logs", {.forwards = {{
//         .name = "orders",
//         .where = {"user.plan=enterprise"},
//         .to = {wl::forward::clickhouse({.url = "https://ch.example:8443", .table = "events", .user = "writer",
//                                         .password = wl::secret_from_env("CH_PASSWORD")})},
//     }}}};
//
// A forward and one of its targets are a route. A route reads the journal, sends batches, and keeps how far it has come
// in cursor files, so it continues after any end of the process. A backend that is down costs disk and nothing else.
// docs/delivery.md says what is promised.
//
// Link wideline::forward, and the component of each backend (wideline::clickhouse, wideline::http). Nothing here is
// part of a request: it reads files, allocates, and has threads of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wideline/export.hpp>
#include <wideline/secret.hpp>

namespace wideline {

/// What a backend is given to send: consecutive events of one run. The views are valid during the call.
struct Parcel {
    std::span<const std::string_view> events;  ///< JSON objects, each without its line feed.
    std::string_view lines;                    ///< The same, each ended by a line feed.
    std::string_view token;      ///< Depends on the route and the content: equal content has an equal token.
    std::uint64_t run = 0;       ///< Which recorder wrote them; 0 if that is not known.
    std::uint64_t sequence = 0;  ///< The first event's frame in that run.
};

struct EventVerdict;

/// What a backend said of a parcel.
struct Verdict {
    enum Kind : char {
        delivered,      ///< The backend has confirmed these events.
        data,           ///< It works, and refuses what is in the parcel.
        too_large,      ///< It takes fewer events or bytes at once.
        busy,           ///< It asks to be left alone for a while.
        unavailable,    ///< No answer, or one that says nothing of the events. The outcome is unknown.
        configuration,  ///< It refuses us: credentials, a table that is missing. Nothing will be dropped.
    };
    Kind kind = unavailable;
    int status = 0;      ///< HTTP's, or 0.
    std::string code;    ///< The backend's own code, if it gave one.
    std::string answer;  ///< Its answer or the reason, for people. At most 512 bytes of it are kept.
    std::optional<std::chrono::milliseconds> retry_after;
    std::optional<std::uint32_t> culprit;  ///< With `data`: which event the answer names. A guess; it is tried alone.
    /// Events of which it said something other than `kind`.
    std::vector<EventVerdict> events;
};

/// What a backend said of one event of the parcel.
struct EventVerdict {
    std::uint32_t index = 0;
    Verdict verdict;
};

/// A connection to a backend. Derive from it for one of your own, and pass it to wl::forward::custom. One thread at a
/// time. It is made when it is first needed, and made again after `unavailable` and `configuration`.
class WIDELINE_EXPORT Backend {
public:
    Backend() = default;
    virtual ~Backend();
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;

    /// Sends once; does not retry. Returns within the timeout. `delivered` only if the backend confirmed the events.
    virtual Verdict send(const Parcel& parcel, std::chrono::milliseconds timeout) noexcept = 0;
    /// Asks whether it could send, without an event.
    virtual Verdict probe(std::chrono::milliseconds timeout) noexcept = 0;
    /// Whether it keeps the order of parcels that are sent before earlier ones are answered.
    virtual bool pipelines() const noexcept { return false; }
    /// Ends a send or probe that is under way in another thread soon; it then returns `unavailable`. Any thread. One
    /// that does nothing, as this does, delays the end of its forwarder by up to the timeout.
    virtual void cancel() noexcept {}
};

namespace forward {

/// What a target takes at once, and how often. 0: no limit but that of the pack.
struct Limits {
    std::uint64_t bytes = 0, events = 0;
    double requests_per_second = 0;
};

/// How a target's server is verified, by paths of PEM files. Empty: the system's certificates, no client certificate.
struct Tls {
    std::string ca = {}, certificate = {}, key = {}, server_name = {};
    bool verify = true;  ///< false accepts any server; each start warns, and the metric _insecure is 1.
};

}  // namespace forward

/// One destination of a forward. Made by wl::forward::clickhouse, ::http or ::custom. Immutable; any number of threads.
class WIDELINE_EXPORT Target {
public:
    /// What a route must know of its destination.
    struct Description {
        std::string name;     ///< Unique in its forward; the kind if it is empty.
        std::string backend;  ///< "clickhouse"
        std::string address;  ///< For people, without credentials.
        std::vector<std::string> omit = {};
        forward::Limits limits = {};
        bool insecure = false;
        std::optional<std::chrono::milliseconds> linger = {};  ///< If the forward has no `pack`.
        std::vector<Secret> secrets = {};                      ///< To be masked in answers.
    };

    explicit Target(Description description);
    virtual ~Target();
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;

    [[nodiscard]] const Description& description() const noexcept { return description_; }
    /// Reads the secrets and makes a connection, which connects when it is first used. Throws std::runtime_error with a
    /// sentence: the route is then held, and this is tried again.
    [[nodiscard]] virtual std::unique_ptr<Backend> connect(std::chrono::milliseconds connect_timeout) const = 0;

private:
    Description description_;
};

using TargetPtr = std::shared_ptr<const Target>;

/// When and how often a request that failed is sent again. The journal is the queue: there is no end by default.
struct Retry {
    std::chrono::milliseconds initial_interval = std::chrono::seconds(1);
    double backoff_coefficient = 2;
    std::chrono::milliseconds maximum_interval = std::chrono::seconds(60);
    /// An interval is shortened by up to this share, at random; it is never less than half of initial_interval.
    double jitter = 0.2;
    std::uint64_t maximum_attempts = 0;         ///< After that many, its events become dead letters. 0: no end.
    std::chrono::seconds maximum_age{0};        ///< Events older than this that failed become dead letters. 0: no end.
    std::vector<std::string> not_retried = {};  ///< "busy", "unavailable": dead letters at the first such failure.
    std::chrono::milliseconds connect_timeout = std::chrono::seconds(10), request_timeout = std::chrono::seconds(60);
};

/// How events become batches: one is sent when it has these bytes or events, or when its oldest frame has waited
/// `linger`.
struct Pack {
    std::uint64_t bytes = 1 << 20, events = 10'000;
    std::chrono::milliseconds linger = std::chrono::seconds(1);
};

/// Events that a working backend refuses.
struct Dead {
    std::uint64_t retain_bytes = 1 << 30;  ///< The oldest are deleted beyond this, and counted as lost. 0: no limit.
    std::chrono::seconds retain_age{0};    ///< The same by age. 0: no limit.
    /// If so many events in a row are refused, with none accepted between, the route is held.
    std::uint32_t in_a_row = 100;
};

/// Where a new route begins. Frames whose newest event is older are passed, and counted as skipped.
class Start {
public:
    static const Start oldest;  ///< With the oldest event of the journal.
    static const Start now;     ///< With events that are newer than the route.
    template <class Duration>
    constexpr Start(std::chrono::sys_time<Duration> time) noexcept  // NOLINT: a time is a start
        : kind_(Kind::time), time_(std::chrono::floor<std::chrono::microseconds>(time)) {}

    /// The time from which on events are sent, for a route that is made `now`.
    [[nodiscard]] constexpr std::chrono::sys_time<std::chrono::microseconds> from(
        std::chrono::sys_time<std::chrono::microseconds> now_is) const noexcept {
        return kind_ == Kind::now ? now_is : time_;
    }

private:
    enum class Kind : char { oldest, now, time };
    constexpr explicit Start(Kind kind) noexcept
        : kind_(kind), time_(std::chrono::sys_time<std::chrono::microseconds>::min()) {}

    Kind kind_;
    std::chrono::sys_time<std::chrono::microseconds> time_;
};
inline constexpr Start Start::oldest{Start::Kind::oldest};
inline constexpr Start Start::now{Start::Kind::now};

/// A rule: which events go where, how and when.
struct Forward {
    std::string name = {};                ///< [a-z0-9][a-z0-9_.-]{0,63}, unique.
    std::vector<std::string> where = {};  ///< As wl::Selection::where; empty: every event.
    bool any = false, errors = false;     ///< As in wl::Selection.
    std::vector<TargetPtr> to = {};
    std::chrono::seconds delay{0};  ///< A frame is sent when its newest event is this old.
    Start start = Start::oldest;
    Retry retry = {};
    std::optional<Pack> pack = {};  ///< Absent: the target's own, or Pack{}.
    Dead dead_letters = {};
    /// How long the cursor of a run is kept after the run's segments are gone. Retention does not look at routes yet.
    std::chrono::seconds replay_window = std::chrono::hours(1);
    bool in_order = true;         ///< One batch of a run at a time. false is taken, and does the same yet.
    std::uint32_t in_flight = 4;  ///< Requests at a time, of different runs. 1 to 64.
    bool enabled = true;
};

struct ForwardOptions {
    std::vector<Forward> forwards = {};
    std::string state = {};  ///< Where cursors and dead letters lie. Empty: <journal>/.wideline-forward
    std::size_t memory = std::size_t{32} << 20;  ///< For events that are read and not yet delivered, of all routes.
    std::chrono::milliseconds shutdown_timeout = std::chrono::seconds(5), poll = std::chrono::milliseconds(200);
    std::string watch = {};  ///< A config file to be loaded again when it changes. Empty: none.
};

/// One route's numbers, over restarts. Always: seen = delivered + skipped + dead + lost + waiting.
struct RouteStats {
    std::string forward, target;
    /// "delivering", "idle", "delayed", "backing_off", "held", or "standby" (another process has its runs).
    std::string state;
    std::uint64_t seen = 0;
    std::uint64_t delivered = 0;
    std::uint64_t skipped = 0;  ///< Not selected, or older than `start`.
    std::uint64_t dead = 0;
    std::uint64_t lost = 0;
    std::uint64_t waiting = 0;
    std::uint64_t repeated = 0;  ///< Sent again although an earlier process may have delivered them.
    std::map<std::string, std::uint64_t> dead_by_reason, lost_by_reason;
    std::uint64_t undelivered_bytes = 0;              ///< Compressed, in the journal.
    std::chrono::milliseconds oldest_undelivered{0};  ///< The age of the oldest event that waits.
    std::string last_error;
    std::string held_reason;  ///< Empty unless the route is held.

    // Since this process began.
    std::uint64_t batches = 0, request_bytes = 0, bisections = 0, in_flight = 0;
    std::map<std::string, std::uint64_t> retries;  ///< By reason: "busy", "unavailable", "configuration", …
    std::uint64_t cursors_lost = 0, gaps = 0, damaged_frames = 0;
    std::vector<std::uint64_t> request_seconds;  ///< A histogram: counts by the bounds of metrics().
    double request_seconds_sum = 0;
    bool insecure = false;
    std::uint64_t dead_letters = 0, dead_letter_bytes = 0;  ///< What lies in the directory of dead letters.
};

struct ForwardStats {
    std::vector<RouteStats> routes;
    std::uint64_t reload_errors = 0;
    std::string last_error;  ///< Of what concerns no single route.
};

/// Delivers a journal's events, from its constructor to its destructor. Any thread may call its members. Declare it
/// before the recorder: then it ends after it, and delivers its last frames. A forked child has no forwarder.
class WIDELINE_EXPORT Forwarder {
public:
    /// Throws std::invalid_argument if the options make no sense, and std::system_error if the state directory cannot
    /// be used. Does not connect. After that nothing throws but std::bad_alloc.
    Forwarder(std::string journal, ForwardOptions options);
    /// Delivers what is there, for at most shutdown_timeout; routes that back off or are held are not waited for. What
    /// is left stays in the journal.
    ~Forwarder();
    Forwarder(const Forwarder&) = delete;
    Forwarder& operator=(const Forwarder&) = delete;

    /// Waits until what is in the journal now is delivered or dead, on every route; does not wait for `linger`. False
    /// if the timeout came first.
    bool flush(std::chrono::nanoseconds timeout);
    /// Reads the cursors; some milliseconds.
    [[nodiscard]] ForwardStats stats() const;
    /// The same as Prometheus' text format.
    [[nodiscard]] std::string metrics() const;
    /// Continues with other options. Routes are matched by name: one that changed finishes its requests and continues
    /// from its cursor; one that is gone stops, and its state stays. Throws as the constructor does;
    /// then nothing has changed. `state` and `memory` stay as they were.
    void reload(ForwardOptions options);
    /// Looks for new frames now instead of at the next poll.
    void wake();

private:
    class Running;
    std::unique_ptr<Running> running_;
};

/// The section `forward` of a configuration file. Throws as wl::load does. Each target's backend must be linked in.
[[nodiscard]] WIDELINE_EXPORT ForwardOptions load_forward(const std::string& path);

}  // namespace wideline

// A request: the scope in which one event grows. See docs/use.md.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include <wideline/event.hpp>
#include <wideline/export.hpp>
#include <wideline/text.hpp>

namespace wideline {

class Recorder;
class Handle;

namespace detail {
class RecorderCore;
struct OpenEvent;
}  // namespace detail

/// A caller's trace context, as its HTTP headers carry it (https://www.w3.org/TR/trace-context/). A malformed
/// traceparent is ignored and counted (`Stats::malformed_traceparents`): the request then begins a trace of its own.
struct Caller {
    Text traceparent{};
    Text tracestate{};
    /// 16 hex digits of a span that a tracer has begun for this very request: the request takes the span's id, so that
    /// trace and event are found by each other. If it is the id in `traceparent` too (that of the active span, say),
    /// the request has no parent of its own: the tracer knows it. Alone it begins a trace. A malformed one is ignored
    /// and counted like a traceparent. Give each id to one request only: event ids are made of it.
    Text span_id{};
};

/// See `Request`: current nowhere.
struct Detached {
    explicit constexpr Detached(int) noexcept {}
};
inline constexpr Detached detached{0};

/// One unit of work of the service, and its one event, from construction to destruction, `finish` or `discard`.
///
/// Opening one reads the monotonic clock once and makes it current on this thread, or in this flow (see Flow), until
/// the scope that opened it ends (also if the object is moved on by then): `wl::set` and its siblings write to it. A
/// request opened inside another is its child: same trace, an event of its own. One that is given a Caller, be that an
/// empty one, continues the caller's trace or begins a trace of its own, whatever is current. Ending it reads the clock
/// once more and decides; an event that is dropped has cost no lock, no allocation and no system call, one that is kept
/// is handed to the pipeline's thread.
///
/// One that is opened `detached` is current nowhere, and written by `event()` alone: for code that keeps its requests
/// itself, in a connection's object, say. It is moved at no cost.
///
/// Threads: one thread at a time; a moved request may end on any thread. Other threads write through a Handle. A write
/// beside the end of a request that was moved, or through a Handle, is in the event or counted in `Stats::late_writes`;
/// one beside the end of a request that another thread took without either (by a reference, say) may be lost uncounted.
/// Without an installed recorder a request does nothing, and writes in it are counted as orphans. Nothing here throws.
class WIDELINE_EXPORT Request {
public:
    /// No request: what is written to it goes nowhere. Another one may be moved into it.
    Request() noexcept = default;
    /// `name` is copied: a low-cardinality name of the operation, at most 128 bytes. Written to the installed recorder.
    explicit Request(Text name) noexcept;
    Request(Text name, const Caller& caller) noexcept;
    Request(Text name, Detached) noexcept;
    Request(Text name, Detached, const Caller& caller) noexcept;
    /// The same, written to `recorder`.
    Request(Text name, const Recorder& recorder) noexcept;
    Request(Text name, const Recorder& recorder, const Caller& caller) noexcept;
    Request(Text name, const Recorder& recorder, Detached) noexcept;
    Request(Text name, const Recorder& recorder, Detached, const Caller& caller) noexcept;
    /// Ends the request. Where an exception is unwinding that began after the request did, the event is marked as
    /// failed.
    ~Request();

    /// Also to hand the request to another thread. Each write costs some 10 ns more from then on.
    Request(Request&& other) noexcept;
    /// Ends this request, then takes the other.
    Request& operator=(Request&& other) noexcept;
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;

    /// The request's event, for the thread that calls; one that keeps nothing after `finish`, `discard` or a move.
    [[nodiscard]] Event& event() noexcept;

    /// This request as the parent, to send to the services it calls: `00-TRACEID-SPANID-FLAGS`. Empty if the
    /// request is not recorded. A request that calls several services has a wl::Call for each.
    [[nodiscard]] std::string traceparent() const;
    /// The caller's tracestate, unchanged, with the threshold by which the caller sampled (`ot=th:`); empty if it was
    /// malformed or there was none. Of a trace that began here, `ot=th:0`: all such traces are recorded, and which
    /// events are kept is decided when they are over.
    [[nodiscard]] std::string tracestate() const;

    /// The request's ids as its event will hold them: 32 and 16 hex digits, and a UUID. Empty if the request is not
    /// recorded. Each allocates its text.
    [[nodiscard]] std::string trace_id() const;
    [[nodiscard]] std::string span_id() const;
    [[nodiscard]] std::string event_id() const;

    /// See Event::rename, Event::cancel and Event::kind.
    void rename(Text name) noexcept { event().rename(name); }
    void cancel(Text reason) noexcept { event().cancel(reason); }
    void kind(Kind kind) noexcept { event().kind(kind); }

    /// What other threads and coroutines need to write to this request.
    [[nodiscard]] Handle handle() noexcept;

    /// Ends the request now. Later calls and the destructor do nothing.
    void finish() noexcept;
    /// Ends the request and forgets it: no event, whatever the outcome. Counted in `Stats::discarded`.
    void discard() noexcept;

private:
    enum class Current : bool { nowhere, here };

    void open(detail::RecorderCore* core, Text name, const Caller* caller, Current current) noexcept;
    void end(bool discarded) noexcept;
    void end_scope() noexcept;
    void count_interleaved() const noexcept;
    void open_without_memory(detail::RecorderCore& core, std::string_view name) noexcept;
    void end_without_memory(bool discarded) noexcept;
    void take(Request& other) noexcept;
    void leave_scope() noexcept;
    [[nodiscard]] detail::OpenEvent* writer() noexcept;

    detail::RecorderCore* core_ = nullptr;
    detail::OpenEvent* event_ = nullptr;  // owned: whoever has it ends the request
    detail::OpenEvent* scope_ = nullptr;  // made current on this thread by this object
    std::uint64_t scope_generation_ = 0;  // without memory: when the request began, by the monotonic clock
    detail::OpenEvent* fragment_ =
        nullptr;                     // for event() on a thread other than the one on which the request is current
    int exceptions_ = 0;             // in flight when the request began
    std::uint16_t name_ = 0;         // without memory: one more than the number of its name
    bool outer_has_failed_ = false;  // without memory: so had another one of this thread when this one began
};

/// A reference to a request for other threads and coroutines. Copy and keep it as long as you like: once the request
/// has ended, what is written through it is counted in `Stats::late_writes`, and goes nowhere.
class WIDELINE_EXPORT Handle {
public:
    /// Of nothing: to write through it does nothing but count.
    Handle() noexcept = default;
    /// Whether it is a request's, be that under way or ended.
    [[nodiscard]] explicit operator bool() const noexcept { return event_ != nullptr; }

private:
    friend class Request;
    friend class Attach;
    friend class Call;
    friend Handle handle() noexcept;
    Handle(detail::RecorderCore* core, detail::OpenEvent& event) noexcept;

    detail::RecorderCore* core_ = nullptr;
    detail::OpenEvent* event_ = nullptr;
    std::uint64_t generation_ = 0;
};

/// Of the request that is current, wherever its object is; of nothing if none is. Each write to the request costs some
/// 10 ns more from then on.
[[nodiscard]] WIDELINE_EXPORT Handle handle() noexcept;

/// Makes a handle's request current on this thread, in this scope. Threads attached to a request at the same time write
/// side by side, each to memory of its own; the last write of a key wins across them. What they have written when the
/// request ends is in the event. Costs some 50 ns; each write in it some 10 ns more than in the request's own thread.
class [[nodiscard]] WIDELINE_EXPORT Attach {
public:
    explicit Attach(const Handle& handle) noexcept;
    ~Attach();
    Attach(const Attach&) = delete;
    Attach& operator=(const Attach&) = delete;

private:
    detail::RecorderCore* core_ = nullptr;
    detail::OpenEvent* fragment_ = nullptr;
};

namespace detail {

template <class Work>
decltype(auto) run_in(Request& request, Work&& work) {
#ifdef __cpp_exceptions
    try {
        return std::forward<Work>(work)();
    } catch (...) {
        request.event().fail(std::current_exception());
        throw;
    }
#else
    static_cast<void>(request);
    return std::forward<Work>(work)();
#endif
}

}  // namespace detail

/// Runs `work` as a request and returns what it returns. An exception that leaves it is recorded (error.type,
/// error.message, error.why) and goes on.
template <class Work>
decltype(auto) run(Text name, Work&& work) {
    Request request{name};
    return detail::run_in(request, std::forward<Work>(work));
}

/// The same, in the caller's trace.
template <class Work>
decltype(auto) run(Text name, const Caller& caller, Work&& work) {
    Request request{name, caller};
    return detail::run_in(request, std::forward<Work>(work));
}

}  // namespace wideline

#define WIDELINE_DETAIL_JOIN_AGAIN(a, b) a##b
#define WIDELINE_DETAIL_JOIN(a, b) WIDELINE_DETAIL_JOIN_AGAIN(a, b)
/// Opens a request that lasts until the end of the scope: `WIDELINE_REQUEST("checkout");`. Takes what Request's
/// constructors take.
#define WIDELINE_REQUEST(...) \
    ::wideline::Request WIDELINE_DETAIL_JOIN(wideline_request_, __LINE__) { __VA_ARGS__ }

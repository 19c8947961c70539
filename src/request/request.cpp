#include <wideline/request.hpp>

#include <algorithm>

#include "platform/clock.hpp"
#include "request/recorder_core.hpp"
#include "request/trace_context.hpp"
#include "request/trace_of_request.hpp"

namespace wideline {

using detail::ArenaHeader;
using detail::Lane;
using detail::OpenEvent;
using detail::Record;
using detail::RecorderCore;
using detail::Type;

namespace {

constexpr std::uint64_t kRandomBits = (std::uint64_t{1} << 56) - 1;

void begin_trace(ArenaHeader& arena, Lane& lane) noexcept {
    arena.trace_id_high = lane.random.next_nonzero();
    arena.trace_id_low = lane.random.next();
    arena.parent_span_id = 0;
    arena.trace_flags = TraceContext::kSampled | TraceContext::kRandom;
    arena.continues_trace = false;
    arena.randomness = arena.trace_id_low & kRandomBits;
}

void continue_trace(OpenEvent& event, const TraceContext& context, std::string_view tracestate) noexcept {
    ArenaHeader& arena = *event.arena_;
    arena.trace_id_high = context.trace_id_high;
    arena.trace_id_low = context.trace_id_low;
    arena.parent_span_id = context.parent_span_id;
    arena.trace_flags = context.flags;
    arena.continues_trace = true;
    arena.randomness = context.trace_id_low & kRandomBits;
    if (tracestate.empty() || !is_valid_tracestate(tracestate)) return;
    arena.randomness = randomness_of(tracestate).value_or(arena.randomness);
    char kept[kMaxTracestateBytes];
    event.put_record(Type::tracestate, {kept, copy_tracestate(kept, tracestate)});
}

/// A tracer has begun the span, and knows its parent.
void be_span(ArenaHeader& arena, std::uint64_t span_id) noexcept {
    arena.span_id = span_id;
    if (arena.parent_span_id == span_id) arena.parent_span_id = 0;
}

void become_child(OpenEvent& event, const OpenEvent& outer) noexcept {
    ArenaHeader& arena = *event.arena_;
    const detail::RequestIdentity own = arena;
    static_cast<detail::RequestIdentity&>(arena) = *outer.small_arena;
    arena.parent_span_id = outer.small_arena->span_id;
    arena.span_id = own.span_id;
    arena.start_ns = own.start_ns;
    arena.start_us = own.start_us;
    if (const std::string_view state = detail::tracestate_of(outer); !state.empty())
        event.put_record(Type::tracestate, state);
}

void join_trace(OpenEvent& event, Lane& lane, const Caller* caller) noexcept {
    if (caller == nullptr) {
        if (const OpenEvent* const outer = detail::request_of(*detail::current)) return become_child(event, *outer);
        return begin_trace(*event.arena_, lane);
    }
    const auto context = parse_traceparent(caller->traceparent);
    if (context)
        continue_trace(event, *context, caller->tracestate);
    else
        begin_trace(*event.arena_, lane);
    const auto span = parse_span_id(caller->span_id);
    if (span) be_span(*event.arena_, *span);
    if ((!context && !caller->traceparent.empty()) || (!span && !caller->span_id.empty()))
        lane.malformed_traceparents.raise();
}

}  // namespace

Request::Request(Text name) noexcept { open(RecorderCore::installed(), name, nullptr, Current::here); }
Request::Request(Text name, const Caller& caller) noexcept {
    open(RecorderCore::installed(), name, &caller, Current::here);
}
Request::Request(Text name, Detached) noexcept { open(RecorderCore::installed(), name, nullptr, Current::nowhere); }
Request::Request(Text name, Detached, const Caller& caller) noexcept {
    open(RecorderCore::installed(), name, &caller, Current::nowhere);
}
Request::Request(Text name, const Recorder& recorder) noexcept {
    open(RecorderCore::of(recorder), name, nullptr, Current::here);
}
Request::Request(Text name, const Recorder& recorder, const Caller& caller) noexcept {
    open(RecorderCore::of(recorder), name, &caller, Current::here);
}
Request::Request(Text name, const Recorder& recorder, Detached) noexcept {
    open(RecorderCore::of(recorder), name, nullptr, Current::nowhere);
}
Request::Request(Text name, const Recorder& recorder, Detached, const Caller& caller) noexcept {
    open(RecorderCore::of(recorder), name, &caller, Current::nowhere);
}

void Request::open(RecorderCore* core, Text name, const Caller* caller, Current current) noexcept {
    if (core == nullptr) return;
    if (core->closed()) [[unlikely]] {
        core = core->for_child();
        if (core == nullptr) return;
    }
    Lane* const lane = core->lane();
    if (lane == nullptr) return;
    exceptions_ = lane->exceptions.count();
    detail::drop_ended(lane);
    lane->started.raise();
    OpenEvent* const event = core->take(*lane);
    if (event == nullptr) return open_without_memory(*core, name);

    ArenaHeader& arena = *event->arena_;
    arena.start_ns = platform::monotonic_ns();
    arena.start_us = platform::wall_us(arena.start_ns);
    arena.span_id = lane->random.next_nonzero();
    event->put_record(Type::name, name.substr(0, detail::kMaxNameBytes));
    join_trace(*event, *lane, caller);
    arena.fate.frame = 0;
    arena.enter(detail::Stage::open);

    const std::uint64_t pins = current == Current::here ? 2 : 1;
    event->state.store(event->state.load(std::memory_order_relaxed) + pins * OpenEvent::kPin,
                       std::memory_order_relaxed);
    core_ = core;
    event_ = event;
    if (current == Current::nowhere) return;
    scope_ = event;
    scope_generation_ = event->generation();
    detail::bind(*event, *lane);
}

Request::~Request() { end_scope(); }

Request::Request(Request&& other) noexcept { take(other); }

Request& Request::operator=(Request&& other) noexcept {
    if (this == &other) return *this;
    end_scope();
    take(other);
    return *this;
}

void Request::end_scope() noexcept {
    if (scope_ != nullptr && scope_ != detail::current) [[unlikely]]
        count_interleaved();
    finish();
    leave_scope();
}

/// Scopes of one line of execution end in the reverse order in which they began, on the thread where they began. Of a
/// request that is current and not the innermost when its scope ends, or that is current elsewhere (but in no flow that
/// waits), others' writes may have gone to it, and its own to others.
void Request::count_interleaved() const noexcept {
    const OpenEvent& event = *scope_;
    Lane* const lane = core_->lane();
    if (lane == nullptr || event.generation() != scope_generation_ || event.finished()) return;
    const Lane* const bound_to = event.current_on.load(std::memory_order_acquire);
    if (bound_to == nullptr || bound_to == &core_->parked()) return;
    if (bound_to == lane) {
        detail::drop_ended(lane);
        if (detail::current == &event) return;
    }
    detail::interleaved.fetch_add(1, std::memory_order_relaxed);
}

/// What its outcome and duration are is counted all the same, and it is written if it fails. As it is current nowhere,
/// what `fail` is told while nothing is current is taken to be of the one that ends next on this thread.
[[gnu::noinline]] void Request::open_without_memory(RecorderCore& core, std::string_view name) noexcept {
    detail::memory_ran_out.store(true, std::memory_order_relaxed);
    core.note_ran_out();
    core_ = &core;
    scope_generation_ = static_cast<std::uint64_t>(platform::monotonic_ns());
    name_ = static_cast<std::uint16_t>(core.names().number(name.substr(0, detail::kMaxNameBytes)) + 1);
    outer_has_failed_ = std::exchange(detail::unheld_failure.failed, false);
}

[[gnu::noinline]] void Request::end_without_memory(bool discarded) noexcept {
    if (name_ == 0) return;
    const std::uint32_t name = std::exchange(name_, std::uint16_t{0}) - 1U;
    const auto start_ns = static_cast<std::int64_t>(scope_generation_);
    const std::int64_t duration_ns = std::max<std::int64_t>(0, platform::monotonic_ns() - start_ns);
    Error error = detail::unheld_failure.error();
    bool failed = std::exchange(detail::unheld_failure.failed, outer_has_failed_);
    core_->with_lane([&](Lane& lane) noexcept {
        if (discarded) return lane.discarded.raise();
        if (!failed && lane.exceptions.count() > exceptions_) {
            failed = true;
            error = {.type = "exception", .message = "an exception left the request"};
        }
        OpenEvent* const event = failed && !core_->closed() ? core_->take_reserved() : nullptr;
        if (event == nullptr) return core_->count_without_memory(lane, name, failed, duration_ns);
        ArenaHeader& arena = *event->arena_;
        arena.start_ns = start_ns;
        arena.start_us = platform::wall_us(start_ns);
        arena.span_id = lane.random.next_nonzero();
        begin_trace(arena, lane);
        event->put_record(Type::name, core_->names().name(name));
        event->fail(error);
        ++event->truncated_;  // all that was written before it failed
        event->state.store((event->state.load(std::memory_order_relaxed) + OpenEvent::kPin) | OpenEvent::kFinished,
                           std::memory_order_relaxed);
        event->fate().duration_ns = duration_ns;
        event->seal();
        core_->end(lane, *event);
    });
}

/// It may end on another thread now while it is still current on this one: from here on they are ready for each other.
void Request::take(Request& other) noexcept {
    core_ = other.core_;
    event_ = std::exchange(other.event_, nullptr);
    name_ = std::exchange(other.name_, std::uint16_t{0});
    if (name_ != 0) {
        scope_generation_ = other.scope_generation_;
        outer_has_failed_ = other.outer_has_failed_;
    }
    fragment_ = std::exchange(other.fragment_, nullptr);
    exceptions_ = std::uncaught_exceptions();
    if (event_ == nullptr || event_->shared.load(std::memory_order_relaxed)) return;
    const Lane* const bound_to = event_->current_on.load(std::memory_order_acquire);
    if (bound_to != nullptr && bound_to == core_->lane()) detail::share_own(*event_);
}

/// On the thread where this object made the event current, and if it still is.
void Request::leave_scope() noexcept {
    OpenEvent* const event = std::exchange(scope_, nullptr);
    if (event == nullptr) return;
    Lane* const lane = core_->lane();
    if (lane == nullptr || event->generation() != scope_generation_ ||
        event->current_on.load(std::memory_order_acquire) != lane)
        return;
    detail::next_stretch();
    detail::unbind(*event);
    core_->unpin(*event, lane);
    detail::drop_ended(lane);
}

/// Its own event where no other thread may be writing to it, else a fragment.
OpenEvent* Request::writer() noexcept {
    if (event_ == nullptr) return nullptr;
    const Lane* const bound_to = event_->current_on.load(std::memory_order_acquire);
    if (bound_to == nullptr) return event_;
    Lane* const lane = core_->lane();
    if (bound_to == lane) return event_;
    if (fragment_ == nullptr && lane != nullptr) {
        event_->share();
        fragment_ = core_->take_fragment(*event_, *lane);
    }
    return fragment_;
}

Event& Request::event() noexcept {
    OpenEvent* const mine = writer();
    return mine == nullptr ? static_cast<Event&>(detail::no_event) : *mine;
}

// Not of writer(): these read what stays as it is, and need no fragment.
std::string Request::traceparent() const { return event_ == nullptr ? std::string() : event_->traceparent(); }
std::string Request::tracestate() const { return event_ == nullptr ? std::string() : event_->tracestate(); }
std::string Request::trace_id() const { return event_ == nullptr ? std::string() : event_->trace_id(); }
std::string Request::span_id() const { return event_ == nullptr ? std::string() : event_->span_id(); }
std::string Request::event_id() const { return event_ == nullptr ? std::string() : event_->event_id(); }

Handle::Handle(RecorderCore* core, OpenEvent& event) noexcept
    : core_(core), event_(&event), generation_(event.generation()) {}

Handle Request::handle() noexcept {
    if (event_ == nullptr) return {};
    if (writer() == event_)
        detail::share_own(*event_);
    else
        event_->share();
    return {core_, *event_};
}

Handle handle() noexcept {
    OpenEvent* const head = detail::request_of(*detail::current);
    if (head == nullptr) return {};
    auto& mine = static_cast<OpenEvent&>(*detail::current);
    if (&mine == head) detail::share_own(*head);  // what is a fragment's is shared already
    return {mine.current_on.load(std::memory_order_relaxed)->core, *head};
}

void Request::finish() noexcept {
    if (event_ == nullptr) return end_without_memory(false);
    const Lane* const lane = core_->lane();
    const int exceptions = lane != nullptr ? lane->exceptions.count() : std::uncaught_exceptions();
    if (exceptions > exceptions_ && !event_->failed.load(std::memory_order_relaxed))
        event().fail({.type = "exception", .message = "an exception left the request"});
    end(false);
}

void Request::discard() noexcept {
    if (event_ == nullptr) return end_without_memory(true);
    end(true);
}

void Request::end(bool discarded) noexcept {
    const std::int64_t now = platform::monotonic_ns();
    core_->with_lane([&](Lane& lane) noexcept {
        OpenEvent& event = *event_;
        const Lane* const bound_to = event.current_on.load(std::memory_order_acquire);
        const bool here = bound_to == &lane;
        const auto leave = [&] {  // the recorder ended before it, and has it; or this is a forked child
            event_ = nullptr;
            fragment_ = nullptr;
            if (!here) return;
            detail::unbind(event);
            core_->unpin(event, &lane);
        };
        if (!event.begin_own_step()) [[unlikely]]
            return leave();
        event.fate().duration_ns = std::max<std::int64_t>(0, now - event.small_arena->start_ns);
        detail::next_stretch();
        if (!discarded && (core_->times_cpu() || core_->enriches())) [[unlikely]] {
            event.end_own_step();
            OpenEvent* const mine = writer();
            if (mine != nullptr && core_->times_cpu())
                mine->set("cpu.time_ms", std::chrono::nanoseconds(detail::cpu_time_of(event)));
            if (mine != nullptr && core_->enriches()) core_->enrich(lane, *mine);
            if (!event.begin_own_step()) return leave();
        }
        event_ = nullptr;
        fragment_ = nullptr;
        if (bound_to == nullptr && !event.shared.load(std::memory_order_relaxed)) {  // detached: the same as below
            event.state.fetch_or(OpenEvent::kFinished, std::memory_order_relaxed);
            event.seal();
        } else if (here && !event.shared.load(std::memory_order_relaxed)) {
            detail::unbind(event);  // nobody else knows the event: no atomic operation is needed
            const std::uint64_t state = event.state.load(std::memory_order_relaxed);
            event.state.store((state - OpenEvent::kPin) | OpenEvent::kFinished, std::memory_order_relaxed);
            event.seal();
        } else {
            event.share();
            event.state.fetch_or(OpenEvent::kFinished, std::memory_order_seq_cst);
            if (here) detail::unbind(event);
            if (here) core_->unpin(event, &lane);
            event.seal();
            for (OpenEvent* at = event.fragments.load(std::memory_order_seq_cst); at != nullptr; at = at->next)
                at->seal();
        }
        lane.typical_bytes = std::min(event.sealed, Lane::kMostFetched);
        event.end_own_step();
        if (here) detail::drop_ended(&lane);
        if (!core_->takes_end_of(event)) return;
        if (!discarded) return core_->end(lane, event);
        lane.discarded.raise();
        event.forget();
        core_->unpin(event, &lane);
    });
}

}  // namespace wideline

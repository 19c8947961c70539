#include <wideline/call.hpp>

#include <algorithm>
#include <cstring>

#include "encoding/json_hex.hpp"
#include "encoding/utf8.hpp"
#include "event/call_record.hpp"
#include "event/event_id.hpp"
#include "platform/clock.hpp"
#include "platform/entropy.hpp"
#include "request/recorder_core.hpp"
#include "request/trace_of_request.hpp"

namespace wideline {

using detail::CallRecord;
using detail::Lane;
using detail::OpenEvent;
using detail::RecorderCore;

namespace {

std::uint64_t id_from_system() noexcept {
    std::uint64_t id = 0;
    platform::fill_random(&id, sizeof id);
    return id != 0 ? id : 1;
}

/// This thread's, of the installed recorder; null if there is none.
Lane* installed_lane() noexcept {
    RecorderCore* const core = RecorderCore::installed();
    return core == nullptr ? nullptr : core->lane();
}

/// What this thread, whose lane it is, writes to the request as its own; null if it is another thread's, or in a flow
/// that no thread is in.
Event* own_event(OpenEvent& request, const Lane* lane) noexcept {
    if (detail::request_of(*detail::current) == &request) return detail::current;
    const Lane* const bound_to = request.current_on.load(std::memory_order_acquire);
    const bool own = bound_to != nullptr ? bound_to == lane : !request.shared.load(std::memory_order_acquire);
    return own ? &request : nullptr;
}

}  // namespace

Call::Call(Event& event, std::string_view name) noexcept : name_(name), start_ns_(platform::monotonic_ns()) {
    OpenEvent* const request = detail::request_of(event);
    RecorderCore* const core = request == nullptr ? nullptr : request->home->core;
    Lane* const lane = core != nullptr ? core->lane() : installed_lane();
    exceptions_ = lane != nullptr ? lane->exceptions.count() : std::uncaught_exceptions();
    const auto fresh_id = [lane] { return lane != nullptr ? lane->random.next_nonzero() : id_from_system(); };
    span_id_ = fresh_id();
    if (core == nullptr) {
        trace_id_high_ = fresh_id();
        trace_id_low_ = fresh_id();
        trace_flags_ = TraceContext::kSampled | TraceContext::kRandom;
        return;
    }
    request_ = Handle(core, *request);
    const detail::RequestIdentity& identity = *request->small_arena;
    trace_id_high_ = identity.trace_id_high;
    trace_id_low_ = identity.trace_id_low;
    trace_flags_ = identity.trace_flags;
    request_start_ns_ = identity.start_ns;
}

Call::Call(RuntimeKey name, Event& event) noexcept : Call(event, std::string_view()) {
    std::string_view text = json_text::cut(name.text, kMostNameBytes);
    if (text.empty()) text = "call";
    char valid[json_text::utf8_bound(kMostNameBytes + 3)];
    std::uint64_t replaced = 0;
    const auto size = static_cast<std::size_t>(json_text::write_utf8(valid, text, replaced) - valid);
    name_ = json_text::cut({valid, size}, kMostNameBytes);
    std::memcpy(own_name_, name_.data(), name_.size());
    name_ = {own_name_, name_.size()};
}

Call::Call(Call&& other) noexcept { take(other); }

Call& Call::operator=(Call&& other) noexcept {
    if (this == &other) return *this;
    finish();
    take(other);
    return *this;
}

/// It may end on another thread now: its request gets ready for that, if it is this thread's.
void Call::take(Call& other) noexcept {
    name_ = other.name_;
    if (name_.data() == other.own_name_) {
        std::memcpy(own_name_, other.own_name_, name_.size());
        name_ = {own_name_, name_.size()};
    }
    request_ = other.request_;
    trace_id_high_ = other.trace_id_high_;
    trace_id_low_ = other.trace_id_low_;
    span_id_ = other.span_id_;
    start_ns_ = other.start_ns_;
    request_start_ns_ = other.request_start_ns_;
    exceptions_ = std::uncaught_exceptions();
    trace_flags_ = other.trace_flags_;
    over_ = std::exchange(other.over_, true);
    failed_ = other.failed_;
    type_bytes_ = other.type_bytes_;
    std::memcpy(type_, other.type_, other.type_bytes_);
    if (over_ || !is_of_request()) return;
    const Lane* const bound_to = request_.event_->current_on.load(std::memory_order_acquire);
    if (!request_.event_->shared.load(std::memory_order_relaxed) && bound_to != nullptr &&
        bound_to == request_.core_->lane())
        detail::share_own(*request_.event_);
}

std::string Call::traceparent() const {
    char text[kTraceparentBytes];
    format_traceparent(text, {trace_id_high_, trace_id_low_, span_id_, trace_flags_});
    return {text, sizeof text};
}

std::string Call::tracestate() const {
    if (over_ || !is_of_request()) return {};
    OpenEvent& request = *request_.event_;
    if (request.finished() || request.generation() != request_.generation_) return {};
    if (own_event(request, request_.core_->lane()) != nullptr) return detail::tracestate_to_send(request);
    // The request may end meanwhile.
    if (!request.shared.load(std::memory_order_acquire) || !detail::pin(request, request_.generation_)) return {};
    char state[kMaxTracestateBytes];
    const std::string_view kept = detail::tracestate_of(request);
    const bool began_here = !request.small_arena->continues_trace;
    std::copy(kept.begin(), kept.end(), state);
    request_.core_->unpin(request, request_.core_->lane());
    return kept.empty() && began_here ? std::string(detail::kTracestateOfNew) : std::string(state, kept.size());
}

std::string Call::span_id() const {
    char text[16];
    json_text::write_hex(text, detail::big_endian(span_id_));
    return {text, sizeof text};
}

void Call::fail(Text type) noexcept {
    if (failed_) return;
    failed_ = true;
    const std::string_view kept = json_text::cut(type, kMostTypeBytes);
    type_bytes_ = static_cast<std::uint8_t>(kept.size());
    if (!kept.empty()) std::memcpy(type_, kept.data(), kept.size());
}

void Call::finish() noexcept {
    if (std::exchange(over_, true)) return;
    const std::int64_t duration_ns = std::max<std::int64_t>(0, platform::monotonic_ns() - start_ns_);
    if (!request_) {
        detail::orphan_writes.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    Lane* const lane = request_.core_->lane();
    if ((lane != nullptr ? lane->exceptions.count() : std::uncaught_exceptions()) > exceptions_) fail("exception");
    OpenEvent& request = *request_.event_;
    if (lane == nullptr || !is_of_request() || request.finished()) {
        detail::late_writes.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    if (Event* const own = own_event(request, lane)) return write_to(*own, duration_ns);
    if (!request.shared.load(std::memory_order_acquire)) {
        // Its thread writes to it without a thought for others.
        detail::late_writes.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    const Attach attach{request_};
    if (detail::request_of(*detail::current) == &request) return write_to(*detail::current, duration_ns);
    detail::late_writes.fetch_add(1, std::memory_order_relaxed);  // it has just ended, or there is no memory
}

bool Call::is_of_request() const noexcept {
    return request_ && !request_.core_->disowned() && request_.event_->generation() == request_.generation_;
}

void Call::write_to(Event& event, std::int64_t duration_ns) const noexcept {
    event.add_time(name_, duration_ns);
    const CallRecord call{span_id_, start_ns_ - request_start_ns_, duration_ns,
                          static_cast<std::uint32_t>(name_.size()), failed_};
    event.append_call(call, name_, {type_, type_bytes_});
}

}  // namespace wideline

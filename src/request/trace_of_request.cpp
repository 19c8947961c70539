#include "request/trace_of_request.hpp"

#include <wideline/event.hpp>

#include "encoding/json_hex.hpp"
#include "event/event_id.hpp"

namespace wideline {

using detail::ArenaHeader;
using detail::OpenEvent;
using detail::Record;

namespace detail {

std::string_view tracestate_of(const OpenEvent& request) noexcept {
    const ArenaHeader& arena = *request.small_arena;
    const Record* const after_name = arena.begin()->next();
    if (after_name == arena.at(arena.bytes()) || after_name->type() != Type::tracestate) return {};
    return after_name->text();
}

std::string tracestate_to_send(const OpenEvent& request) {
    const std::string_view of_caller = tracestate_of(request);
    if (of_caller.empty() && !request.small_arena->continues_trace) return std::string(kTracestateOfNew);
    return std::string(of_caller);
}

std::string traceparent_of(const RequestIdentity& request) {
    char text[kTraceparentBytes];
    format_traceparent(text, {request.trace_id_high, request.trace_id_low, request.span_id, request.trace_flags});
    return {text, sizeof text};
}

}  // namespace detail

namespace {

std::string hex(std::initializer_list<std::uint64_t> words) {
    char text[32];
    char* end = text;
    for (const std::uint64_t word : words) end = json_text::write_hex(end, detail::big_endian(word));
    return {text, end};
}

}  // namespace

std::string Event::trace_id() const {
    const OpenEvent* const request = detail::request_of(*this);
    if (request == nullptr) return {};
    return hex({request->small_arena->trace_id_high, request->small_arena->trace_id_low});
}

std::string Event::span_id() const {
    const OpenEvent* const request = detail::request_of(*this);
    return request == nullptr ? std::string() : hex({request->small_arena->span_id});
}

std::string Event::event_id() const {
    const OpenEvent* const request = detail::request_of(*this);
    if (request == nullptr) return {};
    char text[json_text::kUuidBound];
    json_text::write_uuid(text, detail::event_id(*request->small_arena));
    return {text, sizeof text};
}

std::string Event::traceparent() const {
    const OpenEvent* const request = detail::request_of(*this);
    return request == nullptr ? std::string() : detail::traceparent_of(*request->small_arena);
}

std::string Event::tracestate() const {
    const OpenEvent* const request = detail::request_of(*this);
    return request == nullptr ? std::string() : detail::tracestate_to_send(*request);
}

}  // namespace wideline

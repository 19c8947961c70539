// The trace of a request under way, as headers carry it.
#pragma once

#include <string>
#include <string_view>

#include "event/open_event.hpp"
#include "request/recorder_core.hpp"
#include "request/trace_context.hpp"

namespace wideline::detail {

/// The request that a thread's event belongs to; null if it has none, or that has ended, or is a forked child's
/// parent's.
[[nodiscard]] inline OpenEvent* request_of(const Event& event) noexcept {
    if (&event == &no_event) return nullptr;
    OpenEvent* const head = static_cast<const OpenEvent&>(event).head;
    if (head == nullptr || head == &ended_request || head->home->core->disowned()) return nullptr;
    return head;
}

/// The caller's, unchanged; empty if there was none, or it was malformed.
[[nodiscard]] std::string_view tracestate_of(const OpenEvent& request) noexcept;
/// What is recorded of the traces that begin here, as OpenTelemetry writes it: all.
inline constexpr std::string_view kTracestateOfNew = "ot=th:0";
/// The caller's; of a trace that began here, kTracestateOfNew: only with a threshold can the callee tell how many
/// traces one with the sampled flag stands for.
[[nodiscard]] std::string tracestate_to_send(const OpenEvent& request);

/// With the span of the request as the parent.
[[nodiscard]] std::string traceparent_of(const RequestIdentity& request);

}  // namespace wideline::detail

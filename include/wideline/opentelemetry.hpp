// Requests in the traces of opentelemetry-cpp: a service that has its tracer already gives its wide events the same
// ids. Needs the headers of its API alone. See docs/loggers-and-tracers.md.
//
//     const wl::otel::Span span = wl::otel::active();
//     wl::Request request{"checkout", span.as_parent()};      // a child of the active span
//     wl::Request request{"checkout", span.as_itself()};      // the active span's wide event: the same span id
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include <opentelemetry/context/runtime_context.h>
#include <opentelemetry/trace/context.h>
#include <wideline/wideline.hpp>

namespace wideline::otel {

/// A span's ids, flags and tracestate, copied.
class Span {
public:
    /// No span: a request that is opened with it begins a trace of its own.
    Span() noexcept = default;
    /// Some 30 ns; with a tracestate some 70 ns and allocations, as opentelemetry-cpp hands it out as a std::string.
    explicit Span(const opentelemetry::trace::SpanContext& context) {
        namespace nostd = opentelemetry::nostd;
        if (!context.IsValid()) return;
        char* const text = room_.data();
        size_ = room_.size();
        context.trace_id().ToLowerBase16(nostd::span<char, 32>(text + 3, 32));
        context.span_id().ToLowerBase16(nostd::span<char, 16>(text + kSpanId, 16));
        context.trace_flags().ToLowerBase16(nostd::span<char, 2>(text + 53, 2));
        tracestate_ = context.trace_state()->ToHeader();
    }

    /// The request is a child of the span. The view lives as long as this object.
    [[nodiscard]] Caller as_parent() const noexcept {
        return {.traceparent = traceparent(), .tracestate = tracestate_};
    }
    /// The request's event is the span's: both have the same trace id and span id, so that one finds the other. Of a
    /// span at most one. The view lives as long as this object.
    [[nodiscard]] Caller as_itself() const noexcept {
        const std::string_view whole = traceparent();
        return {.traceparent = whole,
                .tracestate = tracestate_,
                .span_id = whole.empty() ? whole : whole.substr(kSpanId, 16)};
    }

private:
    static constexpr std::size_t kSpanId = 36;  // its place in a traceparent

    [[nodiscard]] std::string_view traceparent() const noexcept { return {room_.data(), size_}; }

    static constexpr std::string_view kZeros = "00-00000000000000000000000000000000-0000000000000000-00";
    std::array<char, kZeros.size()> room_ = [] {
        std::array<char, kZeros.size()> room{};
        kZeros.copy(room.data(), room.size());
        return room;
    }();
    std::size_t size_ = 0;  // of the traceparent: nothing without a span
    std::string tracestate_;
};

/// The span that is active on this thread.
[[nodiscard]] inline Span active() {
    namespace api = opentelemetry;
    return Span{api::trace::GetSpan(api::context::RuntimeContext::GetCurrent())->GetContext()};
}

}  // namespace wideline::otel

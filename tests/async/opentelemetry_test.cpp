// Requests beside opentelemetry-cpp's spans: trace and event are found by each other.
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <opentelemetry/trace/default_span.h>
#include <opentelemetry/trace/scope.h>
#include <nlohmann/json.hpp>
#include <wideline/opentelemetry.hpp>
#include <wideline/testing.hpp>
#include <wideline/wideline.hpp>

#include "catch.hpp"

namespace trace = opentelemetry::trace;
namespace wl = wideline;

namespace {

opentelemetry::nostd::shared_ptr<trace::Span> span(std::uint8_t flags, const char* tracestate) {
    const std::array<std::uint8_t, 16> trace_id{0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6,
                                                0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36};
    const std::array<std::uint8_t, 8> span_id{0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7};
    return opentelemetry::nostd::shared_ptr<trace::Span>(
        new trace::DefaultSpan({trace::TraceId(trace_id), trace::SpanId(span_id), trace::TraceFlags(flags), false,
                                trace::TraceState::FromHeader(tracestate)}));
}

}  // namespace

TEST_CASE("A request takes ids, flags and tracestate of the active span, as itself or as its parent") {
    wl::testing::Capture capture;
    {
        const trace::Scope scope(span(3, "ot=rv:ffffffffffffff,vendor=opaque"));
        const wl::otel::Span active = wl::otel::active();
        {
            wl::Request request{"itself", active.as_itself()};
            CHECK(request.traceparent() == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03");
            CHECK(request.tracestate() == "ot=rv:ffffffffffffff,vendor=opaque");
        }
        wl::Request request{"child", active.as_parent()};
    }
    const auto events = capture.events();
    REQUIRE(events.size() == 2);
    CHECK(events[0].at("span_id") == "00f067aa0ba902b7");
    CHECK_FALSE(events[0].contains("parent_span_id"));
    CHECK(events[1].at("parent_span_id") == "00f067aa0ba902b7");
    CHECK(events[1].at("span_id") != "00f067aa0ba902b7");
    for (const auto& event : events) CHECK(event.at("trace_id") == "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST_CASE("Without an active span a request begins a trace of its own") {
    wl::testing::Capture capture;
    {
        const wl::otel::Span none = wl::otel::active();
        wl::Request request{"itself", none.as_itself()};
        wl::Request child{"parent", none.as_parent()};
    }
    const auto events = capture.events();
    REQUIRE(events.size() == 2);
    CHECK(events[0].at("trace_id") != events[1].at("trace_id"));
    for (const auto& event : events) CHECK_FALSE(event.contains("parent_span_id"));
}

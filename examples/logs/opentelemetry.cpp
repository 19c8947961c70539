// A service that opentelemetry-cpp traces already: the request's event has the ids of its span.
#include <array>
#include <cstdint>
#include <iostream>
#include <vector>

#include <opentelemetry/trace/default_span.h>
#include <opentelemetry/trace/scope.h>
#include <nlohmann/json.hpp>
#include <wideline/opentelemetry.hpp>
#include <wideline/wideline.hpp>

namespace trace = opentelemetry::trace;
namespace wl = wideline;

namespace {

void order() {  // called within a span that the service's tracer has begun
    const wl::otel::Span span = wl::otel::active();
    wl::Request request{"order", span.as_itself()};  // span.as_parent(): a span of its own below it
    wl::set("item", 7);
}

/// What a tracer would do.
template <class Work>
void in_span(Work work) {
    const std::array<std::uint8_t, 16> trace_id{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    const std::array<std::uint8_t, 8> span_id{1, 2, 3, 4, 5, 6, 7, 8};
    const trace::SpanContext context(trace::TraceId(trace_id), trace::SpanId(span_id), trace::TraceFlags(1), false,
                                     trace::TraceState::FromHeader("vendor=opaque"));
    opentelemetry::nostd::shared_ptr<trace::Span> span(new trace::DefaultSpan(context));
    const trace::Scope scope(span);
    work();
}

}  // namespace

int main() {
    std::vector<nlohmann::json> events;
    {
        wl::Recorder recorder = wl::install({.service = {.name = "shop"}, .sinks = {wl::memory_sink(&events)}});
        in_span(order);
    }
    std::cout << events.at(0) << '\n';
    const nlohmann::json& event = events.at(0);
    const bool right = event.at("trace_id") == "0102030405060708090a0b0c0d0e0f10" &&
                       event.at("span_id") == "0102030405060708" && !event.contains("parent_span_id");
    return right ? 0 : 1;
}

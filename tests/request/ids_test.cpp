#include "request/recorded_events.hpp"

#include <string>
#include <thread>

#include "catch.hpp"

using request_test::Json;
using request_test::RecordedEvents;
namespace wl = wideline;

TEST_CASE("The ids that a request tells are those of its event, on each of its threads") {
    RecordedEvents log = RecordedEvents::installed();
    std::string ids;
    std::string event_id;
    {
        wl::Request request{
            "checkout",
            {.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03", .tracestate = "vendor=opaque"}};
        ids = request.trace_id() + " " + request.span_id();
        event_id = request.event_id();
        CHECK(wl::trace_id() + " " + wl::span_id() == ids);
        CHECK(wl::event_id() == event_id);
        CHECK(wl::traceparent() == request.traceparent());
        CHECK(wl::tracestate() == "vendor=opaque");
        std::thread([handle = request.handle(), &ids, &event_id] {
            const wl::Attach attach{handle};
            CHECK(wl::trace_id() + " " + wl::span_id() == ids);
            CHECK(wl::event_id() == event_id);
        }).join();
        CHECK(request.traceparent() == "00-" + ids.replace(32, 1, "-") + "-03");
        ids.replace(32, 1, " ");
    }
    const Json event = log.event();
    CHECK(event.at("trace_id").get<std::string>() + " " + event.at("span_id").get<std::string>() == ids);
    CHECK(event.at("event_id") == event_id);
}

TEST_CASE("Without a request there are no ids, and asking for them counts nothing") {
    RecordedEvents log;
    const auto orphans = log.stats().orphan_writes;
    CHECK((wl::trace_id() + wl::span_id() + wl::event_id() + wl::traceparent() + wl::tracestate()).empty());
    wl::Request none;
    CHECK((none.trace_id() + none.span_id() + none.event_id() + none.traceparent()).empty());
    wl::Request ended{"r", log.recorder()};
    ended.finish();
    CHECK(ended.trace_id().empty());
    CHECK(log.stats().orphan_writes == orphans);
}

TEST_CASE("A callable that runs as a request continues its caller's trace") {
    RecordedEvents log = RecordedEvents::installed();
    const int result = wl::run("job", {.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}, [] {
        wl::run("step", [] { wl::set("in", "step"); });
        return 7;
    });
    CHECK(result == 7);
    CHECK(log.event("job").at("trace_id") == "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK(log.event("job").at("parent_span_id") == "00f067aa0ba902b7");
    CHECK(log.event("step").at("parent_span_id") == log.event("job").at("span_id"));
}

TEST_CASE("The metrics of the installed recorder are to be had without it, and are empty without one") {
    CHECK(wl::metrics().empty());
    RecordedEvents log = RecordedEvents::installed();
    wl::run("job", [] {});
    CHECK(wl::metrics() == log.recorder().metrics());
    CHECK(wl::metrics().find("wideline_requests_total{name=\"job\"} 1\n") != std::string::npos);
    static_cast<void>(log.end());
    CHECK(wl::metrics().empty());
}

TEST_CASE("A request that is a tracer's span has the span's id, and is not its own parent") {
    RecordedEvents log = RecordedEvents::installed();
    const std::string traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    {
        wl::Request request{"span", {.traceparent = traceparent, .span_id = "00f067aa0ba902b7"}};
        CHECK(request.traceparent() == traceparent);
        wl::Request inside{"inside"};
    }
    { wl::Request request{"child", {.traceparent = traceparent, .span_id = "1234567890abcdef"}}; }
    { wl::Request request{"alone", {.span_id = "fedcba0987654321"}}; }
    CHECK(log.event("span").at("trace_id") == "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK(log.event("span").at("span_id") == "00f067aa0ba902b7");
    CHECK_FALSE(log.event("span").contains("parent_span_id"));
    CHECK(log.event("inside").at("parent_span_id") == "00f067aa0ba902b7");
    CHECK(log.event("child").at("span_id") == "1234567890abcdef");
    CHECK(log.event("child").at("parent_span_id") == "00f067aa0ba902b7");
    CHECK(log.event("alone").at("span_id") == "fedcba0987654321");
    CHECK_FALSE(log.event("alone").contains("parent_span_id"));
    CHECK(log.stats().malformed_traceparents == 0);
}

TEST_CASE("A span id that is none is counted, and the request has one of its own") {
    RecordedEvents log = RecordedEvents::installed();
    for (const char* id : {"0000000000000000", "00f067aa0ba902b", "00f067aa0ba902b70", "00F067AA0BA902B7", "x"}) {
        wl::Request request{"r", {.span_id = id}};
        CHECK(request.span_id().size() == 16);
        CHECK(request.span_id() != id);
    }
    CHECK(log.stats().malformed_traceparents == 5);
}

TEST_CASE("A request says what it is to its trace, and the last word counts") {
    RecordedEvents log = RecordedEvents::installed();
    {
        wl::Request request{"message"};
        request.kind(wl::Kind::server);
        wl::event().kind(wl::Kind::consumer);
    }
    CHECK(log.event("message").at("span.kind") == "consumer");
}

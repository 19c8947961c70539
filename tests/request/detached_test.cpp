#include <memory>
#include <thread>
#include <utility>

#include "catch.hpp"
#include "request/recorded_events.hpp"

using request_test::Json;
using request_test::RecordedEvents;
namespace wl = wideline;

TEST_CASE("A detached request is current nowhere, and has what was written by its event") {
    RecordedEvents log;
    const std::uint64_t orphans = log.stats().orphan_writes;
    wl::Request request{"session", log.recorder(), wl::detached};
    CHECK_FALSE(wl::handle());
    wl::set("to", "nobody");
    request.event().set("to", "session");
    request.event().add("n", 1);
    wl::Request moved{std::move(request)};
    moved.event().add("n", 1);
    std::thread([&, taken = std::move(moved)]() mutable {
        taken.event().add("n", 1);
        wl::Request last;
        last = std::move(taken);
        last.event().add("n", 1);
    }).join();
    moved.event().set("to", "nothing");
    CHECK(log.event().at("to") == "session");
    CHECK(log.event().at("n") == 4);
    CHECK(log.event().at("outcome") == "success");
    CHECK(log.stats().orphan_writes == orphans + 2);
    CHECK(log.stats().in_flight == 0);
}

TEST_CASE("Detached requests that overlap on one thread have traces of their own") {
    RecordedEvents log;
    std::vector<wl::Request> sessions;
    for (int i = 0; i < 100; ++i) sessions.emplace_back("session", log.recorder(), wl::detached);
    const std::uint64_t interleaved = log.stats().interleaved;
    for (int i = 0; i < 100; ++i) sessions[static_cast<std::size_t>(i)].event().set("i", i);
    for (auto& session : sessions) session.finish();
    std::vector<bool> seen(100);
    for (const Json& event : log.events()) {
        CHECK_FALSE(event.contains("parent_span_id"));
        seen[event.at("i").get<std::size_t>()] = true;
    }
    CHECK(std::find(seen.begin(), seen.end(), false) == seen.end());
    CHECK(log.stats().interleaved == interleaved);
}

TEST_CASE("A detached request is shared by its handle like any other, and fails by it") {
    RecordedEvents log;
    wl::Request request{"session", log.recorder(), wl::detached, {.traceparent = {}}};
    request.event().set("own", 1);
    std::thread([handle = request.handle()] {
        const wl::Attach attach{handle};
        wl::set("other", 2);
        wl::fail({.type = "broken"});
    }).join();
    request.event().set("own", 3);
    request.finish();
    const Json event = log.event();
    CHECK(event.at("own") == 3);
    CHECK(event.at("other") == 2);
    CHECK(event.at("error.type") == "broken");
}

TEST_CASE("A detached request is the child of the request in which it was opened") {
    RecordedEvents log;
    wl::Request outer{"outer", log.recorder()};
    wl::Request inner{"inner", log.recorder(), wl::detached};
    wl::set("on", "outer");
    inner.finish();
    outer.finish();
    CHECK(log.event("inner").at("parent_span_id") == log.event("outer").at("span_id"));
    CHECK(log.event("outer").at("on") == "outer");
    CHECK_FALSE(log.event("inner").contains("on"));
}

TEST_CASE("A default-constructed request is none: it takes writes, a move, and its end") {
    RecordedEvents log;
    wl::Request none;
    none.event().set("to", "nothing");
    none.finish();
    none.discard();
    CHECK(none.traceparent().empty());
    CHECK_FALSE(none.handle());
    none = wl::Request{"some", log.recorder()};
    none.event().set("to", "some");
    none = {};
    CHECK(log.event().at("to") == "some");
}

#include "request/recorded_events.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace std::chrono_literals;
using request_test::Json;
using request_test::RecordedEvents;
namespace wl = wideline;

namespace {

constexpr const char* kTraceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

}  // namespace

TEST_CASE("A request inside a request is its child, with an event of its own") {
    auto log = RecordedEvents::installed();
    {
        WIDELINE_REQUEST("outer");
        wl::set("where", "outer, before");
        {
            WIDELINE_REQUEST("inner");
            wl::set("where", "inner");
            { WIDELINE_REQUEST("innermost"); }
        }
        wl::set("after", true);
    }
    const Json outer = log.event("outer");
    const Json inner = log.event("inner");
    const Json innermost = log.event("innermost");
    CHECK(inner.at("trace_id") == outer.at("trace_id"));
    CHECK(innermost.at("trace_id") == outer.at("trace_id"));
    CHECK(inner.at("parent_span_id") == outer.at("span_id"));
    CHECK(innermost.at("parent_span_id") == inner.at("span_id"));
    CHECK_FALSE(outer.contains("parent_span_id"));
    CHECK(outer.at("where") == "outer, before");
    CHECK(outer.at("after") == true);
    CHECK(inner.at("where") == "inner");
    CHECK_FALSE(inner.contains("after"));
    CHECK(outer.at("event_id") != inner.at("event_id"));
}

TEST_CASE("Requests one after another are strangers: a trace each") {
    RecordedEvents log;
    { wl::Request request{"a", log.recorder()}; }
    { wl::Request request{"b", log.recorder()}; }
    const Json a = log.event("a");
    const Json b = log.event("b");
    CHECK(a.at("trace_id") != b.at("trace_id"));
    CHECK(a.at("span_id") != b.at("span_id"));
    CHECK_FALSE(b.contains("parent_span_id"));
}

TEST_CASE("Requests that do not end in reverse order leave the right one current") {
    RecordedEvents log;
    std::optional<wl::Request> first;
    std::optional<wl::Request> second;
    std::optional<wl::Request> third;
    first.emplace("first", log.recorder());
    second.emplace("second", log.recorder());
    third.emplace("third", log.recorder());
    second.reset();
    wl::set("written_to", "third");
    third.reset();
    wl::set("written_to", "first");
    first.reset();
    CHECK(log.event("first").at("written_to") == "first");
    CHECK(log.event("third").at("written_to") == "third");
    CHECK_FALSE(log.event("second").contains("written_to"));
}

TEST_CASE("A request that ends before the one opened inside it leaves that one current") {
    RecordedEvents log;
    std::optional<wl::Request> outer;
    outer.emplace("outer", log.recorder());
    wl::Request inner{"inner", log.recorder()};
    outer.reset();
    wl::set("still", true);
    inner.finish();
    CHECK(log.event("inner").at("still") == true);
    CHECK_FALSE(log.event("outer").contains("still"));
}

TEST_CASE("After the last request a write goes nowhere and is counted as an orphan") {
    RecordedEvents log;
    { wl::Request request{"only", log.recorder()}; }
    const std::uint64_t before = log.stats().orphan_writes;
    wl::set("nowhere", 1);
    wl::add("nowhere", 1);
    wl::maximum("nowhere", 1);
    wl::append("nowhere", 1);
    wl::note("nowhere");
    wl::fail({.type = "nowhere"});
    wl::set(wl::runtime("nowhere"), 1);
    CHECK(log.stats().orphan_writes == before + 7);
    CHECK_FALSE(log.event().contains("nowhere"));
}

TEST_CASE("A moved request is the same request: one event, current until the scope that opened it ends") {
    RecordedEvents log;
    std::optional<wl::Request> later;
    std::string traceparent;
    {
        wl::Request request{"moved", log.recorder()};
        traceparent = request.traceparent();
        wl::set("in_scope", "before the move");
        later.emplace(std::move(request));
        wl::set("in_scope", "after the move");
        later->event().set("by_the_object", 1);
        CHECK(log.stats().in_flight == 1);
    }
    const std::uint64_t orphans = log.stats().orphan_writes;
    wl::set("out_of_scope", 1);
    CHECK(log.stats().orphan_writes == orphans + 1);
    CHECK(log.stats().in_flight == 1);
    CHECK(later->traceparent() == traceparent);
    later->event().set("by_the_object_alone", 2);
    later.reset();
    const Json event = log.event();
    CHECK(event.at("in_scope") == "after the move");
    CHECK(event.at("by_the_object") == 1);
    CHECK(event.at("by_the_object_alone") == 2);
    CHECK_FALSE(event.contains("out_of_scope"));
    CHECK(log.stats().started == 1);
}

TEST_CASE("A moved-from request does nothing more") {
    RecordedEvents log;
    wl::Request request{"once", log.recorder()};
    wl::Request owner{std::move(request)};
    request.finish();  // NOLINT: what is left of it is the point
    request.discard();
    CHECK(request.traceparent().empty());
    CHECK(request.tracestate().empty());
    const std::uint64_t orphans = log.stats().orphan_writes;
    request.event().set("lost", 1);
    CHECK(log.stats().orphan_writes == orphans + 1);
    CHECK(log.stats().in_flight == 1);
    owner.finish();
    CHECK_FALSE(log.event().contains("lost"));
}

TEST_CASE("Assigning to a request ends the one that was there and takes the other") {
    RecordedEvents log;
    wl::Request request{"first", log.recorder()};
    wl::set("whose", "first");
    {
        wl::Request other{"second", log.recorder()};
        wl::set("whose", "second");
        request = std::move(other);
    }
    CHECK(log.event().at("whose") == "first");
    request.event().set("later", true);
    request.finish();
    CHECK(log.event("second").at("whose") == "second");
    CHECK(log.event("second").at("later") == true);
    CHECK(log.event("second").at("trace_id") == log.event("first").at("trace_id"));
}

TEST_CASE("A request assigned to itself goes on") {
    RecordedEvents log;
    wl::Request request{"same", log.recorder()};
    wl::Request& again = request;
    request = std::move(again);
    wl::set("alive", true);
    request.finish();
    CHECK(log.event().at("alive") == true);
}

TEST_CASE("A vector of requests that grows, shrinks and is shuffled ends each exactly once") {
    RecordedEvents log;
    std::vector<wl::Request> requests;
    for (int i = 0; i < 100; ++i) {
        requests.emplace_back("n" + std::to_string(i), log.recorder());
        requests.back().event().set("i", i);
    }
    for (std::size_t i = 0; i < requests.size(); ++i) std::swap(requests[i], requests[(i * 37 + 11) % requests.size()]);
    while (requests.size() > 1) requests.erase(requests.begin() + static_cast<std::ptrdiff_t>(requests.size() / 2));
    requests.clear();
    std::vector<int> seen(100);
    for (const Json& event : log.events()) {
        CHECK(event.at("name") == "n" + event.at("i").dump());
        ++seen[event.at("i").get<std::size_t>()];
    }
    CHECK(seen == std::vector<int>(100, 1));
    const wl::Stats stats = log.stats();
    CHECK(stats.started == 100);
    CHECK(stats.in_flight == 0);
}

TEST_CASE("A request that finishes early takes nothing more and is counted once") {
    RecordedEvents log;
    {
        wl::Request request{"early", log.recorder()};
        wl::set("in_time", true);
        request.finish();
        request.event().set("too_late", true);
        wl::set("too_late", true);
        request.finish();
        request.discard();
        CHECK(request.traceparent().empty());
    }
    CHECK(log.event().at("in_time") == true);
    CHECK_FALSE(log.event().contains("too_late"));
    CHECK(log.stats().kept == 1);
    CHECK(log.stats().discarded == 0);
}

TEST_CASE("What follows an early finish goes to the request around it") {
    RecordedEvents log;
    wl::Request outer{"outer", log.recorder()};
    {
        wl::Request inner{"inner", log.recorder()};
        inner.finish();
        wl::set("whose", "outer");
    }
    outer.finish();
    CHECK(log.event("outer").at("whose") == "outer");
}

TEST_CASE("A discarded request leaves no event, even one that failed, and is counted") {
    RecordedEvents log;
    {
        wl::Request request{"discarded", log.recorder()};
        wl::fail({.type = "bad"});
        request.discard();
    }
    CHECK(log.events().empty());
    const wl::Stats stats = log.stats();
    CHECK(stats.started == 1);
    CHECK(stats.discarded == 1);
    CHECK(stats.kept == 0);
    CHECK(stats.in_flight == 0);
}

TEST_CASE("An exception that unwinds a request marks it failed") {
    RecordedEvents log;
    try {
        wl::Request request{"thrown", log.recorder()};
        wl::set("reached", true);
        throw std::runtime_error("away");
    } catch (const std::runtime_error&) {
    }
    const Json event = log.event();
    CHECK(event.at("outcome") == "error");
    CHECK(event.at("error.type") == "exception");
    CHECK(event.at("reached") == true);
    CHECK(event.at("sample_rule") == "error");
}

TEST_CASE("An exception keeps the error that fail had named before") {
    RecordedEvents log;
    try {
        wl::Request request{"thrown", log.recorder()};
        wl::fail({.type = "card_declined"});
        throw 1;
    } catch (int) {
    }
    CHECK(log.event().at("error.type") == "card_declined");
    CHECK_FALSE(log.event().contains("notes"));
}

TEST_CASE("A request opened and ended while an exception unwinds is not failed by it") {
    RecordedEvents log;
    struct Cleanup {
        wl::Recorder& recorder;
        ~Cleanup() {
            wl::Request request{"cleanup", recorder};
            wl::Request moved{std::move(request)};
        }
    };
    try {
        const Cleanup cleanup{log.recorder()};
        throw 1;
    } catch (int) {
    }
    CHECK(log.event().at("outcome") == "success");
}

TEST_CASE("An exception thrown and caught inside a request does not fail it") {
    RecordedEvents log;
    {
        wl::Request request{"caught", log.recorder()};
        try {
            throw 1;
        } catch (int) {
            wl::set("caught", true);
        }
    }
    CHECK(log.event().at("outcome") == "success");
}

TEST_CASE("run records the type and the message of what leaves it, and lets it go on") {
    struct Odd : std::logic_error {
        Odd() : std::logic_error("odd one") {}
    };
    auto log = RecordedEvents::installed();
    CHECK_THROWS_AS(wl::run("std", [] { throw std::out_of_range("too far"); }), std::out_of_range);
    CHECK_THROWS_AS(wl::run("derived", [] { throw Odd(); }), Odd);
    CHECK_THROWS_AS(wl::run("text", [] { throw "text"; }), const char*);
    CHECK_THROWS_AS(wl::run("number", [] { throw 7; }), int);
    CHECK(log.event("std").at("error.type") == "std::out_of_range");
    CHECK(log.event("std").at("error.message") == "too far");
    CHECK(log.event("derived").at("error.type").get<std::string>().find("Odd") != std::string::npos);
    CHECK(log.event("derived").at("error.message") == "odd one");
    CHECK(log.event("text").at("error.type") == "char const*");
    CHECK(log.event("number").at("error.type") == "int");
    for (const Json& event : log.events()) {
        CHECK(event.at("outcome") == "error");
        CHECK_FALSE(event.contains("notes"));
    }
}

TEST_CASE("run returns what the work returns: values, references, things that only move, nothing") {
    auto log = RecordedEvents::installed();
    int value = 1;
    CHECK(wl::run("value", [] { return std::string("text"); }) == "text");
    int& same = wl::run("reference", [&]() -> int& { return value; });
    CHECK(&same == &value);
    CHECK(*wl::run("move_only", [] { return std::make_unique<int>(5); }) == 5);
    wl::run("nothing", [&] { wl::set("ran", ++value); });
    CHECK(wl::run("mutable", [n = 1]() mutable { return ++n; }) == 2);
    CHECK(log.event("nothing").at("ran") == 2);
    CHECK(log.events().size() == 5);
}

TEST_CASE("A caller's trace is continued: its ids, its flags, its tracestate, and its span as the parent") {
    RecordedEvents log;
    {
        wl::Request request{"called",
                            log.recorder(),
                            {.traceparent = kTraceparent, .tracestate = "vendor=opaque,ot=rv:00000000000001"}};
        CHECK(request.tracestate() == "vendor=opaque,ot=rv:00000000000001");
        const std::string onward = request.traceparent();
        CHECK(onward.substr(0, 36) == std::string(kTraceparent).substr(0, 36));
        CHECK(onward.substr(36, 16) != std::string(kTraceparent).substr(36, 16));
        CHECK(onward.substr(52) == "-01");

        wl::Request child{"child", log.recorder()};
        CHECK(child.tracestate() == request.tracestate());
        CHECK(child.traceparent().substr(0, 36) == onward.substr(0, 36));
    }
    const Json called = log.event("called");
    const Json child = log.event("child");
    CHECK(called.at("trace_id") == "0af7651916cd43dd8448eb211c80319c");
    CHECK(called.at("parent_span_id") == "b7ad6b7169203331");
    CHECK(child.at("trace_id") == called.at("trace_id"));
    CHECK(child.at("parent_span_id") == called.at("span_id"));
    CHECK(log.stats().malformed_traceparents == 0);
}

TEST_CASE("A caller's trace goes before the request around it") {
    RecordedEvents log;
    wl::Request outer{"outer", log.recorder()};
    { wl::Request inner{"inner", log.recorder(), {.traceparent = kTraceparent}}; }
    outer.finish();
    CHECK(log.event("inner").at("parent_span_id") == "b7ad6b7169203331");
    CHECK(log.event("outer").at("trace_id") != log.event("inner").at("trace_id"));
}

TEST_CASE("A malformed traceparent is counted, and the request begins as if there were none") {
    RecordedEvents log;
    const std::string zeros = "00-00000000000000000000000000000000-b7ad6b7169203331-01";
    for (const std::string& text :
         {std::string("nonsense"), zeros, std::string(kTraceparent).substr(1), std::string(100'000, 'a')}) {
        wl::Request request{"fresh", log.recorder(), {.traceparent = text, .tracestate = "a=b"}};
        CHECK(request.tracestate() == "ot=th:0");
        CHECK(request.traceparent().size() == 55);
    }
    for (const Json& event : log.events()) CHECK_FALSE(event.contains("parent_span_id"));
    CHECK(log.stats().malformed_traceparents == 4);
}

TEST_CASE(
    "A request that is given a caller, be it an empty or a malformed one, is the child of nothing that is current") {
    RecordedEvents log;
    wl::Request outer{"outer", log.recorder()};
    { wl::Request inner{"malformed", log.recorder(), {.traceparent = "zz"}}; }
    { wl::Request inner{"empty", log.recorder(), wl::Caller{}}; }
    { wl::Request inner{"child", log.recorder()}; }
    outer.finish();
    for (const char* const name : {"malformed", "empty"}) {
        CHECK_FALSE(log.event(name).contains("parent_span_id"));
        CHECK(log.event(name).at("trace_id") != log.event("outer").at("trace_id"));
    }
    CHECK(log.event("child").at("parent_span_id") == log.event("outer").at("span_id"));
    CHECK(log.stats().malformed_traceparents == 1);
}

TEST_CASE("Two recorders each get their own requests, one inside the other") {
    auto installed = RecordedEvents::installed();
    RecordedEvents other;
    {
        WIDELINE_REQUEST("service");
        wl::set("whose", "installed");
        {
            wl::Request request{"audit", other.recorder()};
            wl::set("whose", "other");
            { WIDELINE_REQUEST("service.inner"); }
        }
        wl::set("back", true);
    }
    const Json audit = other.event();
    const Json service = installed.event("service");
    CHECK(audit.at("whose") == "other");
    CHECK(service.at("whose") == "installed");
    CHECK(service.at("back") == true);
    CHECK(audit.at("trace_id") == service.at("trace_id"));
    CHECK(audit.at("parent_span_id") == service.at("span_id"));
    CHECK(installed.event("service.inner").at("parent_span_id") == audit.at("span_id"));
    CHECK(installed.events().size() == 2);
}

TEST_CASE("Without a recorder a request does nothing and its writes are orphans") {
    const std::uint64_t before = RecordedEvents().stats().orphan_writes;
    {
        WIDELINE_REQUEST("nobody");
        wl::set("a", 1);
        wl::Request request{"nobody"};
        request.event().set("b", 1);
        CHECK(request.traceparent().empty());
        wl::Attach attach{request.handle()};
        wl::set("c", 1);
        request.finish();
        request.discard();
        wl::Request moved{std::move(request)};
    }
    CHECK(wl::run("nobody", [] { return 3; }) == 3);
    CHECK_THROWS_AS(wl::run("nobody", [] { throw 1; }), int);
    const RecordedEvents log;
    CHECK(log.stats().orphan_writes == before + 4);
    CHECK(log.stats().started == 0);
}

TEST_CASE("A request inside a request without a recorder is a root") {
    RecordedEvents log;
    {
        WIDELINE_REQUEST("nobody");
        wl::Request request{"real", log.recorder()};
        wl::set("written", true);
    }
    CHECK(log.event().at("written") == true);
    CHECK_FALSE(log.event().contains("parent_span_id"));
}

TEST_CASE("Requests that are open when their recorder ends do no harm, and neither do their writes") {
    std::optional<RecordedEvents> log{std::in_place};
    wl::Request ended{"ended", log->recorder()};
    ended.finish();
    wl::Request open{"open", log->recorder()};
    wl::Handle handle = open.handle();
    const std::vector<Json> events = log->end();
    REQUIRE(events.size() == 2);
    CHECK(events[0].at("outcome") == "success");
    CHECK(events[1].at("outcome") == "unfinished");
    wl::set("written", true);
    open.event().set("written", 2);
    for (int i = 0; i < 2000; ++i) open.event().append("grows", std::string(100, 'x'));
    {
        wl::Attach attach{handle};
        wl::set("attached", true);
    }
    CHECK_FALSE(open.traceparent().empty());
    wl::Request moved{std::move(open)};
    moved.finish();
}

TEST_CASE("A recorder begins and ends while requests of another are open") {
    RecordedEvents log;
    wl::Request request{"spans it", log.recorder()};
    for (int i = 0; i < 3; ++i) {
        RecordedEvents passing;
        wl::Request inner{"inner", passing.recorder()};
        wl::set("inner", i);
        inner.finish();
        CHECK(passing.event().at("inner") == i);
    }
    wl::set("survived", true);
    request.finish();
    CHECK(log.event().at("survived") == true);
}

TEST_CASE("A timer that outlives its request and its recorder does no harm") {
    std::optional<RecordedEvents> log{std::in_place};
    std::optional<wl::Timer> timer;
    {
        wl::Request request{"timed", log->recorder()};
        timer.emplace(wl::TimerKey{"work"}, wl::event());
    }
    CHECK(log->event().at("name") == "timed");
    log.reset();
    timer.reset();
}

TEST_CASE("A timer that outlives its request is late") {
    RecordedEvents log;
    const std::uint64_t late = log.stats().late_writes;
    wl::Request request{"timed", log.recorder()};
    {
        const auto timer = wl::time("work");
        request.finish();
    }
    CHECK(log.stats().late_writes == late + 1);
    CHECK_FALSE(log.event().contains("work.count"));
}

TEST_CASE("A name that is too long is cut, and one that is empty stays") {
    RecordedEvents log;
    { wl::Request request{std::string(1000, 'n'), log.recorder()}; }
    { wl::Request request{"", log.recorder()}; }
    CHECK(log.events().at(0).at("name") == std::string(128, 'n'));
    CHECK(log.events().at(1).at("name") == "");
}

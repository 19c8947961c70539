#include "request/recorded_events.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "catch.hpp"

using namespace std::chrono_literals;
using request_test::Json;
using request_test::RecordedEvents;
namespace wl = wideline;

namespace {

/// Of a traceparent.
std::string trace_of(const std::string& header) { return header.substr(3, 32); }
std::string span_of(const std::string& header) { return header.substr(36, 16); }

wl::Call make_call() { return wl::Call{"made"}; }

}  // namespace

TEST_CASE("Each call of a request has a span of its own in the request's trace, and an item in its event") {
    RecordedEvents log;
    std::vector<std::string> headers;
    std::string own;
    {
        wl::Request request{
            "checkout",
            log.recorder(),
            {.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", .tracestate = "vendor=opaque"}};
        own = request.traceparent();
        std::this_thread::sleep_for(2ms);
        for (int i = 0; i < 3; ++i) {
            wl::Call call{"payments"};
            headers.push_back(call.traceparent());
            CHECK(call.tracestate() == "vendor=opaque");
            CHECK(call.span_id() == span_of(headers.back()));
            std::this_thread::sleep_for(1ms);
        }
        wl::Call stock{"stock"};
        stock.fail("timeout");
        stock.fail("and more");
        stock.finish();
        stock.finish();
    }
    const Json event = log.event();
    CHECK(event.at("outcome") == "success");
    CHECK(event.at("payments.count") == 3);
    CHECK(event.at("stock.count") == 1);
    const Json& calls = event.at("calls");
    REQUIRE(calls.size() == 4);
    std::set<std::string> spans{span_of(own)};
    double spent = 0;
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(trace_of(headers[i]) == event.at("trace_id"));
        CHECK(headers[i].substr(53) == "01");
        CHECK(spans.insert(span_of(headers[i])).second);
        CHECK(calls[i].size() == 5);
        CHECK(calls[i].at("name") == "payments");
        CHECK(calls[i].at("span_id") == span_of(headers[i]));
        CHECK(calls[i].at("outcome") == "success");
        CHECK(calls[i].at("start_ms") >= 2.0);
        CHECK(calls[i].at("duration_ms") >= 1.0);
        CHECK(calls[i].at("start_ms").get<double>() + calls[i].at("duration_ms").get<double>() <=
              event.at("duration_ms").get<double>());
        spent += calls[i].at("duration_ms").get<double>();
    }
    CHECK(std::abs(event.at("payments.duration_ms").get<double>() - spent) < 1e-6);
    CHECK(calls[3].at("outcome") == "error");
    CHECK(calls[3].at("error.type") == "timeout");
}

TEST_CASE("A call without a request has a trace of its own, a fresh one each, and is counted as an orphan") {
    const auto orphans = [](const RecordedEvents& log) { return log.stats().orphan_writes; };
    std::set<std::string> traces;
    for (int i = 0; i < 3; ++i) {
        wl::Call call{"payments"};  // without any recorder
        CHECK(traces.insert(trace_of(call.traceparent())).second);
        CHECK(call.traceparent().size() == 55);
        CHECK(call.tracestate().empty());
    }
    RecordedEvents log = RecordedEvents::installed();
    const auto before = orphans(log);
    for (int i = 0; i < 3; ++i) {
        wl::Call call{"payments"};
        CHECK(traces.insert(trace_of(call.traceparent())).second);
    }
    CHECK(orphans(log) == before + 3);
    CHECK(log.events().empty());
}

TEST_CASE(
    "A call's name that is known only at run time is kept, wherever the call is moved and whatever becomes of the "
    "text") {
    RecordedEvents log;
    const std::string most(112, 'x');
    {
        wl::Request request{"checkout", log.recorder()};
        std::string name = "shop.Checkout/Pay";
        wl::Call first{wl::runtime(name)};
        name.assign(name.size(), '?');
        wl::Call second{std::move(first)};
        first = wl::Call{"literal"};
        wl::Call third{wl::runtime("replaced")};
        third = std::move(second);
        wl::Call{wl::runtime(most + "y")}.finish();
        wl::Call{wl::runtime(most.substr(1) + "\u00e9")}.finish();  // cut before its last character
        wl::Call{wl::runtime("caf\xe9")}.finish();
        wl::Call{wl::runtime(nullptr)}.finish();
    }
    const Json event = log.event();
    std::vector<std::string> names;
    for (const Json& call : event.at("calls")) names.push_back(call.at("name"));
    CHECK(names == std::vector<std::string>{"replaced", most, most.substr(1), "caf\ufffd", "call", "shop.Checkout/Pay",
                                            "literal"});
    for (const std::string& name : names) CHECK(event.at(name + ".count") == 1);
    CHECK(event.at("shop.Checkout/Pay.duration_ms").is_number());
}

TEST_CASE("A call that an exception leaves has failed, and its request has not if the exception is caught") {
    RecordedEvents log;
    {
        wl::Request request{"checkout", log.recorder()};
        try {
            wl::Call call{"payments"};
            throw std::runtime_error("connection refused");
        } catch (const std::exception&) {
            wl::Call retry{"payments"};
        }
    }
    const Json event = log.event();
    CHECK(event.at("outcome") == "success");
    CHECK(event.at("calls")[0].at("outcome") == "error");
    CHECK(event.at("calls")[0].at("error.type") == "exception");
    CHECK(event.at("calls")[1].at("outcome") == "success");
}

TEST_CASE("A call is written to the request that it was made in, whatever is current when it ends") {
    RecordedEvents log;
    {
        wl::Request outer{"outer", log.recorder()};
        constexpr wl::TimerKey kPayments{
            "payments"};  // clang 14 crashes on a temporary one that a reference is bound to
        std::optional<wl::Call> call{std::in_place, kPayments};
        const wl::Request inner{"inner", log.recorder()};
        call.reset();
    }
    {
        wl::Request detached{"detached", log.recorder(), wl::detached};
        const wl::Call call{"payments", detached.event()};
    }
    CHECK(log.event("outer").at("calls").size() == 1);
    CHECK_FALSE(log.event("inner").contains("calls"));
    CHECK(log.event("detached").at("calls").size() == 1);
}

TEST_CASE("A call that was moved, or whose request has a handle, may end on another thread") {
    RecordedEvents log;
    {
        wl::Request request{"moved", log.recorder()};
        wl::Call call = make_call();
        wl::set("mine", 1);
        std::thread([moved = std::move(call)]() mutable { moved.finish(); }).join();
        wl::set("mine", 2);
    }
    {
        wl::Request request{"handle", log.recorder()};
        static_cast<void>(request.handle());
        auto call = std::make_shared<wl::Call>(wl::TimerKey{"made"});
        std::thread([call = std::move(call)]() mutable {
            CHECK(call->traceparent().size() == 55);
            call.reset();
        }).join();
    }
    {
        wl::Request request{"neither", log.recorder()};
        auto call = std::make_shared<wl::Call>(wl::TimerKey{"made"});
        std::thread([call = std::move(call)]() mutable { call.reset(); }).join();
    }
    for (const char* const name : {"moved", "handle"}) {
        INFO(name);
        const Json event = log.event(name);
        CHECK(event.at("calls").size() == 1);
        CHECK(event.at("made.count") == 1);
    }
    CHECK(log.event("moved").at("mine") == 2);
    CHECK_FALSE(log.event("neither").contains("calls"));
}

TEST_CASE("A call that ends after its request is late, and is in no other request's event") {
    RecordedEvents log;
    const auto late = log.stats().late_writes;
    {
        std::optional<wl::Request> request{std::in_place, "first", log.recorder()};
        wl::Call call{"payments"};
        const std::string header = call.traceparent();
        request.reset();
        const wl::Request second{"second", log.recorder()};
        CHECK(call.traceparent() == header);
        CHECK(call.tracestate().empty());  // not that of the second
    }
    CHECK(log.stats().late_writes == late + 1);
    for (const Json& event : log.events()) CHECK_FALSE(event.contains("calls"));
}

TEST_CASE("In a forked child the parent's request has no ids, and a call that it began ends without a trace of it") {
    RecordedEvents log = RecordedEvents::installed();
    {
        wl::Request request{"parent"};
        wl::Call call{"payments"};
        const pid_t child = ::fork();
        if (child == 0) {
            const bool none = request.trace_id().empty() && request.traceparent().empty() && wl::event_id().empty();
            const bool own = wl::Call{"own"}.traceparent().substr(3, 32) != call.traceparent().substr(3, 32);
            call.finish();
            ::_exit(none && own && call.tracestate().empty() ? 0 : 1);
        }
        int status = -1;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(status == 0);
    }
    CHECK(log.event().at("calls").size() == 1);
}

TEST_CASE("Of many calls the first 32 and the last 96 are kept, and the others are counted exactly") {
    for (const int calls : {128, 129, 1000, 20'000}) {
        INFO(calls);
        RecordedEvents log;
        std::vector<std::string> spans;
        {
            wl::Request request{"busy", log.recorder()};
            for (int i = 0; i < calls; ++i) spans.push_back(wl::Call{"db"}.span_id());
        }
        const Json event = log.event();
        CHECK(event.at("db.count") == calls);
        REQUIRE(event.at("calls").size() == 128);
        for (std::size_t i = 0; i < 128; ++i)
            REQUIRE(event["calls"][i]["span_id"] == (i < 32 ? spans[i] : spans[spans.size() - 128 + i]));
        CHECK(event.value("wideline.truncated", 0) == calls - 128);
    }
}

TEST_CASE("Calls of several threads are kept and counted as those of one") {
    constexpr int kThreads = 4;
    constexpr int kCalls = 500;
    RecordedEvents log;
    {
        wl::Request request{"busy", log.recorder()};
        const wl::Handle handle = request.handle();
        std::vector<std::jthread> threads;
        for (int i = 0; i < kThreads; ++i)
            threads.emplace_back([handle] {
                const wl::Attach attach{handle};
                for (int call = 0; call < kCalls; ++call) wl::Call{"db"}.finish();
            });
    }
    const Json event = log.event();
    CHECK(event.at("calls").size() == 128);
    CHECK(event.at("wideline.truncated") == kThreads * kCalls - 128);
}

#include <wideline/flow.hpp>

#include <chrono>
#include <coroutine>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "request/interleaved.hpp"
#include "request/recorded_events.hpp"

using request_test::Detached;
using request_test::Jobs;
using request_test::Json;
using request_test::RecordedEvents;
using request_test::Strand;
using request_test::Suspended;
namespace wl = wideline;

namespace {

bool nothing_is_current() {
    const wl::Handle none = wl::handle();
    return !none && wl::Flow::inside() == nullptr;
}

/// As one would write it for a thread of its own.
Detached checkout(wl::Recorder& recorder, Jobs& jobs, Strand strand, int id) {
    const Suspended later{jobs, strand};
    wl::Request request{"checkout", recorder};
    wl::set("id", id);
    wl::set("step.1", id);
    co_await later;
    wl::set("step.2", id);
    {
        auto timing = wl::time("payment");
        co_await later;
        wl::Request child{"charge", recorder};
        wl::set("of", id);
        co_await later;
        wl::set("of.after", id);
    }
    wl::append("steps", id);
    co_await later;
    wl::add("sum", id);
    co_await later;
    wl::append("steps", id);
    if (id % 10 == 3) wl::fail({.type = "declined", .message = std::to_string(id)});
    if (id % 10 == 4) throw std::runtime_error("no stock");
    wl::add("sum", id);
}

}  // namespace

TEST_CASE("Interleaved coroutines in flows each write to their own request, whichever thread goes on") {
    constexpr int kRequests = 200;
    for (const int threads : {1, 2}) {
        RecordedEvents log;
        const std::uint64_t late_before = log.stats().late_writes;
        Jobs jobs;
        for (int id = 0; id < kRequests; ++id) {
            const Strand strand;
            strand.post(jobs, [&, strand, id] { checkout(log.recorder(), jobs, strand, id); });
        }
        jobs.run(threads);

        std::vector<Json> checkouts(kRequests);
        std::vector<Json> charges(kRequests);
        for (Json& event : log.events()) {
            const bool outer = event.at("name") == "checkout";
            (outer ? checkouts : charges)[event.at(outer ? "id" : "of").get<std::size_t>()] = event;
        }
        std::set<std::string> traces;
        for (int id = 0; id < kRequests; ++id) {
            INFO("request " << id << " on " << threads << " threads");
            const Json& event = checkouts[static_cast<std::size_t>(id)];
            const Json& child = charges[static_cast<std::size_t>(id)];
            REQUIRE(event.is_object());
            CHECK(event.at("step.1") == id);
            CHECK(event.at("step.2") == id);
            CHECK(event.at("steps") == Json({id, id}));
            CHECK(event.at("sum") == (id % 10 == 4 ? id : 2 * id));
            CHECK(event.at("payment.count") == 1);
            CHECK_FALSE(event.contains("parent_span_id"));
            CHECK(event.at("outcome") == (id % 10 == 3 || id % 10 == 4 ? "error" : "success"));
            if (id % 10 == 3) CHECK(event.at("error.message") == std::to_string(id));
            REQUIRE(child.is_object());
            CHECK(child.at("of.after") == id);
            CHECK(child.at("parent_span_id") == event.at("span_id"));
            CHECK(child.at("trace_id") == event.at("trace_id"));
            traces.insert(event.at("trace_id"));
        }
        CHECK(traces.size() == kRequests);
        CHECK(nothing_is_current());
        const wl::Stats stats = log.stats();
        CHECK(stats.in_flight == 0);
        CHECK(stats.started == 2 * kRequests);
        CHECK(stats.delivered == 2 * kRequests);
        CHECK(stats.late_writes == late_before);
    }
}

TEST_CASE("Outside of a flow nothing of it is current, and in it nothing of the thread") {
    RecordedEvents log;
    wl::Request own{"own", log.recorder()};
    wl::Flow flow;
    std::optional<wl::Request> of_flow;
    {
        const wl::InFlow in{flow};
        CHECK(wl::Flow::inside() == &flow);
        CHECK_FALSE(wl::handle());
        of_flow.emplace("flow", log.recorder());
        wl::set("where", "flow");
    }
    wl::set("where", "thread");
    {
        const wl::InFlow in{flow};
        wl::set("again", true);
    }
    own.finish();
    {
        const wl::InFlow in{flow};
        of_flow.reset();
        CHECK_FALSE(wl::handle());
    }
    CHECK(log.event("own").at("where") == "thread");
    CHECK(log.event("flow").at("where") == "flow");
    CHECK(log.event("flow").at("again") == true);
    CHECK_FALSE(log.event("flow").contains("parent_span_id"));
    CHECK(nothing_is_current());
}

TEST_CASE("A flow that is entered within itself stays entered until it is left where it was entered first") {
    RecordedEvents log;
    wl::Flow flow;
    REQUIRE(flow.enter());
    wl::Request request{"request", log.recorder()};
    CHECK_FALSE(flow.enter());
    {
        const wl::InFlow again{flow};
        wl::set("inner", 1);
    }
    CHECK(wl::Flow::inside() == &flow);
    wl::set("outer", 1);
    request.finish();
    flow.leave();
    flow.leave();  // once too often
    CHECK(nothing_is_current());
    CHECK(log.event().at("inner") == 1);
    CHECK(log.event().at("outer") == 1);
}

TEST_CASE("Flows entered within each other, the first one within the second too, keep their requests apart") {
    RecordedEvents log;
    wl::Flow a;
    wl::Flow b;
    const wl::InFlow in_a{a};
    wl::Request of_a{"a", log.recorder()};
    {
        const wl::InFlow in_b{b};
        wl::Request of_b{"b", log.recorder()};
        {
            const wl::InFlow in_a_again{a};
            wl::add("writes", 1);
            wl::Request child{"child of a", log.recorder()};
        }
        wl::add("writes", 10);
    }
    wl::add("writes", 1);
    of_a.finish();
    CHECK(log.event("a").at("writes") == 2);
    CHECK(log.event("b").at("writes") == 10);
    CHECK(log.event("child of a").at("parent_span_id") == log.event("a").at("span_id"));
}

TEST_CASE("Past the deepest nesting of flows an enter is refused, and nothing is lost") {
    RecordedEvents log;
    std::vector<std::unique_ptr<wl::Flow>> flows;
    std::vector<bool> entered;
    for (int i = 0; i < 40; ++i) entered.push_back(flows.emplace_back(std::make_unique<wl::Flow>())->enter());
    CHECK(entered[31]);
    CHECK_FALSE(entered[32]);
    { wl::Request request{"deep", log.recorder()}; }
    while (!flows.empty()) flows.pop_back();
    CHECK(nothing_is_current());
    CHECK(log.events().size() == 1);
}

TEST_CASE("A coroutine that is destroyed while suspended ends its request, and its flow can go on") {
    RecordedEvents log;
    Jobs jobs;
    auto flow = std::make_shared<wl::Flow>();
    std::coroutine_handle<> frame;
    struct Forever {
        std::coroutine_handle<>& frame;
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> coroutine) const { frame = coroutine; }
        void await_resume() const noexcept {}
    };
    const auto waits = [&]() -> Detached {
        wl::Request request{"suspended", log.recorder()};
        wl::Attach attach{wl::handle()};
        wl::set("waits", true);
        co_await Forever{frame};
    };
    {
        const wl::InFlow in{*flow};
        waits();
    }
    SECTION("on a thread that is in no flow") {}
    SECTION("on another thread, and the flow goes on there") {
        std::thread([&] {
            frame.destroy();
            frame = nullptr;
            const wl::InFlow in{*flow};
            wl::Request next{"next", log.recorder()};
        }).join();
        CHECK_FALSE(log.event("next").contains("parent_span_id"));
    }
    if (frame) frame.destroy();
    CHECK(log.event("suspended").at("waits") == true);
    CHECK(log.stats().in_flight == 0);
    flow.reset();
    CHECK(nothing_is_current());
}

TEST_CASE("A request that outlives its flow goes on, current nowhere") {
    RecordedEvents log;
    std::optional<wl::Request> request;
    {
        wl::Flow flow;
        const wl::InFlow in{flow};
        request.emplace("outlives", log.recorder());
        wl::set("in", 1);
    }
    CHECK(nothing_is_current());
    request->event().set("after", 1);
    request.reset();
    CHECK(log.event().at("in") == 1);
    CHECK(log.event().at("after") == 1);
    CHECK(log.stats().in_flight == 0);
}

TEST_CASE("A flow that outlives its recorder does no harm") {
    wl::Flow flow;
    std::optional<wl::Request> request;
    std::optional<wl::Attach> attach;
    std::optional<RecordedEvents> log{std::in_place};
    {
        const wl::InFlow in{flow};
        request.emplace("request", log->recorder());
        attach.emplace(request->handle());
    }
    SECTION("with the request under way") {
        log.reset();
        const wl::InFlow in{flow};
        wl::set("late", 1);
        attach.reset();
        request.reset();
    }
    SECTION("with the request ended before") {
        request.reset();
        CHECK(log->event().at("name") == "request");
        log.reset();
        const wl::InFlow in{flow};
        wl::set("late", 1);
        attach.reset();
    }
    SECTION("and is destroyed before its attach") {
        request.reset();
        log.reset();
    }
    CHECK(wl::Flow::inside() == nullptr);
}

TEST_CASE("A branch writes to the request of the flow that it was made in, beside it") {
    RecordedEvents log;
    Jobs jobs;
    const Strand strand;
    const auto branched = [&](Strand beside, int id) -> Detached {
        const Suspended later{jobs, beside};
        co_await later;
        wl::add("branches", 1);
        wl::Request child{"branch", log.recorder()};
        wl::set("id", id);
        co_await later;
        wl::set("after", id);
    };
    const auto whole = [&]() -> Detached {
        const Suspended later{jobs, strand};
        wl::Request request{"whole", log.recorder()};
        for (int i = 0; i < 20; ++i) branched(Strand{wl::branch()}, i);
        for (int i = 0; i < 20; ++i) co_await later;
        wl::set("own", true);
        for (int i = 0; i < 1000; ++i) co_await later;
    };
    strand.post(jobs, [&] { whole(); });
    jobs.run(2);
    const Json event = log.event("whole");
    CHECK(event.at("branches") == 20);
    CHECK(event.at("own") == true);
    int branches = 0;
    for (const Json& one : log.events()) {
        if (one.at("name") != "branch") continue;
        ++branches;
        CHECK(one.at("parent_span_id") == event.at("span_id"));
        CHECK(one.at("id") == one.at("after"));
    }
    CHECK(branches == 20);
}

TEST_CASE("A branch of a handle is within the handle's request, whatever is current where it is made and entered") {
    RecordedEvents log;
    std::shared_ptr<wl::Flow> late;
    {
        wl::Request request{"kept in an object", log.recorder(), wl::detached};
        const wl::Handle handle = request.handle();
        std::jthread([&] {
            const wl::Request other{"other", log.recorder()};
            const std::shared_ptr<wl::Flow> beside = wl::branch(handle);
            CHECK_FALSE(beside->is_entered());
            wl::set("of", "other");
            const wl::InFlow in{*beside};
            CHECK(beside->is_entered());
            wl::set("of", "branch");
        }).join();
        late = wl::branch(handle);
    }
    const auto late_writes = log.stats().late_writes;
    CHECK(log.event("kept in an object").at("of") == "branch");
    CHECK(log.event("other").at("of") == "other");
    {
        const wl::InFlow in{*late};
        wl::set("too", "late");
    }
    CHECK_FALSE(late->is_entered());
    CHECK(log.stats().late_writes == late_writes + 1);
    const std::shared_ptr<wl::Flow> of_nothing = wl::branch(wl::Handle{});
    const wl::InFlow in{*of_nothing};
    CHECK_FALSE(wl::handle());
}

TEST_CASE("A carried callable writes to the request that was current when it was made, and to no other") {
    RecordedEvents log;
    const std::uint64_t orphans = log.stats().orphan_writes;
    const auto of_nothing = wl::carry([] { wl::set("nothing", 1); });
    wl::Request request{"carries", log.recorder()};
    auto carried = wl::carry([](int a, std::unique_ptr<int> b) {
        wl::add("carried", a + *b);
        return a;
    });
    std::thread([&] {
        wl::Request other{"other", log.recorder()};
        CHECK(carried(1, std::make_unique<int>(2)) == 1);
        auto copy = of_nothing;
        copy();
        wl::set("mine", true);
    }).join();
    CHECK(carried(10, std::make_unique<int>(20)) == 10);
    request.finish();
    CHECK(log.event("carries").at("carried") == 33);
    CHECK_FALSE(log.event("other").contains("carried"));
    CHECK_FALSE(log.event("other").contains("nothing"));
    CHECK(log.event("other").at("mine") == true);
    CHECK(log.stats().orphan_writes == orphans + 1);
}

TEST_CASE("A handle of what is current is the request's, in an attach too, and of nothing where nothing is") {
    RecordedEvents log;
    CHECK_FALSE(wl::handle());
    wl::Request request{"request", log.recorder()};
    const wl::Handle own = wl::handle();
    std::thread([&] {
        const wl::Attach attach{own};
        const wl::Handle again = wl::handle();
        std::thread([&] {
            const wl::Attach third{again};
            wl::set("third", true);
        }).join();
    }).join();
    request.finish();
    CHECK(log.event().at("third") == true);
}

#include "request/recorded_events.hpp"

#include <array>
#include <atomic>
#include <barrier>
#include <coroutine>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"

using namespace std::chrono_literals;
using request_test::Json;
using request_test::RecordedEvents;
namespace wl = wideline;

TEST_CASE("What attached threads wrote before the request ended is in its event, each write once") {
    constexpr int kThreads = 16;
    constexpr int kRounds = 50;
    RecordedEvents log;
    wl::Request request{"shared", log.recorder()};
    wl::set("own", "before");
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < kThreads; ++t)
            threads.emplace_back([&, t, handle = request.handle()] {
                const wl::Attach attach{handle};
                for (int i = 0; i < kRounds; ++i) {
                    wl::add("sum", 1);
                    wl::add("sum.double", 0.5);
                    wl::maximum("most", t * kRounds + i);
                    wl::append("items", t * kRounds + i);
                    wl::set(wl::runtime("thread." + std::to_string(t)), i);
                    const wl::Attach again{handle};  // nested: of the same request
                    wl::add("nested", 1);
                    if (i % 10 != 0) continue;
                    wl::Request child{"child", log.recorder()};
                    wl::add("nested", 1000);
                }
            });
        for (int i = 0; i < kRounds; ++i) wl::add("sum", 1);
    }
    wl::set("own", "after");
    request.finish();

    const Json event = log.event("shared");
    CHECK(event.at("own") == "after");
    CHECK(event.at("sum") == (kThreads + 1) * kRounds);
    CHECK(event.at("sum.double") == kThreads * kRounds / 2);
    CHECK(event.at("nested") == kThreads * kRounds);
    CHECK(event.at("most") == kThreads * kRounds - 1);
    std::vector<int> items = event.at("items").get<std::vector<int>>();
    std::vector<int> of_thread(kThreads, -1);
    for (const int item : items) {  // each thread's in its order
        CHECK(of_thread[static_cast<std::size_t>(item / kRounds)] < item);
        of_thread[static_cast<std::size_t>(item / kRounds)] = item;
    }
    CHECK(items.size() == kThreads * kRounds);
    for (int t = 0; t < kThreads; ++t) CHECK(event.at("thread." + std::to_string(t)) == kRounds - 1);
    int children = 0;
    for (const Json& one : log.events()) {
        if (one.at("name") != "child") continue;
        ++children;
        CHECK(one.at("parent_span_id") == event.at("span_id"));
        CHECK(one.at("nested") == 1000);
    }
    CHECK(children == kThreads * kRounds / 10);
    CHECK(log.stats().in_flight == 0);
}

TEST_CASE("The last write wins across threads, where one write happens before another") {
    constexpr int kThreads = 4;
    constexpr int kTurns = 400;
    RecordedEvents log;
    for (const bool with_growth : {false, true}) {
        wl::Request request{with_growth ? "growing" : "small", log.recorder()};
        std::atomic<int> turn{0};
        {
            std::vector<std::jthread> threads;
            for (int t = 0; t < kThreads; ++t)
                threads.emplace_back([&, t, handle = request.handle()] {
                    const wl::Attach attach{handle};
                    for (int i = t; i < kTurns; i += kThreads) {
                        while (turn.load(std::memory_order_acquire) != i) std::this_thread::yield();
                        wl::set("turn", i);
                        if (i == kTurns - 7) wl::set("once", "the seventh to last");
                        if (i % 10 == 0)
                            wl::set("n", i);
                        else
                            wl::add("n", 1);
                        if (with_growth) wl::set("filler", std::string(300, static_cast<char>('a' + i % 26)));
                        turn.store(i + 1, std::memory_order_release);
                    }
                });
        }
        wl::set("done", true);
        request.finish();
        const Json event = log.event(with_growth ? "growing" : "small");
        CHECK(event.at("turn") == kTurns - 1);
        CHECK(event.at("once") == "the seventh to last");
        CHECK(event.at("n") == kTurns - 10 + 9);
        CHECK_FALSE(event.contains("wideline.truncated"));
        if (with_growth) CHECK(event.at("filler") == std::string(300, static_cast<char>('a' + (kTurns - 1) % 26)));
    }
}

TEST_CASE("A thread's first write wins over all that came before it, and what comes after the thread wins over it") {
    RecordedEvents log;
    wl::Request request{"shared", log.recorder()};
    const wl::Handle handle = request.handle();
    for (int i = 0; i < 1000; ++i) wl::set("first", i);
    wl::add("sum", 5);
    wl::set("sum", 7);
    wl::add("sum", 1);
    std::jthread{[&] {
        const wl::Attach attach{handle};
        wl::set("first", "thread");
        wl::set("then", "thread");
        wl::add("sum", 10);
    }}.join();
    wl::set("then", "owner");
    wl::add("sum", 100);
    request.finish();
    const Json event = log.event("shared");
    CHECK(event.at("first") == "thread");
    CHECK(event.at("then") == "owner");
    CHECK(event.at("sum") == 118);
}

TEST_CASE("A write beside the end of its request is in the event or counted as late, never both and never neither") {
    // Of each kind of write: short, in a fragment that grows, cut for its length, with a key that is no UTF-8.
    RecordedEvents log{{.limits = {.array_items = 100'000}}};
    const std::uint64_t late_before = log.stats().late_writes;
    std::uint64_t written = 0;
    for (int round = 0; round < 200; ++round) {
        wl::Request request{"raced", log.recorder()};
        std::barrier start(3);
        std::array<std::uint64_t, 2> writes{};
        std::atomic<bool> stop{false};
        {
            std::vector<std::jthread> threads;
            for (std::size_t t = 0; t < 2; ++t)
                threads.emplace_back([&, t, handle = request.handle()] {
                    const wl::Attach attach{handle};
                    start.arrive_and_wait();
                    while (!stop.load(std::memory_order_relaxed) && writes[t] < (round % 2 == 0 ? 1500 : 500)) {
                        wl::append("items", round % 2 == 0 ? std::string(5, 'x') : std::string(150, 'x'));
                        ++writes[t];
                    }
                });
            start.arrive_and_wait();
            for (int spin = 0; spin < round * 10; ++spin) std::atomic_signal_fence(std::memory_order_seq_cst);
            request.finish();
            stop.store(true, std::memory_order_relaxed);
        }
        written += writes[0] + writes[1];
        // Each round's event is large: a pipeline that gets no processor would fall behind and lose whole ones.
        if (round % 10 == 9) REQUIRE(log.recorder().flush(60s));
    }
    std::uint64_t kept = 0;
    for (const Json& event : log.events()) {
        CHECK_FALSE(event.contains("wideline.truncated"));
        if (event.contains("items")) kept += event.at("items").size();
    }
    REQUIRE(log.stats().lost.total() == 0);
    CHECK(kept + (log.stats().late_writes - late_before) == written);
}

TEST_CASE("Late writes that are cut or repaired do not race with the pipeline") {
    RecordedEvents log{{.limits = {.string_bytes = 10}}};
    for (int round = 0; round < 30; ++round) {
        wl::Request request{"raced", log.recorder()};
        std::atomic<bool> attached{false};
        std::jthread late{[&, handle = request.handle()] {
            const wl::Attach attach{handle};
            wl::set("long", std::string(300, 'x'));
            attached = true;
            for (int i = 0; i < 3000; ++i) {
                wl::set("long", std::string(300, 'x'));
                wl::set(wl::runtime("bad\xff"), i);
                wl::set(wl::runtime("name"), i);
                wl::note("a note that is longer than ten bytes");
                wl::set("array", std::vector<std::string>{"longer than ten bytes"});
            }
        }};
        while (!attached) std::this_thread::yield();
        request.finish();
        CHECK(log.recorder().flush(60s));
    }
    CHECK(log.events().size() == 30);
}

TEST_CASE("A handle that outlived its request writes to no other one") {
    RecordedEvents log;
    std::vector<wl::Handle> stale;
    for (int i = 0; i < 300; ++i) {
        wl::Request request{"old", log.recorder()};
        stale.push_back(request.handle());
    }
    CHECK(log.events().size() == 300);
    const std::uint64_t late = log.stats().late_writes;
    wl::Request young{"young", log.recorder()};
    for (const wl::Handle& handle : stale) {
        const wl::Attach attach{handle};
        wl::set("intruder", 1);
    }
    young.finish();
    CHECK_FALSE(log.event("young").contains("intruder"));
    CHECK(log.stats().late_writes == late + 300);
    CHECK(log.stats().in_flight == 0);
}

TEST_CASE("What is written in an attach to an ended request is late, also after a request was opened and ended in it") {
    RecordedEvents log;
    wl::Request ended{"ended", log.recorder()};
    const wl::Handle handle = ended.handle();
    ended.finish();
    wl::Request outer{"outer", log.recorder()};
    const std::uint64_t late = log.stats().late_writes;
    {
        const wl::Attach attach{handle};
        wl::set("intruder", 1);
        {
            const wl::Attach again{handle};
            wl::set("intruder", 2);
        }
        {
            wl::Request inner{"inner", log.recorder()};
            wl::set("whose", "inner");
        }
        wl::set("intruder", 3);
        wl::fail({.type = "intruder"});
    }
    wl::set("whose", "outer");
    outer.finish();
    CHECK(log.stats().late_writes == late + 4);
    CHECK_FALSE(log.event("outer").contains("intruder"));
    CHECK(log.event("outer").at("outcome") == "success");
    CHECK(log.event("outer").at("whose") == "outer");
    CHECK(log.event("inner").at("whose") == "inner");
}

TEST_CASE("A request opened in an attach to an ended request is the child of no stranger") {
    RecordedEvents log;
    wl::Handle handle;
    {
        wl::Request ended{"ended", log.recorder()};
        handle = ended.handle();
    }
    { wl::Request stranger{"stranger", log.recorder()}; }  // whose memory the attach may get
    {
        const wl::Attach attach{handle};
        wl::Request request{"request", log.recorder()};
    }
    const Json request = log.event("request");
    CHECK(request.at("trace_id") != log.event("stranger").at("trace_id"));
    CHECK_FALSE(request.contains("parent_span_id"));
}

TEST_CASE("An attach that outlives its request and its recorder does no harm") {
    std::optional<RecordedEvents> log{std::in_place};
    std::optional<wl::Attach> attach;
    std::optional<wl::Attach> stale;
    wl::Handle handle;
    {
        wl::Request request{"request", log->recorder()};
        handle = request.handle();
        attach.emplace(handle);
        wl::set("in_time", 1);
    }
    stale.emplace(handle);
    CHECK(log->event().at("in_time") == 1);
    log.reset();
    wl::set("too_late", 1);
    stale.reset();
    wl::set("too_late", 1);
    attach.reset();
    const wl::Attach after{handle};
    wl::set("too_late", 1);
}

TEST_CASE("A handle of nothing attaches to nothing") {
    auto log = RecordedEvents::installed();
    {
        WIDELINE_REQUEST("outer");
        const wl::Attach attach{wl::Handle{}};
        wl::set("nowhere", 1);
    }
    CHECK_FALSE(log.event().contains("nowhere"));
}

TEST_CASE("An attach on the request's own thread writes to the request, in the order of all writes") {
    RecordedEvents log;
    {
        wl::Request request{"own", log.recorder()};
        wl::set("who", "request");
        wl::add("n", 1);
        {
            const wl::Attach attach{request.handle()};
            wl::set("who", "attach");
            wl::set("n", 10);
            request.event().set("both", "request");
        }
        wl::add("n", 1);
    }
    const Json event = log.event();
    CHECK(event.at("who") == "attach");
    CHECK(event.at("n") == 11);
    CHECK(event.at("both") == "request");
}

TEST_CASE("An attach nested in another request writes to its own, and the other is current again after it") {
    RecordedEvents log;
    wl::Request first{"first", log.recorder()};
    wl::Request second{"second", log.recorder()};
    {
        const wl::Attach attach{first.handle()};
        wl::set("whose", "first");
        wl::Request child{"child", log.recorder()};
        wl::set("whose", "child");
    }
    wl::set("whose", "second");
    second.finish();
    first.finish();
    for (const Json& event : log.events()) CHECK(event.at("whose") == event.at("name"));
    CHECK(log.event("child").at("parent_span_id") == log.event("first").at("span_id"));
}

TEST_CASE("A request fails once, whichever thread says so first") {
    RecordedEvents log;
    wl::Request request{"failing", log.recorder()};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 8; ++t)
            threads.emplace_back([handle = request.handle(), t] {
                const wl::Attach attach{handle};
                const std::string who = std::to_string(t);
                wl::fail({.type = who, .message = who, .why = who});
            });
    }
    request.finish();
    const Json event = log.event();
    CHECK(event.at("outcome") == "error");
    CHECK(event.at("error.type") == event.at("error.message"));
    CHECK(event.at("error.type") == event.at("error.why"));
    CHECK(event.at("notes").size() == 7);
}

TEST_CASE("Rules see what other threads wrote") {
    RecordedEvents log{{.sampler = wl::TailSampler{}.keep("vip", wl::field("user.plan") == "vip").otherwise(0)}};
    for (int i = 0; i < 20; ++i) {
        wl::Request request{"sampled", log.recorder()};
        wl::set("user.plan", i % 2 == 0 ? "free" : "vip");
        std::jthread([handle = request.handle(), i] {
            const wl::Attach attach{handle};
            if (i % 4 < 2) wl::set("user.plan", i % 2 == 0 ? "vip" : "free");
        }).join();
        wl::set("i", i);
    }
    std::vector<int> kept;
    for (const Json& event : log.events()) kept.push_back(event.at("i").get<int>());
    CHECK(kept == std::vector<int>{0, 3, 4, 7, 8, 11, 12, 15, 16, 19});
}

namespace {

/// A coroutine that goes on wherever it is resumed.
struct Task {
    struct promise_type {
        Task get_return_object() { return Task{std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
    std::coroutine_handle<promise_type> handle;
};

Task attach_for_each_step(wl::Handle handle, int steps) {
    for (int i = 0; i < steps; ++i) {
        {
            const wl::Attach attach{handle};
            wl::add("steps", 1);
            wl::set("last_step", i);
        }
        co_await std::suspend_always{};
    }
}

Task attach_across_steps(wl::Handle handle, int steps) {
    const wl::Attach attach{handle};
    for (int i = 0; i < steps; ++i) co_await std::suspend_always{};
}

}  // namespace

TEST_CASE("A coroutine that hops threads writes to its request on each of them") {
    RecordedEvents log;
    wl::Request request{"coroutine", log.recorder()};
    const Task task = attach_for_each_step(request.handle(), 20);
    while (!task.handle.done()) std::jthread([&] { task.handle.resume(); }).join();
    task.handle.destroy();
    request.finish();
    CHECK(log.event().at("steps") == 20);
    CHECK(log.event().at("last_step") == 19);
}

TEST_CASE("An attach that ends on another thread than it began on leaks into no other request") {
    RecordedEvents log;
    std::optional<wl::Request> request{std::in_place, "coroutine", log.recorder()};
    const Task task = attach_across_steps(request->handle(), 1);
    task.handle.resume();  // attached on this thread
    std::jthread([&] {
        task.handle.resume();  // and ends on that one
        request.reset();
        for (int i = 0; i < 100; ++i) wl::Request other{"other", log.recorder()};
    }).join();
    task.handle.destroy();
    CHECK(log.events().size() == 101);
    std::vector<std::optional<wl::Request>> others(100);
    std::jthread([&] {
        for (auto& one : others) one.emplace("other", log.recorder());
        for (auto& one : others) one->event().set("mine", true);
    }).join();
    wl::set("intruder", true);
    { wl::Request here{"here", log.recorder()}; }
    wl::set("intruder", true);
    others.clear();
    for (const Json& event : log.events()) {
        CHECK_FALSE(event.contains("intruder"));
        if (event.at("name") == "here") CHECK_FALSE(event.contains("mine"));
    }
    CHECK(log.stats().in_flight == 0);
}

TEST_CASE("A million additions of threads that share a request are summed exactly, and need no more memory than one") {
    constexpr int kThreads = 4;
    constexpr int kAdditions = 250'000;
    RecordedEvents log;
    for (const bool with_sets : {false, true}) {
        wl::Request request{with_sets ? "with sets" : "sums alone", log.recorder()};
        wl::add("n", 7);  // before it is shared
        {
            std::vector<std::jthread> threads;
            for (int t = 0; t < kThreads; ++t)
                threads.emplace_back([=, handle = request.handle()] {
                    const wl::Attach attach{handle};
                    for (int i = 0; i < kAdditions; ++i) {
                        wl::add("n", 1);
                        wl::add("quarters", 0.25);
                        if (i % 8 == 0) wl::maximum("most", t * kAdditions + i);
                        if (with_sets && i % 64 == 0) wl::set(wl::runtime("other." + std::to_string(i % 40)), i);
                    }
                });
        }
        request.finish();
        const Json event = log.event(with_sets ? "with sets" : "sums alone");
        CHECK(event.at("n") == 7 + kThreads * kAdditions);
        CHECK(event.at("quarters") == kThreads * kAdditions / 4);
        CHECK(event.at("most") == kThreads * kAdditions - 8);
        CHECK_FALSE(event.contains("wideline.truncated"));
        CHECK(log.stats().lost.total() == 0);
    }
}

TEST_CASE("A set between additions of other threads makes void what happened before it, and nothing after it") {
    constexpr int kThreads = 4;
    constexpr int kTurns = 4'000;
    RecordedEvents log;
    for (const bool with_growth : {false, true}) {
        wl::Request request{with_growth ? "growing" : "small", log.recorder()};
        std::atomic<int> turn{0};
        int expected = 0;
        for (int i = 0; i < kTurns; ++i) expected = i % 97 == 5 ? i : expected + 1;
        {
            std::vector<std::jthread> threads;
            for (int t = 0; t < kThreads; ++t)
                threads.emplace_back([&, t, handle = request.handle()] {
                    const wl::Attach attach{handle};
                    for (int i = t; i < kTurns; i += kThreads) {
                        while (turn.load(std::memory_order_acquire) != i) std::this_thread::yield();
                        if (i % 97 == 5)
                            wl::set("n", i);
                        else
                            wl::add("n", 1);
                        wl::add("all", 1);
                        if (with_growth) wl::set("filler", std::string(300, 'f'));
                        turn.store(i + 1, std::memory_order_release);
                    }
                });
        }
        request.finish();
        const Json event = log.event(with_growth ? "growing" : "small");
        CHECK(event.at("n") == expected);
        CHECK(event.at("all") == kTurns);
        CHECK_FALSE(event.contains("wideline.truncated"));
    }
}

TEST_CASE("An addition beside the end of its request is in the sum or counted as late") {
    RecordedEvents log;
    const std::uint64_t late_before = log.stats().late_writes;
    std::uint64_t added = 0;
    for (int round = 0; round < 300; ++round) {
        wl::Request request{"raced", log.recorder()};
        std::barrier start(3);
        std::array<std::uint64_t, 2> additions{};
        std::atomic<bool> stop{false};
        {
            std::vector<std::jthread> threads;
            for (std::size_t t = 0; t < 2; ++t)
                threads.emplace_back([&, t, handle = request.handle()] {
                    const wl::Attach attach{handle};
                    start.arrive_and_wait();
                    for (; !stop.load(std::memory_order_relaxed); ++additions[t]) wl::add("n", 1);
                });
            start.arrive_and_wait();
            for (int spin = 0; spin < round * 20; ++spin) std::atomic_signal_fence(std::memory_order_seq_cst);
            request.finish();
            stop.store(true, std::memory_order_relaxed);
        }
        added += additions[0] + additions[1];
    }
    std::uint64_t kept = 0;
    for (const Json& event : log.events()) kept += event.value("n", std::uint64_t{0});
    REQUIRE(log.stats().lost.total() == 0);
    CHECK(kept + (log.stats().late_writes - late_before) == added);
}

TEST_CASE("Of more notes of several threads than an event holds, those left out are counted exactly") {
    constexpr int kThreads = 4;
    constexpr int kNotes = 2'000;
    RecordedEvents log;
    wl::Request request{"notes", log.recorder()};
    wl::note("the first");
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < kThreads; ++t)
            threads.emplace_back([handle = request.handle()] {
                const wl::Attach attach{handle};
                for (int i = 0; i < kNotes; ++i) wl::note("a note");
            });
    }
    wl::note("the last");
    request.finish();
    const Json event = log.event();
    CHECK(event.at("notes").size() == 1'024);
    CHECK(event.at("notes").front().at("text") == "the first");
    CHECK(event.at("notes").back().at("text") == "the last");
    CHECK(event.at("wideline.truncated") == kThreads * kNotes + 2 - 1'024);
}

#include "request/recorded_events.hpp"

#include <array>
#include <atomic>
#include <barrier>
#include <cstdint>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"

using namespace std::chrono_literals;
using request_test::Json;
using request_test::RecordedEvents;
namespace wl = wideline;

TEST_CASE("A request moved to another thread ends there while the first one goes on") {
    RecordedEvents log;
    std::uint64_t late = log.stats().late_writes;
    for (int i = 0; i < 200; ++i) {
        wl::Request request{"moved", log.recorder()};
        wl::set("i", i);
        wl::add("n", 1);
        std::jthread other{[request = std::move(request)]() mutable {
            request.event().set("there", true);
            request.finish();
        }};
        if (i % 2 == 0) other.join();
    }
    int seen = 0;
    for (const Json& event : log.events()) {
        CHECK(event.at("there") == true);
        CHECK(event.at("n") == 1);
        ++seen;
    }
    CHECK(seen == 200);
    CHECK(log.stats().late_writes == late);
    CHECK(log.stats().in_flight == 0);
}

TEST_CASE("Writes on the thread a request began on and on the one it moved to end up in their order") {
    RecordedEvents log;
    for (int round = 0; round < 50; ++round) {
        wl::Request request{"both", log.recorder()};
        wl::add("n", 1);
        std::binary_semaphore there{0};
        std::binary_semaphore here{0};
        std::jthread other{[&, request = std::move(request)]() mutable {
            there.acquire();
            request.event().set("n", 10);
            request.event().set("who", "there");
            here.release();
            there.acquire();
            request.event().add("n", 5);
            request.finish();
        }};
        wl::add("n", 1);
        wl::set("who", "here");
        there.release();
        here.acquire();
        wl::add("n", 2);
        there.release();
        other.join();
    }
    for (const Json& event : log.events()) {
        CHECK(event.at("n") == 17);
        CHECK(event.at("who") == "there");
    }
}

TEST_CASE("Writes beside the end of a request on another thread are kept or counted") {
    RecordedEvents log{{.limits = {.array_items = 100'000}}};
    const std::uint64_t late_before = log.stats().late_writes;
    std::uint64_t written = 0;
    for (int round = 0; round < 300; ++round) {
        wl::Request request{"raced", log.recorder()};
        std::barrier start(2);
        std::atomic<bool> ended{false};
        std::jthread other{[&, request = std::move(request)]() mutable {
            start.arrive_and_wait();
            for (int spin = 0; spin < round * 5; ++spin) std::atomic_signal_fence(std::memory_order_seq_cst);
            request.finish();
            ended = true;
        }};
        start.arrive_and_wait();
        for (int i = 0; i < (round % 2 == 0 ? 2000 : 700) && !ended; ++i) {
            wl::append("items", std::string(round % 2 == 0 ? 5 : 150, 'x'));
            ++written;
        }
        // Each event is large: a pipeline that gets no processor would fall behind and lose whole ones.
        if (round % 10 == 9) REQUIRE(log.recorder().flush(60s));
    }
    std::uint64_t kept = 0;
    for (const Json& event : log.events()) {
        REQUIRE_FALSE(event.contains("wideline.truncated"));
        if (event.contains("items")) kept += event.at("items").size();
    }
    REQUIRE(log.stats().lost.total() == 0);
    CHECK(kept + (log.stats().late_writes - late_before) == written);
    CHECK(log.stats().in_flight == 0);
}

TEST_CASE("Thousands of short threads leave every event, and no memory behind") {
    RecordedEvents log{{.memory = std::size_t{8} << 20}};
    constexpr int kThreads = 3000;
    for (int i = 0; i < kThreads; i += 4) {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&, n = i + t] {
                wl::Request request{"short", log.recorder()};
                wl::set("n", n);
            });
        threads.clear();
        if (i % 100 == 0) CHECK(log.recorder().flush(60s));
    }
    std::vector<int> seen(kThreads);
    for (const Json& event : log.events()) ++seen[event.at("n").get<std::size_t>()];
    CHECK(seen == std::vector<int>(kThreads, 1));
    CHECK(log.stats().lost.total() == 0);
}

TEST_CASE("Threads that only end requests do not keep the memory from those that begin them") {
    RecordedEvents log{{.sampler = wl::TailSampler{}.otherwise(0), .memory = std::size_t{4} << 20}};
    constexpr int kThreads = 60;
    constexpr int kRequests = 64;
    std::barrier all(kThreads + 1);
    std::vector<std::jthread> threads;
    std::array<std::vector<wl::Request>, kThreads> handed;
    for (int t = 0; t < kThreads; ++t)
        threads.emplace_back([&, t] {
            for (int turn = 0; turn < kThreads; ++turn) {
                all.arrive_and_wait();
                if (turn == t) handed[static_cast<std::size_t>(t)].clear();
                all.arrive_and_wait();
            }
        });
    for (std::size_t t = 0; t < kThreads; ++t) {
        for (int i = 0; i < kRequests; ++i) {
            wl::Request request{"handed", log.recorder()};
            handed[t].push_back(std::move(request));
        }
        all.arrive_and_wait();
        all.arrive_and_wait();
    }
    threads.clear();
    CHECK(log.stats().lost.no_memory == 0);
    CHECK(log.stats().sampled_away == kThreads * kRequests);
}

TEST_CASE("A thread may end while a request that it opened goes on") {
    RecordedEvents log;
    std::optional<wl::Request> request;
    std::jthread([&] {
        request.emplace("outlives", log.recorder());
        wl::set("there", 1);
    }).join();
    request->event().set("here", 1);
    request.reset();
    CHECK(log.event().at("there") == 1);
    CHECK(log.event().at("here") == 1);
    CHECK(log.stats().in_flight == 0);
}

TEST_CASE("Requests that belong to a thread end with it, whenever they were declared") {
    RecordedEvents log;
    std::jthread([&] {
        thread_local std::optional<wl::Request> before;  // constructed before the thread has met the recorder
        before.reset();
        { wl::Request first{"first", log.recorder()}; }
        thread_local wl::Request after{"after", log.recorder()};
        before.emplace("before", log.recorder());
        wl::set("whose", "before");
        after.event().set("whose", "after");
    }).join();
    CHECK(log.events().size() == 3);
    CHECK(log.event("before").at("whose") == "before");
    CHECK(log.event("after").at("whose") == "after");
    CHECK(log.stats().in_flight == 0);
}

TEST_CASE("Requests that begin while a thread ends do nothing, and their writes are orphans") {
    RecordedEvents log;
    struct AtTheEnd {
        wl::Recorder* recorder = nullptr;
        ~AtTheEnd() {
            wl::Request request{"at the end", *recorder};
            wl::set("at the end", true);
        }
    };
    std::jthread([&] {
        thread_local AtTheEnd last;
        last.recorder = &log.recorder();
        wl::Request request{"first", log.recorder()};
    }).join();
    CHECK(log.event().at("name") == "first");
    CHECK(log.stats().in_flight == 0);
}

TEST_CASE("A recorder ends while other threads open, write and end requests") {
    for (int round = 0; round < 4; ++round) {
        std::optional<RecordedEvents> log{RecordedEvents::installed({.memory = std::size_t{4} << 20})};
        std::atomic<bool> stop{false};
        std::atomic<int> begun{0};
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                wl::Handle kept;
                while (!stop) {
                    WIDELINE_REQUEST("outer");
                    wl::set("a", 1);
                    wl::Request request{"inner"};
                    wl::add("n", 1);
                    const wl::Attach attach{kept};
                    wl::set("b", std::string(500, 'b'));
                    kept = request.handle();
                    ++begun;
                }
            });
        while (begun < 50) std::this_thread::yield();
        const std::vector<Json> events = log->end();
        const int now = begun;
        while (begun < now + 50) std::this_thread::yield();
        auto next = RecordedEvents::installed();  // beside those that still end requests of the old one
        const int later = begun;
        while (begun < later + 50) std::this_thread::yield();
        CHECK(next.events().size() >= 20);
        stop = true;
    }
}

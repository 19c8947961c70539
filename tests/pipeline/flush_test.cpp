#include "request/recorded_events.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include "catch.hpp"

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
namespace wl = wideline;

TEST_CASE("After a flush everything that had ended is delivered") {
    std::atomic<std::uint64_t> delivered{0};
    std::atomic<int> missed{0};
    wl::Recorder recorder{{.sinks = {wl::callback_sink([&](const wl::Batch& batch) { delivered += batch.events(); })},
                           .flush_interval = std::chrono::hours(1)}};
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            std::uint64_t own = 0;
            for (int i = 0; i < 50; ++i) {
                { wl::Request request{"r", recorder}; }
                ++own;
                if (!recorder.flush(60s) || delivered < own) ++missed;
            }
        });
    threads.clear();
    CHECK(missed == 0);
    CHECK(delivered == 200);
    CHECK(recorder.flush(std::chrono::nanoseconds::max()));
    CHECK(recorder.stats().batches >= 50);
}

TEST_CASE("A thin stream is delivered after the flush interval, and not before") {
    std::promise<Clock::time_point> arrived;
    const auto interval = 300ms;
    wl::Recorder recorder{{.sinks = {wl::callback_sink([&](const wl::Batch&) { arrived.set_value(Clock::now()); })},
                           .flush_interval = interval}};
    const Clock::time_point begin = Clock::now();
    { wl::Request request{"r", recorder}; }
    auto future = arrived.get_future();
    REQUIRE(future.wait_for(60s) == std::future_status::ready);
    CHECK(future.get() - begin >= interval);
    CHECK(recorder.flush(60s));
    CHECK(recorder.stats().batches == 1);
}

TEST_CASE("A flush with nothing to deliver makes no batch") {
    wl::Recorder recorder{
        {.sampler = wl::TailSampler{}.otherwise(0), .sinks = {wl::callback_sink([](const auto&) {})}}};
    CHECK(recorder.flush(60s));
    { wl::Request request{"dropped", recorder}; }
    CHECK(recorder.flush(60s));
    CHECK(recorder.stats().batches == 0);
}

TEST_CASE("A flush that takes too long says so, and the next one can still succeed") {
    std::promise<void> go;
    wl::Recorder recorder{
        {.sinks = {wl::callback_sink([gone = go.get_future().share()](const wl::Batch&) { gone.wait(); })}}};
    { wl::Request request{"r", recorder}; }
    const Clock::time_point begin = Clock::now();
    CHECK_FALSE(recorder.flush(50ms));
    CHECK(Clock::now() - begin >= 50ms);
    CHECK(recorder.stats().queued == 1);
    go.set_value();
    CHECK(recorder.flush(60s));
    CHECK(recorder.stats().delivered == 1);
}

TEST_CASE("From within a sink a flush returns false at once, and stats and requests work") {
    std::optional<wl::Recorder> recorder;
    std::atomic<int> calls{0};
    bool flushed = true;
    std::uint64_t queued = 0;
    recorder.emplace(wl::Options{.sinks = {wl::callback_sink([&](const wl::Batch&) {
                                     if (calls++ != 0) return;
                                     flushed = recorder->flush(std::chrono::hours(1));
                                     queued = recorder->stats().queued;
                                     wl::Request request{"of the sink", *recorder};
                                     wl::set("from", "sink");
                                 })}});
    { wl::Request request{"r", *recorder}; }
    REQUIRE(recorder->flush(60s));
    REQUIRE(recorder->flush(60s));
    CHECK_FALSE(flushed);
    CHECK(queued == 1);
    CHECK(recorder->stats().delivered == 2);
    CHECK(calls == 2);
}

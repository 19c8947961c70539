#include "request/recorded_events.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"

using namespace std::chrono_literals;
using request_test::Json;
namespace wl = wideline;

namespace {

/// A sink that does not come back until it is told to; then it counts.
class Gate {
public:
    void pass(const wl::Batch& batch) {
        std::unique_lock lock(mutex_);
        ++entered_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
        events_ += batch.events();
        errors_ += batch.errors();
        for (const char c : batch.json_lines()) lines_ += c == '\n';
    }
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void wait_until_stuck() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return entered_ != 0; });
    }
    [[nodiscard]] wl::SinkPtr sink() {
        return wl::callback_sink([this](const wl::Batch& batch) { pass(batch); });
    }
    [[nodiscard]] std::uint64_t events() const { return events_; }
    [[nodiscard]] std::uint64_t errors() const { return errors_; }
    [[nodiscard]] std::uint64_t lines() const { return lines_; }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    int entered_ = 0;
    std::uint64_t events_ = 0;
    std::uint64_t errors_ = 0;
    std::uint64_t lines_ = 0;
};

wl::Options small(Gate& gate) {
    return {.sinks = {gate.sink()}, .memory = std::size_t{4} << 20, .flush_interval = 1ms};
}

void request(const wl::Recorder& recorder, bool fails) {
    wl::Request request{"load", recorder};
    wl::set("filler", std::string(500, 'x'));
    if (fails) wl::fail({.type = "failed"});
}

}  // namespace

TEST_CASE("While a sink is stuck, requests go on, on old threads and on new ones, and so do flush and stats") {
    Gate gate;
    wl::Recorder recorder{small(gate)};
    request(recorder, false);
    gate.wait_until_stuck();
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 5000; ++i) request(recorder, i % 2 == 0);
        });
    threads.clear();
    CHECK_FALSE(recorder.flush(1ms));
    const wl::Stats stats = recorder.stats();
    CHECK(stats.started == 20'001);
    CHECK(stats.kept == 20'001);
    CHECK(stats.delivered == 0);
    CHECK(stats.lost.queue_full > 0);
    CHECK(stats.queued > 0);
    gate.open();
}

TEST_CASE("What a batch is full of is delivered while more is drained") {
    // A batch holds a sixteenth of the memory; this is many of them, all waiting at once.
    Gate gate;
    wl::Options options = small(gate);
    options.memory = std::size_t{32} << 20;
    wl::Recorder recorder{options};
    request(recorder, false);
    gate.wait_until_stuck();
    for (int i = 0; i < 2000; ++i) {
        wl::Request one{"large", recorder};
        wl::set("filler", std::string(3000, 'x'));
    }
    gate.open();
    REQUIRE(recorder.flush(60s));
    CHECK(gate.lines() == 2001);
    CHECK(recorder.stats().batches >= 3);
}

TEST_CASE("Under overload every loss is counted: kept is what was written and what was lost") {
    Gate gate;
    std::optional<wl::Recorder> recorder{std::in_place, small(gate)};
    std::atomic<std::uint64_t> failed{0};
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 3000; ++i) {
                request(*recorder, (i + t) % 5 == 0);
                if ((i + t) % 5 == 0) ++failed;
            }
        });
    threads.clear();
    gate.open();
    REQUIRE(recorder->flush(60s));
    const wl::Stats stats = recorder->stats();
    CHECK(stats.kept == 12'000);
    CHECK(stats.in_flight == 0);
    CHECK(stats.queued == 0);
    CHECK(stats.lost.queue_full > 0);
    CHECK(stats.lost.total() == stats.kept - gate.lines());
    CHECK(stats.delivered == gate.lines());
    CHECK(stats.lost_errors == failed - gate.errors());
    CHECK(stats.lost.sink_failed == 0);
    CHECK(stats.lost.shutdown == 0);
}

TEST_CASE("Errors are the last to be lost: a queue that is full of successes still takes them") {
    Gate gate;
    wl::Recorder recorder{small(gate)};
    request(recorder, false);
    gate.wait_until_stuck();
    for (int i = 0; i < 3000; ++i) request(recorder, false);
    const std::uint64_t lost = recorder.stats().lost.queue_full;
    CHECK(lost > 0);
    for (int i = 0; i < 100; ++i) request(recorder, true);
    CHECK(recorder.stats().lost.queue_full == lost);
    for (int i = 0; i < 3000; ++i) request(recorder, true);
    const wl::Stats full = recorder.stats();
    CHECK(full.lost_errors > 0);
    CHECK(full.lost.total() - full.lost_errors == lost);
    gate.open();
    REQUIRE(recorder.flush(60s));
    CHECK(gate.errors() == 3100 - recorder.stats().lost_errors);
}

TEST_CASE("Every error is kept while 99 of 100 successes go") {
    Gate gate;
    gate.open();
    wl::Recorder recorder{{.sampler = wl::TailSampler{}.otherwise(0.01), .sinks = {gate.sink()}}};
    for (int i = 0; i < 20'000; ++i) {
        wl::Request one{"load", recorder};
        if (i % 100 == 7) wl::set("http.response.status_code", 503);
        if (i % 100 == 8) wl::fail({.type = "failed"});
    }
    REQUIRE(recorder.flush(60s));
    const wl::Stats stats = recorder.stats();
    CHECK(gate.errors() == 400);
    CHECK(stats.lost.total() == 0);
    CHECK(stats.kept == gate.events());
    CHECK(stats.sampled_away == 20'000 - gate.events());
    CHECK(gate.events() - gate.errors() > 100);  // 196 are expected; fewer than 100 or more than 300 never happen
    CHECK(gate.events() - gate.errors() < 300);
}

TEST_CASE("A request that begins when all memory is taken is counted, and the memory comes back") {
    Gate gate;
    gate.open();
    wl::Recorder recorder{small(gate)};
    std::vector<wl::Request> open;
    for (int i = 0; i < 2000; ++i) open.emplace_back("open", recorder);
    CHECK(recorder.stats().lost.no_memory > 0);
    CHECK(recorder.stats().in_flight + recorder.stats().lost.no_memory == 2000);
    for (wl::Request& one : open) one.event().set("filler", std::string(3500, 'x'));
    open.clear();
    REQUIRE(recorder.flush(60s));
    const wl::Stats before = recorder.stats();
    CHECK(before.in_flight == 0);
    CHECK(before.delivered + before.lost.total() == 2000);
    for (int i = 0; i < 100; ++i) request(recorder, false);
    REQUIRE(recorder.flush(60s));
    CHECK(recorder.stats().delivered == before.delivered + 100);
}

TEST_CASE("Memory that large events had is there for small ones afterwards") {
    wl::Recorder recorder{{.sampler = wl::TailSampler{}.otherwise(0),
                           .sinks = {wl::callback_sink([](const wl::Batch&) {})},
                           .memory = std::size_t{4} << 20}};
    for (int round = 0; round < 3; ++round) {
        std::vector<wl::Request> large;
        for (int i = 0; i < 50; ++i) {
            large.emplace_back("large", recorder);
            for (int k = 0; k < 16; ++k) large.back().event().append("text", std::string(15'000, 'x'));
        }
        large.clear();
        const std::uint64_t lost = recorder.stats().lost.no_memory;
        std::vector<wl::Request> small;
        for (int i = 0; i < 600; ++i) {
            small.emplace_back("small", recorder);
            small.back().event().set("i", i);
        }
        CHECK(recorder.stats().lost.no_memory == lost);
    }
}

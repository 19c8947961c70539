#include "request/recorded_events.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
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

std::uint64_t thinned_errors(const wl::Stats& stats) {
    const auto rule = std::find_if(stats.sampled_away_by_rule.begin(), stats.sampled_away_by_rule.end(),
                                   [](const wl::SampledAwayByRule& one) { return one.rule == "error"; });
    return rule == stats.sampled_away_by_rule.end() ? 0 : rule->requests;
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
    CHECK(stats.kept + stats.sampled_away == 20'001);
    CHECK(stats.delivered == 0);
    CHECK(stats.thinned == stats.sampled_away);
    CHECK(stats.thinned > 15'000);
    CHECK(stats.stressed);
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
    CHECK(stats.kept + stats.thinned == 12'000);
    CHECK(stats.sampled_away == stats.thinned);
    CHECK(stats.in_flight == 0);
    CHECK(stats.queued == 0);
    CHECK(stats.lost.total() == stats.kept - gate.lines());
    CHECK(stats.delivered == gate.lines());
    CHECK(stats.lost_errors == failed - gate.errors() - thinned_errors(stats));
    CHECK(stats.lost.sink_failed == 0);
    CHECK(stats.lost.shutdown == 0);
}

TEST_CASE("Errors are the last to be lost: a queue that is full of successes still takes them") {
    Gate gate;
    wl::Recorder recorder{small(gate)};
    request(recorder, false);
    gate.wait_until_stuck();
    for (int i = 0; i < 3000; ++i) request(recorder, false);
    const wl::Stats before = recorder.stats();
    CHECK(before.thinned > 2000);
    for (int i = 0; i < 50; ++i) request(recorder, true);
    const wl::Stats after = recorder.stats();
    CHECK(after.kept == before.kept + 50);
    CHECK(after.lost.total() == before.lost.total());
    for (int i = 0; i < 3000; ++i) request(recorder, true);
    const wl::Stats full = recorder.stats();
    CHECK(thinned_errors(full) > 2000);
    CHECK(full.thinned - thinned_errors(full) == before.thinned);
    gate.open();
    REQUIRE(recorder.flush(60s));
    CHECK(gate.errors() == 3050 - recorder.stats().lost_errors - thinned_errors(full));
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
    CHECK(recorder.stats().in_flight == 2000);
    for (wl::Request& one : open) one.event().set("filler", std::string(3500, 'x'));
    open.clear();
    REQUIRE(recorder.flush(60s));
    const wl::Stats before = recorder.stats();
    CHECK(before.in_flight == 0);
    CHECK(before.lost.no_memory > 0);
    CHECK(before.delivered + before.lost.total() + before.thinned == 2000);
    for (int i = 0; i < 100; ++i) request(recorder, false);
    REQUIRE(recorder.flush(60s));
    CHECK(recorder.stats().delivered + recorder.stats().thinned == before.delivered + before.thinned + 100);
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

namespace {

/// Requests that stay open until memory is used up, and then some.
class ManyOpen {
public:
    ManyOpen(const wl::Recorder& recorder, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) requests_.emplace_back("socket", recorder, wl::detached);
    }

private:
    std::vector<wl::Request> requests_;
};

wl::Options into(std::vector<Json>& events) {
    return {.sinks = {wl::memory_sink(&events)}, .memory = std::size_t{4} << 20, .flush_interval = 1ms};
}

std::uint64_t metric(wl::Recorder& recorder, const std::string& name, const std::string& request) {
    const std::string text = recorder.metrics();
    const std::string begin = name + "{name=\"" + request + "\"} ";
    const std::size_t at = text.find(begin);
    return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + begin.size(), nullptr, 10);
}

std::size_t failures_named(const std::vector<Json>& events, const std::string& name) {
    return static_cast<std::size_t>(std::count_if(events.begin(), events.end(), [&](const Json& event) {
        return event.at("name") == name && event.at("outcome") == "error" && event.at("sample_weight") == 1;
    }));
}

}  // namespace

TEST_CASE("While open requests hold all memory, errors are written from a reserve, and every request is counted") {
    std::vector<Json> events;
    wl::Recorder recorder{into(events)};
    {
        const ManyOpen sockets(recorder, 1500);
        for (int i = 0; i < 100; ++i) {
            {
                wl::Request fails{"fails", recorder};
                wl::set("user.id", i);
                wl::fail({.type = "Declined", .message = "insufficient funds"});
            }
            wl::Request{"succeeds", recorder}.finish();
            if (i % 20 == 0) REQUIRE(recorder.flush(10s));
        }
        REQUIRE(recorder.flush(10s));
        const wl::Stats stats = recorder.stats();
        CHECK(stats.lost_errors == 0);
        CHECK(stats.lost.no_memory == 100);
        CHECK(stats.last_error.find("Options::memory is used up") != std::string::npos);
        CHECK(metric(recorder, "wideline_requests_total", "fails") == 100);
        CHECK(metric(recorder, "wideline_request_errors_total", "fails") == 100);
        CHECK(metric(recorder, "wideline_requests_total", "succeeds") == 100);
        CHECK(metric(recorder, "wideline_request_errors_total", "succeeds") == 0);
    }
    REQUIRE(recorder.flush(10s));
    CHECK(metric(recorder, "wideline_requests_total", "socket") == 1500);
    const wl::Stats stats = recorder.stats();
    CHECK(stats.started == 1700);
    CHECK(stats.in_flight == 0);
    CHECK(stats.kept == stats.delivered + stats.lost.total());
    CHECK(failures_named(events, "fails") == 100);
    const auto one =
        std::find_if(events.begin(), events.end(), [](const Json& event) { return event.at("name") == "fails"; });
    REQUIRE(one != events.end());
    CHECK(one->at("error.type") == "Declined");
    CHECK(one->at("error.message") == "insufficient funds");
    CHECK(one->at("wideline.truncated") == 1);
}

TEST_CASE("What failed without memory is told from what did not, by fail and by exceptions, nested and moved") {
    std::vector<Json> events;
    wl::Recorder recorder{into(events)};
    const ManyOpen sockets(recorder, 1500);
    {
        wl::Request outer{"outer", recorder};
        wl::fail({.type = "outer failed"});
        wl::Request{"inner", recorder}.finish();
    }
    try {
        wl::Request thrown{"thrown", recorder};
        throw std::runtime_error("out");
    } catch (const std::runtime_error&) {
    }
    {
        wl::Request first{"moved", recorder};
        wl::Request second{std::move(first)};
        second.event().fail({.type = "moved failed"});
    }
    wl::fail({.type = "of no request"});
    wl::Request{"fine", recorder}.finish();
    {
        wl::Request dropped{"discarded", recorder};
        wl::fail({.type = "nobody asks"});
        dropped.discard();
    }
    REQUIRE(recorder.flush(10s));
    for (const std::string name : {"outer", "thrown", "moved"}) {
        CHECK(failures_named(events, name) == 1);
        CHECK(metric(recorder, "wideline_request_errors_total", name) == 1);
    }
    for (const std::string name : {"inner", "fine"}) {
        CHECK(failures_named(events, name) == 0);
        CHECK(metric(recorder, "wideline_requests_total", name) == 1);
        CHECK(metric(recorder, "wideline_request_errors_total", name) == 0);
    }
    CHECK(failures_named(events, "discarded") == 0);
    CHECK(recorder.stats().discarded == 1);
}

TEST_CASE("When the reserve is used up too, errors are counted as lost, by name") {
    Gate gate;
    wl::Recorder recorder{small(gate)};
    request(recorder, false);
    gate.wait_until_stuck();
    {
        const ManyOpen sockets(recorder, 1500);
        for (int i = 0; i < 300; ++i) request(recorder, true);
        const wl::Stats stats = recorder.stats();
        CHECK(stats.lost_errors > 200);
        CHECK(stats.lost_errors < 300);
        CHECK(metric(recorder, "wideline_request_errors_total", "load") == 300);
    }
    gate.open();
    REQUIRE(recorder.flush(60s));
    CHECK(recorder.stats().kept + recorder.stats().thinned == 1801);
}

#include "request/recorded_events.hpp"

#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <thread>

#include "catch.hpp"

using namespace std::chrono_literals;
using request_test::Json;
using request_test::RecordedEvents;
namespace wl = wideline;

namespace {

wl::Options dropping_all(std::size_t bytes) {
    return {.sampler = wl::TailSampler{}.otherwise(0), .retain_dropped = {.bytes = bytes, .seconds = 60}};
}

constexpr std::size_t kPlenty = std::size_t{4} << 20;
constexpr std::size_t kArena = 4096;

std::string traceparent(int trace) {
    char text[64];
    std::snprintf(text, sizeof text, "00-4bf92f3577b34da6a3ce9290%08x-00f067aa0ba902b7-01", trace + 1);
    return text;
}

void drop(RecordedEvents& log, int trace, int number = 0) {
    wl::Request request{"dropped", log.recorder(), {.traceparent = traceparent(trace)}};
    wl::set("number", number);
}

void fail(RecordedEvents& log, int trace) {
    wl::Request request{"failing", log.recorder(), {.traceparent = traceparent(trace)}};
    wl::fail({.type = "failed"});
}

std::set<int> dropped_numbers(const std::vector<Json>& events) {
    std::set<int> numbers;
    for (const Json& event : events)
        if (event.at("sample_rule") == "retroactive") numbers.insert(event.at("number").get<int>());
    return numbers;
}

}  // namespace

TEST_CASE("What was dropped of a trace before and after an event of it failed is kept, in no sum") {
    RecordedEvents log{dropping_all(kPlenty)};
    std::string trace;
    { wl::Request other{"of another trace", log.recorder()}; }
    {
        wl::Request outer{"outer", log.recorder()};
        trace = outer.traceparent().substr(3, 32);
        { wl::Request before{"before", log.recorder()}; }
        {
            wl::Request failing{"failing", log.recorder()};
            wl::fail({.type = "failed"});
        }
        { wl::Request after{"after", log.recorder()}; }
    }
    const std::vector<Json> events = log.events();
    REQUIRE(events.size() == 4);
    for (const Json& event : events) {
        CHECK(event.at("trace_id") == trace);
        const bool failed = event.at("name") == "failing";
        CHECK(event.at("sample_weight") == (failed ? 1 : 0));
        CHECK(event.at("sample_rule") == (failed ? "error" : "retroactive"));
    }
    const wl::Stats stats = log.stats();
    CHECK(stats.started == 5);
    CHECK(stats.kept == 1);
    CHECK(stats.delivered == 1);
    CHECK(stats.sampled_away == 4);
    CHECK(stats.retroactive == 3);
    CHECK(stats.queued == 0);
}

TEST_CASE("Nothing that was dropped is kept unless it is asked for") {
    RecordedEvents log{dropping_all(0)};
    {
        wl::Request outer{"outer", log.recorder()};
        { wl::Request before{"before", log.recorder()}; }
        wl::fail({.type = "failed"});
    }
    CHECK(log.event().at("name") == "outer");
}

TEST_CASE("What waits for a failure takes no more memory than was given, and the oldest gives way") {
    RecordedEvents log{dropping_all(16 * kArena)};
    for (int number = 0; number < 40; ++number) {
        drop(log, 0, number);
        REQUIRE(log.events().empty());  // the pipeline has seen it
    }
    fail(log, 0);
    // A quarter is for those that the pipeline has not seen.
    CHECK(dropped_numbers(log.events()) == std::set<int>{28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39});
}

TEST_CASE("A burst before the pipeline looks is bounded too") {
    RecordedEvents log{dropping_all(16 * kArena)};
    for (int number = 0; number < 1000; ++number) drop(log, 0, number);
    fail(log, 0);
    const std::size_t after_all = dropped_numbers(log.events()).size();
    CHECK(after_all > 0);
    CHECK(after_all <= 16);
    CHECK(log.stats().sampled_away == 1000);
}

TEST_CASE("What was dropped longer than the window before or after a failure is not kept") {
    wl::Options options = dropping_all(kPlenty);
    options.retain_dropped.seconds = 0.1;
    RecordedEvents log{std::move(options)};
    drop(log, 0, 1);
    std::this_thread::sleep_for(300ms);
    fail(log, 0);
    std::this_thread::sleep_for(300ms);
    drop(log, 0, 2);
    const std::vector<Json> events = log.events();
    REQUIRE(events.size() == 1);
    CHECK(events.front().at("name") == "failing");
    CHECK(log.stats().retroactive == 0);
}

TEST_CASE("A failure on one thread keeps what other threads have dropped of its trace, and of no other") {
    RecordedEvents log{dropping_all(kPlenty)};
    std::thread([&] { drop(log, 1, 1); }).join();
    std::thread([&] { drop(log, 2, 2); }).join();
    std::thread([&] { fail(log, 1); }).join();
    REQUIRE(log.events().size() == 2);
    std::thread([&] { drop(log, 1, 3); }).join();
    CHECK(dropped_numbers(log.events()) == std::set<int>{1, 3});
}

TEST_CASE("While many threads drop and fail, counts add up, weights hold and only traces that failed have context") {
    RecordedEvents log{dropping_all(kPlenty)};
    constexpr int kThreads = 4;
    constexpr int kTraces = 500;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread)
        threads.emplace_back([&log, thread] {
            for (int i = 0; i < kTraces; ++i) {
                const int trace = thread * kTraces + i;
                for (int number = 0; number < 3; ++number) drop(log, trace, number);
                if (i % 5 == 0) fail(log, trace);
                drop(log, trace, 3);
            }
        });
    for (std::thread& thread : threads) thread.join();
    const std::vector<Json> events = log.events();
    const wl::Stats stats = log.stats();
    std::map<std::string, int> failed;
    for (const Json& event : events)
        if (event.at("outcome") == "error") ++failed[event.at("trace_id").get<std::string>()];
    CHECK(failed.size() == kThreads * kTraces / 5);
    double weight = 0;
    std::set<std::string> ids;
    for (const Json& event : events) {
        weight += event.at("sample_weight").get<double>();
        ids.insert(event.at("event_id").get<std::string>());
        CHECK(failed.contains(event.at("trace_id").get<std::string>()));
    }
    CHECK(weight == kThreads * kTraces / 5);
    CHECK(ids.size() == events.size());
    CHECK(stats.started == kThreads * (kTraces * 4 + kTraces / 5));
    CHECK(stats.kept == kThreads * kTraces / 5);
    CHECK(stats.sampled_away == kThreads * kTraces * 4);
    CHECK(stats.in_flight == 0);
    CHECK(stats.delivered == stats.kept);
    CHECK(stats.retroactive > 0);
    CHECK(events.size() == stats.delivered + stats.retroactive);
    CHECK(stats.lost_retroactive == 0);
}

TEST_CASE("What was dropped by rules that a reload has replaced is kept after all") {
    RecordedEvents log{dropping_all(kPlenty)};
    drop(log, 0, 1);
    REQUIRE(log.recorder().reload(wl::TailSampler{}.drop("new", wl::name() == "dropped").otherwise(0)));
    drop(log, 0, 2);
    fail(log, 0);
    CHECK(dropped_numbers(log.events()) == std::set<int>{1, 2});
    CHECK(log.stats().sampled_away == 2);
}

TEST_CASE("Context that no sink takes is no kept event that is lost") {
    wl::Options options = dropping_all(kPlenty);
    options.sinks.push_back(wl::callback_sink([](const wl::Batch&) { throw std::runtime_error("full"); }));
    RecordedEvents log{std::move(options)};
    drop(log, 0);
    fail(log, 0);
    static_cast<void>(log.events());
    const wl::Stats stats = log.stats();
    CHECK(stats.lost.sink_failed == 1);
    CHECK(stats.lost_errors == 1);
    CHECK(stats.lost_retroactive == 1);
    CHECK(stats.retroactive == 0);
    CHECK(stats.kept == stats.delivered + stats.lost.total());
}

TEST_CASE("Recorders that end while events wait give them back") {
    RecordedEvents log{dropping_all(kPlenty)};
    for (int trace = 0; trace < 100; ++trace) drop(log, trace);
    CHECK(log.end().empty());
}

TEST_CASE("More than a quarter of the memory, or no time, is refused for what waits") {
    CHECK_THROWS_AS(RecordedEvents{dropping_all(std::size_t{17} << 20)}, std::invalid_argument);
    wl::Options options = dropping_all(kPlenty);
    options.retain_dropped.seconds = 0;
    CHECK_THROWS_AS(RecordedEvents{std::move(options)}, std::invalid_argument);
}

// Under overload the files tell what is true: what is thinned has true weights, and what is lost is told by rule and
// reason.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>
#include <wideline/reader.hpp>
#include <wideline/wideline.hpp>

#include "catch.hpp"
#include "journal/test_batch.hpp"
#include "pipeline/loss_report.hpp"
#include "read/estimate.hpp"
#include "request/lane.hpp"

using namespace std::chrono_literals;
using wideline::read::Estimate;
using wideline::testing_journal::TemporaryDirectory;
namespace wl = wideline;

namespace {

constexpr double kShareOfA = 0.75;

void request(wl::Recorder& recorder, int number) {
    wl::Request one{"served", recorder};
    one.event().set("route", number % 4 != 0 ? "/a" : "/b");
    one.event().set("number", number);
}

/// What the files of a journal say: by route, and by the sum of all.
std::map<std::string, Estimate> estimates_of(const std::string& directory, std::uint64_t& stressed) {
    std::map<std::string, Estimate> found;
    wl::Reader reader{directory};
    for (const wl::StoredEvent& event : reader) {
        found["total"].add(1, event.weight());
        found[*event.text("route")].add(1, event.weight());
        if (event.value("wideline.stressed") == "true") ++stressed;
    }
    CHECK(reader.problems().empty());
    return found;
}

/// Twice the 95 % interval, so that one run in 10,000 fails by chance.
void check_near(const Estimate& estimate, double truth) {
    CAPTURE(estimate.sum(), estimate.low(), estimate.high(), truth);
    CHECK(estimate.sum() - 2 * (estimate.sum() - estimate.low()) <= truth);
    CHECK(estimate.sum() + 2 * (estimate.high() - estimate.sum()) >= truth);
}

wl::Options overloaded(const std::string& directory) {
    wl::Options options{.service = {.name = "overloaded"},
                        .sampler = wl::TailSampler{}.otherwise(0.5),
                        .sinks = {wl::journal(directory),
                                  wl::callback_sink([](const wl::Batch&) { std::this_thread::sleep_for(40ms); })},
                        .memory = std::size_t{4} << 20,
                        .flush_interval = 5ms};
    return options;
}

void check_overload(const wl::Stats& stats, const std::string& directory, int requests) {
    CHECK(stats.started == static_cast<std::uint64_t>(requests));
    CHECK(stats.lost.total() == 0);
    CHECK(stats.thinned > static_cast<std::uint64_t>(requests) / 20);
    CHECK(stats.sampled_away + stats.kept == stats.started);
    std::uint64_t stressed = 0;
    auto found = estimates_of(directory, stressed);
    CHECK(stressed > 0);
    check_near(found["total"], requests);
    check_near(found["/a"], kShareOfA * requests);
    check_near(found["/b"], (1 - kShareOfA) * requests);
}

}  // namespace

TEST_CASE("Behind a slow sink nothing is lost, weights tell how many requests there were, and then all is as before") {
    TemporaryDirectory directory;
    constexpr int kThreads = 4;
    constexpr int kRequests = 12'000;  // of each
    {
        wl::Recorder recorder{overloaded(directory.path("logs"))};
        {
            std::vector<std::jthread> threads;
            for (int t = 0; t < kThreads; ++t)
                threads.emplace_back([&recorder] {
                    for (int i = 0; i < kRequests; ++i) {
                        request(recorder, i);
                        if (i % 50 == 0) std::this_thread::sleep_for(2ms);
                    }
                });
        }
        CHECK(recorder.stats().stressed);
        REQUIRE(recorder.flush(30s));
        check_overload(recorder.stats(), directory.path("logs"), kThreads * kRequests);

        for (int waits = 0; recorder.stats().stressed && waits < 120; ++waits) std::this_thread::sleep_for(100ms);
        const wl::Stats before = recorder.stats();
        CHECK_FALSE(before.stressed);
        for (int i = 0; i < 100; ++i) request(recorder, i);
        REQUIRE(recorder.flush(30s));
        CHECK(recorder.stats().thinned == before.thinned);
    }
}

TEST_CASE("A host that polls too seldom loses nothing either") {
    TemporaryDirectory directory;
    constexpr int kRequests = 40'000;
    wl::Options options = overloaded(directory.path("logs"));
    options.sinks.pop_back();
    options.host_driven = true;
    wl::Recorder recorder{options};
    for (int i = 0; i < kRequests; ++i) {
        request(recorder, i);
        if (i % 1000 == 0) recorder.poll(1us);
    }
    CHECK(recorder.stats().stressed);
    while (recorder.poll(1ms)) {
    }
    REQUIRE(recorder.flush(30s));
    check_overload(recorder.stats(), directory.path("logs"), kRequests);
}

TEST_CASE("Errors are the last to be thinned: while successes are, every one of them is kept") {
    TemporaryDirectory directory;
    std::atomic<bool> open{false};
    wl::Options options = overloaded(directory.path("logs"));
    options.sinks = {wl::callback_sink([&](const wl::Batch&) {
                         while (!open) std::this_thread::sleep_for(1ms);
                     }),
                     wl::journal(directory.path("logs"))};
    {
        wl::Recorder recorder{options};
        for (int i = 0; i < 20'000; ++i) {
            wl::Request one{"served", recorder};
            if (i % 400 == 0) wl::fail({.type = "failed"});
        }
        CHECK(recorder.stats().thinned > 0);
        CHECK(recorder.stats().lost_errors == 0);
        open = true;
        REQUIRE(recorder.flush(30s));
    }
    int errors = 0;
    wl::Reader reader{directory.path("logs")};
    for (const wl::StoredEvent& event : reader)
        if (event.failed()) {
            ++errors;
            CHECK(event.weight() == 1);
        }
    CHECK(errors == 50);
}

TEST_CASE("What no sink took is told by the batches that one takes, by rule, with its errors and its weight") {
    std::atomic<bool> works{false};
    double delivered = 0;
    std::map<std::string, wl::LostEvents> lost;
    const auto sink = wl::callback_sink([&](const wl::Batch& batch) {
        if (!works) throw std::runtime_error("down");
        delivered += batch.weight();
        for (const wl::LostEvents& one : batch.lost()) {
            CHECK(one.reason == wl::LossReason::sink_failed);
            wl::LostEvents& sum = lost[one.rule];
            sum.events += one.events;
            sum.errors += one.errors;
            sum.weight += one.weight;
        }
    });
    {
        wl::Recorder recorder{{.sampler = wl::TailSampler{}.keep("a", wl::field("route") == "/a").otherwise(0.5),
                               .sinks = {sink},
                               .flush_interval = 1h}};
        for (int round = 0; round < 4; ++round) {
            works = round % 2 == 1;
            for (int i = 0; i < 400; ++i) {
                wl::Request one{"served", recorder};
                wl::set("route", i % 4 == 0 ? "/a" : "/b");
                if (i % 100 == 1) wl::fail({.type = "failed"});
            }
            (void)recorder.flush(10s);
        }
        works = true;
        CHECK(recorder.stats().lost.sink_failed == lost["a"].events + lost["otherwise"].events + lost["error"].events);
    }
    CHECK(lost["a"].events == 200);
    CHECK(lost["a"].weight == 200);
    CHECK(lost["error"].events == 8);
    CHECK(lost["error"].errors == 8);
    CHECK(lost["otherwise"].weight == 2 * static_cast<double>(lost["otherwise"].events));
    CHECK(lost["otherwise"].errors == 0);
    // All rules but the last keep for certain: what is not exact is that one's.
    const double others = delivered + lost["a"].weight + lost["error"].weight + lost["otherwise"].weight;
    CHECK(std::abs(others - 1600) < 5 * std::sqrt(1200.0));
}

TEST_CASE("Requests that got no memory are told as lost under no rule, each standing for itself") {
    std::vector<wl::LostEvents> lost;
    const auto sink = wl::callback_sink(
        [&](const wl::Batch& batch) { lost.insert(lost.end(), batch.lost().begin(), batch.lost().end()); });
    std::uint64_t no_memory = 0;
    {
        wl::Recorder recorder{{.sinks = {sink}, .memory = std::size_t{4} << 20}};
        {
            std::vector<wl::Request> open;
            for (int i = 0; i < 1500; ++i) open.emplace_back("socket", recorder, wl::detached);
        }
        no_memory = recorder.stats().lost.no_memory;
    }
    CHECK(no_memory > 0);
    double weight = 0;
    for (const wl::LostEvents& one : lost)
        if (one.rule.empty()) {
            CHECK(one.reason == wl::LossReason::no_memory);
            weight += one.weight;
        }
    CHECK(weight == static_cast<double>(no_memory));
}

TEST_CASE("Losses are told in proportion with the events of the same time, and each once, whatever becomes of frames") {
    using wl::pipeline::LossReport;
    const std::vector<std::string> names = {"error", "half", "rare"};
    wl::detail::Lane lane(nullptr, 1, 3);
    LossReport report(3);
    const auto lose = [&](std::size_t rule, int count, double weight) {
        for (int i = 0; i < count; ++i) {
            lane.refused_by_rule[rule].queue_full.raise(rule == 0, weight);
            lane.refused.raise();
        }
    };
    const auto look = [&](std::size_t events) {
        if (report.begin_look(lane.refused.get())) report.look_at(lane);
        report.end_look(events);
    };
    const auto take = [&](std::size_t rule, int events) {
        for (int i = 0; i < events; ++i) report.took(rule);
    };
    CHECK_FALSE(report.any_news());
    CHECK(report.news(names, 0).empty());

    lose(1, 120, 2);
    lose(2, 10, 1);
    look(400);
    take(1, 250);
    auto news = report.news(names, 1);
    REQUIRE(news.size() == 1);  // "rare" waits for an event of its own
    CHECK(news[0] == wl::LostEvents{"half", wl::LossReason::queue_full, 75, 0, 150});
    report.end_frame();  // nobody took it
    take(1, 100);
    news = report.news(names, 2);
    REQUIRE(news.size() == 1);
    CHECK(news[0].events == 105);
    report.told();
    report.end_frame();
    take(2, 1);
    take(1, 49);
    lose(1, 40, 2);
    look(10);
    news = report.news(names, 3);
    REQUIRE(news.size() == 2);
    CHECK(news[0].events == 15);
    CHECK(news[1] == wl::LostEvents{"rare", wl::LossReason::queue_full, 10, 0, 10});
    report.told();
    report.end_frame();
    take(0, 10);
    CHECK(report.news(names, 4).empty());
    const auto late = report.news(names, 4 + LossReport::kMostWaitNs);
    REQUIRE(late.size() == 1);
    CHECK(late[0] == wl::LostEvents{"half", wl::LossReason::queue_full, 40, 0, 80});
    report.told();
    CHECK_FALSE(report.any_news());

    report.count(0, wl::LossReason::sink_failed, true, 1);
    report.end_soon();
    news = report.news(names, 5);
    REQUIRE(news.size() == 1);
    CHECK(news[0] == wl::LostEvents{"error", wl::LossReason::sink_failed, 1, 1, 1});
}

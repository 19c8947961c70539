#include "request/recorded_events.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"

using namespace std::chrono_literals;
using request_test::Json;
using request_test::RecordedEvents;
namespace wl = wideline;

namespace {

wl::TailSampler three_rules() {
    return wl::TailSampler{}
        .drop("health", wl::field("http.route") == "/healthz")
        .sample("search", wl::field("http.route") == "/search", 0.1)
        .otherwise(0.5);
}

/// One of each fate: sampled away by each rule, kept by each, failed, discarded, ended elsewhere, ended late.
void one_request(const wl::Recorder& recorder, int i) {
    constexpr std::array<const char*, 3> kRoutes = {"/healthz", "/search", "/other"};
    wl::Request request{"load", recorder};
    wl::set("http.route", kRoutes[static_cast<std::size_t>(i % 3)]);
    if (i % 50 == 0) wl::fail({.type = "failed"});
    if (i % 70 == 0) request.discard();
    if (i % 10 == 0) wl::Request child{"child", recorder};
    if (i % 200 == 0) std::jthread{[moved = std::move(request)]() mutable { moved.finish(); }};
}

/// Far below what a number that went under zero would be.
constexpr std::uint64_t kWrapped = std::uint64_t{1} << 60;

void check_sums(const wl::Stats& stats) {
    REQUIRE(stats.started == stats.in_flight + stats.kept + stats.sampled_away + stats.discarded);
    REQUIRE(stats.kept == stats.delivered + stats.queued + stats.lost.total());
    REQUIRE(stats.in_flight < kWrapped);
    REQUIRE(stats.queued < kWrapped);
    REQUIRE(stats.lost_errors <= stats.lost.total());
    std::uint64_t by_rule = 0;
    for (const wl::SampledAwayByRule& rule : stats.sampled_away_by_rule) by_rule += rule.requests;
    REQUIRE(by_rule == stats.sampled_away);
}

}  // namespace

TEST_CASE("The statistics add up at every moment, and no count ever goes back") {
    constexpr int kThreads = 8;
    constexpr int kRequests = 4000;
    std::atomic<int> batches{0};
    wl::Options options{.sampler = three_rules(), .memory = std::size_t{4} << 20, .flush_interval = 1ms};
    options.sinks.push_back(wl::callback_sink([&](const wl::Batch&) {
        if (batches++ % 5 == 0) throw std::runtime_error("one in five");
        std::this_thread::sleep_for(1ms);
    }));
    RecordedEvents log{options};
    std::atomic<int> running{kThreads};
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < kRequests; ++i) one_request(log.recorder(), i);
            --running;
        });
    wl::Stats before = log.stats();
    while (running != 0) {
        const wl::Stats now = log.stats();
        check_sums(now);
        for (const auto count :
             {&wl::Stats::started, &wl::Stats::kept, &wl::Stats::sampled_away, &wl::Stats::discarded,
              &wl::Stats::delivered, &wl::Stats::lost_errors, &wl::Stats::batches, &wl::Stats::json_bytes})
            REQUIRE(before.*count <= now.*count);
        REQUIRE(before.lost.total() <= now.lost.total());
        before = now;
    }
    threads.clear();
    const std::vector<Json> events = log.events();
    const wl::Stats after = log.stats();
    check_sums(after);
    CHECK(after.in_flight == 0);
    CHECK(after.queued == 0);
    CHECK(after.started == kThreads * (kRequests + kRequests / 10));
    CHECK(after.discarded == kThreads * ((kRequests + 69) / 70));
    // The log took every batch; those that the other sink refused are lost all the same.
    CHECK(events.size() == after.delivered + after.lost.sink_failed);
    CHECK(after.lost.sink_failed > 0);
    CHECK(after.last_error == "one in five");
    CHECK(after.batches == static_cast<std::uint64_t>(batches.load()));
}

TEST_CASE("What is sampled away is counted by rule, in the rules' order") {
    RecordedEvents log{{.sampler = wl::TailSampler{}
                                       .drop("health", wl::field("route") == "/healthz")
                                       .drop("bots", wl::field("bot") == true)
                                       .otherwise(0)}};
    for (int i = 0; i < 60; ++i) {
        wl::Request request{"r", log.recorder()};
        if (i % 3 == 0) wl::set("route", "/healthz");
        if (i % 2 == 0) wl::set("bot", true);
        if (i == 7) wl::fail({.type = "kept"});
    }
    const wl::Stats stats = log.stats();
    std::map<std::string, std::uint64_t> away;
    for (const auto& [rule, requests] : stats.sampled_away_by_rule) away[rule] = requests;
    CHECK(away["health"] == 20);
    CHECK(away["bots"] == 20);
    CHECK(away["otherwise"] == 19);
    CHECK(stats.sampled_away == 59);
    CHECK(log.event().at("sample_rule") == "error");
}

TEST_CASE("Batches say what was sampled away between them, and it adds up to the statistics") {
    std::mutex mutex;
    std::map<std::string, std::uint64_t> away;
    std::uint64_t events = 0;
    double weight = 0;
    wl::Stats at_the_end;
    {
        wl::Recorder recorder{{.sampler = three_rules(),
                               .sinks = {wl::callback_sink([&](const wl::Batch& batch) {
                                   const std::lock_guard lock(mutex);
                                   for (const wl::SampledAway& one : batch.sampled_away())
                                       away[std::string(one.rule)] += one.requests;
                                   events += batch.events();
                                   weight += batch.weight();
                               })},
                               .flush_interval = 1ms}};
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 3000; ++i) one_request(recorder, i);
            });
        threads.clear();
        REQUIRE(recorder.flush(60s));
        for (int i = 0; i < 10; ++i) {
            wl::Request request{"health", recorder};
            wl::set("http.route", "/healthz");
        }
        at_the_end = recorder.stats();
    }
    CHECK(events == at_the_end.kept);
    std::uint64_t total = 0;
    for (const auto& [rule, requests] : at_the_end.sampled_away_by_rule) {
        CHECK(away[rule] == requests);
        total += requests;
    }
    CHECK(total == at_the_end.sampled_away);
    // 14,400 requests less those discarded and dropped for good: an estimate, right to some 3 %.
    const auto truth = static_cast<double>(at_the_end.started - at_the_end.discarded - away["health"]);
    CHECK(weight > 0.9 * truth);
    CHECK(weight < 1.1 * truth);
}

TEST_CASE("A kept event says which rule kept it and for how many requests it stands") {
    RecordedEvents log{{.sampler = three_rules().keep("vip", wl::field("vip") == true)}};
    for (int i = 0; i < 3000; ++i) {
        wl::Request request{"r", log.recorder()};
        if (i % 3 == 0) wl::set("http.route", "/search");
        if (i % 3 == 1) wl::set("vip", true);
        if (i % 100 == 2) wl::set("http.response.status_code", 500);
    }
    std::map<std::string, int> of_rule;
    for (const Json& event : log.events()) {
        const auto rule = event.at("sample_rule").get<std::string>();
        ++of_rule[rule];
        const double expected = rule == "search" ? 10 : rule == "otherwise" ? 2 : 1;
        CHECK(event.at("sample_weight").get<double>() == Approx(expected));
        CHECK((rule == "error") == (event.at("outcome") == "error"));
    }
    CHECK(of_rule.size() == 4);
    CHECK(of_rule["vip"] == 990);
    CHECK(of_rule["error"] == 30);
}

TEST_CASE("Services that sample a trace at the same or a higher rate keep the same requests") {
    RecordedEvents front{{.sampler = wl::TailSampler{}.otherwise(0.2)}};
    RecordedEvents back{{.sampler = wl::TailSampler{}.otherwise(0.5)}};
    for (int i = 0; i < 1000; ++i) {
        wl::Request request{"front", front.recorder()};
        wl::set("i", i);
        wl::Request called{"back", back.recorder(), {.traceparent = request.traceparent()}};
        wl::set("i", i);
    }
    std::map<std::string, int> of_back;
    for (const Json& event : back.events()) of_back[event.at("trace_id").get<std::string>()] = 1;
    const std::vector<Json> kept = front.events();
    CHECK(kept.size() > 100);
    CHECK(of_back.size() > kept.size());
    for (const Json& event : kept) CHECK(of_back.count(event.at("trace_id").get<std::string>()) == 1);
}

TEST_CASE("A status of 500 or more is an error unless error_when says otherwise") {
    for (const bool by_default : {true, false}) {
        wl::Options options{.sampler = wl::TailSampler{}.otherwise(0)};
        if (!by_default) options.error_when = wl::field("grpc.code") != 0;
        RecordedEvents log{options};
        for (const int status : {200, 404, 499, 500, 503}) {
            wl::Request request{"r", log.recorder()};
            wl::set("http.response.status_code", status);
            wl::set("grpc.code", status == 404 ? 5 : 0);
        }
        std::vector<int> errors;
        for (const Json& event : log.events()) errors.push_back(event.at("http.response.status_code").get<int>());
        CHECK(errors == (by_default ? std::vector<int>{500, 503} : std::vector<int>{404}));
    }
}

TEST_CASE("What the user's callables throw is counted and costs no event") {
    wl::Options options{
        .sampler = wl::TailSampler{}.drop("bad", wl::when([](const wl::EventView&) -> bool { throw 1; })).otherwise(0)};
    options.enrich = [](wl::Event& event) {
        event.set("enriched", true);
        throw std::runtime_error("no more");
    };
    RecordedEvents log{options};
    { wl::Request request{"r", log.recorder()}; }
    CHECK(log.event().at("enriched") == true);
    CHECK(log.stats().predicate_errors == 1);
    CHECK(log.stats().enrich_errors == 1);
}

TEST_CASE("A rule sees what enrich wrote, and a request inside enrich is a child of its own") {
    wl::Options options{.sampler = wl::TailSampler{}.keep("tier", wl::field("tier") == "gold").otherwise(0)};
    wl::Recorder* own = nullptr;
    options.enrich = [&own](wl::Event& event) {
        if (own == nullptr) return;
        const wl::Recorder& recorder = *std::exchange(own, nullptr);
        wl::Request lookup{"lookup", recorder};
        wl::set("tier", "gold");
        lookup.finish();
        event.set("tier", "gold");
    };
    RecordedEvents log{options};
    own = &log.recorder();
    { wl::Request request{"r", log.recorder()}; }
    CHECK(log.events().size() == 2);
    CHECK(log.event("lookup").at("parent_span_id") == log.event("r").at("span_id"));
}

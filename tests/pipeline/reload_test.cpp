#include <atomic>
#include <chrono>
#include <cmath>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "journal/test_batch.hpp"
#include "wideline/wideline.hpp"

using namespace std::chrono_literals;
namespace wl = wideline;

namespace {

struct Recording {
    explicit Recording(wl::TailSampler sampler, bool dry_run = false)
        : recorder({.service = {.name = "test"},
                    .sampler = std::move(sampler),
                    .sinks = {wl::memory_sink(&events)},
                    .dry_run = dry_run}) {}

    void request(const char* route, bool failed = false) {
        wl::Request request("r", recorder);
        request.event().set("http.route", route);
        if (failed) request.event().fail({.type = "t", .message = "m"});
    }

    std::vector<nlohmann::json> events;
    wl::Recorder recorder;
};

const wl::Condition kHealth = wl::field("http.route") == "/healthz";
const wl::Condition kCart = wl::field("cart") == true;

std::uint64_t total(const wl::Stats& stats) {
    return stats.in_flight + stats.kept + stats.sampled_away + stats.discarded;
}

}  // namespace

TEST_CASE("Requests that begin after a reload are decided by the new rules, those before by the old ones",
          "[sampling]") {
    Recording recording(wl::TailSampler{}.drop("health", kHealth));
    wl::Request open("before", recording.recorder);
    open.event().set("http.route", "/healthz");
    open.event().set("cart", true);
    recording.request("/healthz");
    REQUIRE(recording.recorder.reload(wl::TailSampler{}.keep("carts", kCart).drop("rest", !kCart)));
    {
        wl::Request after("after", recording.recorder);
        after.event().set("http.route", "/healthz");
        after.event().set("cart", true);
    }
    recording.request("/other");
    open.finish();
    REQUIRE(recording.recorder.flush(10s));
    REQUIRE(recording.events.size() == 1);
    CHECK(recording.events[0].at("name") == "after");
    CHECK(recording.events[0].at("sample_rule") == "carts");

    const wl::Stats stats = recording.recorder.stats();
    CHECK(stats.started == total(stats));
    std::uint64_t health = 0;
    std::uint64_t rest = 0;
    for (const auto& [rule, requests] : stats.sampled_away_by_rule) {
        if (rule == "health") health = requests;
        if (rule == "rest") rest = requests;
    }
    CHECK(health == 2);
    CHECK(rest == 1);
}

TEST_CASE("Nothing is lost and everything is counted while samplers are changed under load", "[sampling]") {
    constexpr int kThreads = 3;
    constexpr int kReloads = 100;
    std::uint64_t delivered = 0;
    std::uint64_t away = 0;
    wl::Recorder recorder({.service = {.name = "test"}, .sinks = {wl::callback_sink([&](const wl::Batch& batch) {
                                                            delivered += batch.events();
                                                            for (const wl::SampledAway& by : batch.sampled_away())
                                                                away += by.requests;
                                                        })}});
    std::atomic<bool> done{false};
    std::atomic<std::uint64_t> started{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i)
        threads.emplace_back([&] {
            for (std::uint64_t n = 0; !done; ++n) {
                wl::Request request("r", recorder);
                request.event().set("n", n % 7);
                started.fetch_add(1);
                if (n % 64 == 0) std::this_thread::yield();
            }
        });
    for (int reload = 0; reload < kReloads; ++reload) {
        wl::TailSampler sampler;
        for (int rule = 0; rule <= reload % 5; ++rule)
            sampler.sample("rule " + std::to_string(reload % 20) + "." + std::to_string(rule), wl::field("n") == rule,
                           0.5);
        sampler.adaptive("rest", wl::field("n") > 4, {.by = {"n"}, .events_per_second = 50}).otherwise(0);
        REQUIRE(recorder.reload(sampler));
        std::this_thread::sleep_for(1ms);
    }
    done = true;
    for (std::thread& thread : threads) thread.join();
    REQUIRE(recorder.flush(30s));
    const wl::Stats stats = recorder.stats();
    CHECK(stats.started == started);
    CHECK(stats.in_flight == 0);
    CHECK(stats.kept + stats.sampled_away == started);
    CHECK(stats.delivered + stats.lost.total() == stats.kept);
    CHECK(stats.lost.no_memory == 0);
    { const wl::Recorder ends = std::move(recorder); }
    CHECK(delivered == stats.delivered);
    CHECK(away == stats.sampled_away);
}

TEST_CASE("A dry run keeps everything and says on each event what would have been", "[sampling]") {
    Recording recording(wl::TailSampler{}.drop("health", kHealth).otherwise(0.5), true);
    recording.request("/healthz");
    recording.request("/healthz", true);
    for (int i = 0; i < 200; ++i) recording.request("/");
    REQUIRE(recording.recorder.flush(10s));
    REQUIRE(recording.events.size() == 202);
    double stand_for = 0;
    for (const nlohmann::json& event : recording.events) {
        CHECK(event.at("sample_weight") == 1);
        stand_for += event.at("sample_dry_run.weight").get<double>();
        const bool kept = event.at("sample_dry_run.kept");
        CHECK(event.at("sample_dry_run.weight") == (!kept ? 0 : event.at("sample_dry_run.rule") == "error" ? 1 : 2));
    }
    CHECK(recording.events[0].at("sample_dry_run.rule") == "health");
    CHECK(recording.events[0].at("sample_dry_run.kept") == false);
    CHECK(recording.events[1].at("sample_dry_run.rule") == "error");
    CHECK(recording.events[1].at("sample_dry_run.kept") == true);
    CHECK(stand_for == Approx(201).margin(80));  // as the sampled events would: without those of `health`
    CHECK(recording.recorder.stats().sampled_away == 0);
}

TEST_CASE("A rule is tried out by itself while the others decide", "[sampling]") {
    Recording recording(wl::TailSampler{}.drop("health", kHealth).drop("carts", kCart).dry("health").otherwise(0));
    recording.request("/healthz");
    recording.request("/");
    REQUIRE(recording.recorder.flush(10s));
    REQUIRE(recording.events.size() == 1);
    CHECK(recording.events[0].at("sample_rule") == "health");
    CHECK(recording.events[0].at("sample_weight") == 1);
    CHECK(recording.events[0].at("sample_dry_run.kept") == false);
    CHECK_THROWS_AS(wl::TailSampler{}.dry("nobody"), std::invalid_argument);
}

TEST_CASE("An adaptive recorder thins what comes by its budget, and weighs what it keeps", "[sampling]") {
    Recording recording(
        wl::TailSampler{}.adaptive("all", !wl::failed(), {.by = {"http.route"}, .events_per_second = 1000}));
    int requests = 0;
    const auto give_up = std::chrono::steady_clock::now() + 60s;
    while (recording.recorder.stats().sampled_away < 1000 && std::chrono::steady_clock::now() < give_up) {
        std::this_thread::sleep_for(1ms);
        for (int i = 0; i < 20; ++i) recording.request(++requests % 10 == 0 ? "/rare" : "/common");
    }
    REQUIRE(recording.recorder.flush(10s));
    const wl::Stats stats = recording.recorder.stats();
    REQUIRE(stats.sampled_away >= 1000);
    CHECK(stats.lost.total() == 0);
    double weight = 0;
    double variance = 0;
    for (const nlohmann::json& event : recording.events) {
        const double one = event.at("sample_weight");
        weight += one;
        variance += one * (one - 1);
    }
    CHECK(std::abs(weight - requests) < 6 * std::sqrt(variance));
}

TEST_CASE("A service that is started anew knows the rates it had, and a damaged file of them is no failure",
          "[sampling]") {
    const wl::testing_journal::TemporaryDirectory directory;
    const auto serve = [&](int requests) {
        wl::Recorder recorder({.service = {.name = "a/b"},
                               .sampler = wl::TailSampler{}.adaptive("all", !wl::failed(), {.events_per_second = 10}),
                               .sinks = {wl::journal(directory.path())}});
        for (int i = 0; i < requests; ++i) {
            wl::Request request("r", recorder);
            if (i % 20 == 0) std::this_thread::sleep_for(1ms);
        }
        static_cast<void>(recorder.flush(10s));
        return recorder.stats();
    };
    CHECK(serve(2000).kept > 20);
    CHECK(serve(200).kept < 100);
    std::ofstream(directory.path() + "/.wideline-rates-a_b.json") << "{\"version\":1,";
    CHECK(serve(5).kept == 5);
}

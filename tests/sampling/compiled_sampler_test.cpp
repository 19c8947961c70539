#include "sampling/compiled_sampler.hpp"

#include <chrono>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"
#include "sampling/rule_answers.hpp"

using namespace std::chrono_literals;
using wideline::sampling::CompiledSampler;
using wideline::sampling::Decision;
using wideline::sampling::kRandomnessRange;
using wideline::sampling::Truth;
using wideline::testing::decide;
using wideline::testing::SampleEvent;
using wideline::testing::SampleRequest;
namespace wl = wideline;

namespace {

const wl::Condition kServerError = wl::field("http.response.status_code") >= 500;

SampleRequest route(const char* path) { return {.fields = {{"http.route", std::string(path)}}}; }

std::string rule(const CompiledSampler& sampler, const SampleRequest& request) {
    return sampler.rules()[decide(sampler, request).rule];
}

bool kept(const CompiledSampler& sampler, const SampleRequest& request) { return decide(sampler, request).keep; }

/// Kept requests, and the estimate of all of them.
struct Estimate {
    double kept = 0;
    double requests = 0;
    double bytes = 0;
};

}  // namespace

TEST_CASE("The rules have the names error, those written, and otherwise", "[sampling]") {
    const CompiledSampler sampler(wl::TailSampler{}.keep("b", wl::failed()).keep("a", wl::failed()), kServerError);
    CHECK(std::vector<std::string>(sampler.rules().begin(), sampler.rules().end()) ==
          std::vector<std::string>{"error", "b", "a", "otherwise"});
}

TEST_CASE("An error is kept with weight 1 whatever the rules say", "[sampling]") {
    const CompiledSampler sampler(wl::TailSampler{}.drop("health", wl::field("http.route") == "/healthz").otherwise(0),
                                  kServerError);
    SampleRequest request = route("/healthz");
    CHECK_FALSE(kept(sampler, request));
    request.failed = true;
    const Decision decision = decide(sampler, request);
    CHECK(decision.keep);
    CHECK(decision.weight == 1);
    CHECK(sampler.rules()[decision.rule] == "error");
    CHECK_FALSE(decision.predicate_threw);
}

TEST_CASE("errors(p) samples errors consistently, with weight 1 / p", "[sampling]") {
    const CompiledSampler sampler(wl::TailSampler{}.keep("all", wl::field("a") == 1).errors(0.25), kServerError);
    const Decision low = decide(sampler, {.failed = true, .randomness = kRandomnessRange / 4 * 3 - 1});
    const Decision high = decide(sampler, {.failed = true, .randomness = kRandomnessRange / 4 * 3});
    CHECK_FALSE(low.keep);
    CHECK(high.keep);
    CHECK(high.weight == 4);
    CHECK(sampler.rules()[low.rule] == "error");
    CHECK_FALSE(kept(CompiledSampler(wl::TailSampler{}.errors(0), kServerError), {.failed = true}));
}

TEST_CASE("The first rule that holds decides", "[sampling]") {
    const CompiledSampler sampler(wl::TailSampler{}
                                      .drop("health", wl::field("http.route") == "/healthz")
                                      .keep("slow", wl::slower_than(500ms))
                                      .sample("search", wl::field("http.route") == "/search", 0.05)
                                      .otherwise(0.01),
                                  kServerError);
    SampleRequest slow_health = route("/healthz");
    slow_health.duration = 1s;
    CHECK(rule(sampler, slow_health) == "health");
    SampleRequest slow_search = route("/search");
    slow_search.duration = 1s;
    CHECK(rule(sampler, slow_search) == "slow");
    CHECK(rule(sampler, route("/search")) == "search");
    CHECK(rule(sampler, route("/cart")) == "otherwise");
    CHECK(rule(sampler, {}) == "otherwise");
    CHECK(decide(sampler, slow_search).weight == 1);
    CHECK(decide(sampler, route("/search")).weight == 20);
    CHECK(decide(sampler, route("/cart")).weight == 100);
}

TEST_CASE("The requests in docs sampling.md are decided as the table there says", "[sampling]") {
    const CompiledSampler sampler(wl::TailSampler{}
                                      .drop("health", wl::field("http.route") == "/healthz")
                                      .keep("slow", wl::slower_than(500ms))
                                      .keep("enterprise", wl::field("user.plan") == "enterprise")
                                      .sample("search", wl::field("http.route") == "/search", 0.05)
                                      .otherwise(0.01),
                                  kServerError);
    const auto row = [&](const char* path, bool failed, std::chrono::milliseconds duration) {
        SampleRequest request = route(path);
        request.failed = failed;
        request.duration = duration;
        request.randomness = kRandomnessRange - 1;
        const Decision decision = decide(sampler, request);
        return std::string(sampler.rules()[decision.rule]) +
               (decision.keep ? " " + std::to_string(decision.weight) : "");
    };
    CHECK(row("/healthz", false, 20ms) == "health");
    CHECK(row("/healthz", true, 20ms) == "error 1.000000");
    CHECK(row("/healthz", false, 700ms) == "health");
    CHECK(row("/search", false, 700ms) == "slow 1.000000");
    CHECK(row("/search", false, 20ms) == "search 20.000000");
    CHECK(row("/cart", false, 20ms) == "otherwise 100.000000");
}

TEST_CASE("Without a word everything is kept with weight 1", "[sampling]") {
    const CompiledSampler sampler(wl::TailSampler{}, kServerError);
    const Decision decision = decide(sampler, {});
    CHECK(decision.keep);
    CHECK(decision.weight == 1);
    CHECK(sampler.rules()[decision.rule] == "otherwise");
}

TEST_CASE("A predicate that throws keeps the event with weight 1 under its own rule, and is reported", "[sampling]") {
    const wl::Condition throws = wl::when([](const wl::EventView&) -> bool { throw std::runtime_error("no"); });
    const CompiledSampler sampler(wl::TailSampler{}
                                      .drop("a", wl::field("x") == 1)
                                      .drop("b", wl::field("x") == 2 || throws)
                                      .sample("c", wl::name() == "request", 0.01)
                                      .otherwise(0),
                                  kServerError);
    const Decision decision = decide(sampler, {});
    CHECK(decision.keep);
    CHECK(decision.weight == 1);
    CHECK(decision.predicate_threw);
    CHECK(sampler.rules()[decision.rule] == "b");
    CHECK_FALSE(kept(sampler, {.fields = {{"x", std::int64_t{1}}}}));
    CHECK_FALSE(kept(sampler, {.fields = {{"x", std::int64_t{2}}}}));
}

TEST_CASE("Fields beyond the watched slots are found all the same", "[sampling]") {
    wl::TailSampler rules;
    for (int i = 0; i < 50; ++i) rules.keep("r" + std::to_string(i), wl::field("k" + std::to_string(i)) == i);
    const CompiledSampler sampler(rules.otherwise(0), kServerError);
    CHECK(sampler.keys().size() == wl::detail::WatchedKeys::kSlots);
    for (std::int64_t i = 0; i < 50; ++i) {
        CHECK(rule(sampler, {.fields = {{"k" + std::to_string(i), i}}}) == "r" + std::to_string(i));
        CHECK_FALSE(kept(sampler, {.fields = {{"k" + std::to_string(i), i + 1}}}));
    }
}

TEST_CASE("error_when and the first rules have the watched slots", "[sampling]") {
    wl::TailSampler rules;
    for (int i = 0; i < 50; ++i) rules.keep("r" + std::to_string(i), wl::field("k" + std::to_string(i)) == i);
    const CompiledSampler sampler(rules, kServerError);
    CHECK(sampler.keys().key(0) == "http.response.status_code");
    CHECK(sampler.keys().key(1) == "k0");
    CHECK(sampler.keys().key(31) == "k30");
}

TEST_CASE("error_when is judged with the sampler's keys", "[sampling]") {
    const CompiledSampler sampler(wl::TailSampler{}.keep("a", wl::field("x") == 1), kServerError);
    const auto is_error = [&](std::int64_t status) {
        return sampler.is_error(
            SampleEvent({.fields = {{"x", status}, {"http.response.status_code", status}}}, sampler.keys()).view());
    };
    CHECK(is_error(499) == Truth::no);
    CHECK(is_error(500) == Truth::yes);
    const CompiledSampler broken({}, wl::when([](const wl::EventView&) -> bool { throw 1; }));
    CHECK(broken.is_error(SampleEvent({}, broken.keys()).view()) == Truth::threw);
    CHECK(CompiledSampler::keep_unjudged().keep);
    CHECK(CompiledSampler::keep_unjudged().weight == 1);
}

TEST_CASE("Two services keep the same requests of a trace down to the smaller probability", "[sampling]") {
    const CompiledSampler edge(wl::TailSampler{}.otherwise(0.02), kServerError);
    const CompiledSampler backend(wl::TailSampler{}.sample("cart", wl::name() == "cart", 0.1).otherwise(0.3),
                                  kServerError);
    std::mt19937_64 random(11);
    int both = 0;
    for (int i = 0; i < 50'000; ++i) {
        const std::uint64_t randomness = random();
        if (!kept(edge, {.name = "edge", .randomness = randomness})) continue;
        ++both;
        REQUIRE(kept(backend, {.name = "cart", .randomness = randomness}));
        REQUIRE(kept(backend, {.name = "other", .randomness = randomness}));
    }
    CHECK(both > 0);
}

TEST_CASE("Weighted counts and sums over kept events estimate the truth without bias", "[sampling]") {
    const CompiledSampler sampler(wl::TailSampler{}
                                      .keep("large", wl::field("bytes") >= 90'000)
                                      .sample("search", wl::field("http.route") == "/search", 0.05)
                                      .sample("slow", wl::slower_than(80ms), 1.0 / 3)
                                      .otherwise(0.1)
                                      .errors(0.5),
                                  kServerError);
    constexpr int kSeeds = 200;
    constexpr int kRequests = 500;
    double truth_requests = 0;
    double truth_bytes = 0;
    Estimate estimate;
    std::vector<double> errors_of_requests;
    for (int seed = 0; seed < kSeeds; ++seed) {
        std::mt19937_64 random(static_cast<std::uint64_t>(seed));
        Estimate one;
        for (int i = 0; i < kRequests; ++i) {
            SampleRequest request = route(random() % 3 != 0 ? "/search" : "/cart");
            const auto bytes = static_cast<std::int64_t>(random() % 100'000);
            request.fields.emplace_back("bytes", bytes);
            request.duration = std::chrono::milliseconds(random() % 100);
            request.failed = random() % 20 == 0;
            request.randomness = random();
            truth_requests += 1;
            truth_bytes += static_cast<double>(bytes);
            const Decision decision = decide(sampler, request);
            if (!decision.keep) continue;
            one.kept += 1;
            one.requests += decision.weight;
            one.bytes += decision.weight * static_cast<double>(bytes);
        }
        estimate.kept += one.kept;
        estimate.requests += one.requests;
        estimate.bytes += one.bytes;
        errors_of_requests.push_back(one.requests - kRequests);
    }
    // The mean error over the seeds is zero within four of its standard errors.
    double squares = 0;
    for (const double error : errors_of_requests) squares += error * error;
    const double standard_error = std::sqrt(squares / kSeeds / kSeeds);
    CHECK(std::abs(estimate.requests - truth_requests) / kSeeds < 4 * standard_error);
    CHECK(estimate.requests == Approx(truth_requests).epsilon(0.03));
    CHECK(estimate.bytes == Approx(truth_bytes).epsilon(0.03));
    CHECK(estimate.kept < truth_requests / 3);
}

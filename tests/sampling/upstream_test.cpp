// Callers that sample by trace id: their flag is made of the same randomness that rules decide by.
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catch.hpp"
#include "event/open_event.hpp"
#include "event/unknown_weight.hpp"
#include "request/recorded_events.hpp"
#include "sampling/compiled_sampler.hpp"
#include "sampling/rule_answers.hpp"
#include "sampling/simulated_service.hpp"

using namespace std::chrono_literals;
using request_test::Json;
using request_test::RecordedEvents;
using wideline::sampling::CompiledSampler;
using wideline::sampling::Decision;
using wideline::sampling::fixed_share;
using wideline::sampling::kRandomnessRange;
using wideline::testing::decide;
using wideline::testing::Dice;
using wideline::testing::SampleEvent;
using wideline::testing::SampleRequest;
namespace wl = wideline;

namespace {

constexpr double kUnknown = wl::detail::kUnknownWeight;
const wl::Condition kServerError = wl::number(wl::field("http.response.status_code")) >= 500;
const wl::Condition kPaid = wl::field("plan") == "paid";

std::string hex(std::uint64_t bits, int digits) {
    std::string text;
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) text += "0123456789abcdef"[bits >> shift & 15];
    return text;
}

/// A request that a caller has sampled, or not, at this probability.
SampleRequest from_caller(double probability, std::uint64_t randomness, bool says_threshold = true) {
    const std::uint64_t threshold = fixed_share(probability).threshold;
    SampleRequest request{.upstream_sampled = randomness >= threshold, .randomness = randomness};
    if (says_threshold && request.upstream_sampled) request.tracestate = "ot=th:" + hex(threshold, 14);
    return request;
}

/// How the errors of estimates of one sum are spread over many runs.
struct Errors {
    double sum = 0;
    double squares = 0;
    int runs = 0;

    void add(double error) {
        sum += error;
        squares += error * error;
        ++runs;
    }
    /// The mean error in its standard errors.
    [[nodiscard]] double bias() const {
        const double mean = sum / runs;
        const double variance = (squares / runs - mean * mean) / (runs - 1);
        return variance > 0 ? mean / std::sqrt(variance) : mean;
    }
};

struct Totals {
    double requests = 0;
    double bytes = 0;
    double paid = 0;
    double kept = 0;

    void add(double weight, double size, bool is_paid) {
        requests += weight;
        bytes += weight * size;
        paid += is_paid ? weight : 0;
        kept += 1;
    }
};

struct Run {
    Totals truth;
    Totals estimate;
};

/// 12 seconds of requests, 200 a second: from callers that sample at 1, 1/3 and 1/20, and some without a caller.
Run simulate(const wl::TailSampler& rules, std::uint64_t seed, bool says_threshold = true) {
    const auto learned = std::make_shared<wl::sampling::Learned>();
    const CompiledSampler sampler(rules, kServerError, learned);
    Dice dice(seed);
    Run run;
    std::int64_t now = 1'000'000'000'000;
    for (int i = 0; i < 2500; ++i, now += 5'000'000) {
        if (i % 2 == 0) learned->adjust(now, 1);
        const std::array probabilities = {1.0, 1.0 / 3, 0.05};
        const std::uint64_t who = dice.next() % 4;
        SampleRequest request = from_caller(who < 3 ? probabilities[who] : 1, dice.next() >> 8, says_threshold);
        const auto size = static_cast<std::int64_t>(100 + dice.next() % 900);
        const bool paid = dice.uniform() < 0.2;
        request.failed = dice.uniform() < 0.1;
        request.parent_span_id = 7;
        request.fields = {{"size", size}, {"plan", std::string(paid ? "paid" : "free")}};
        if (who == 3) {
            request.upstream_sampled = false;
            request.continues_trace = false;
            request.parent_span_id = 0;
        }
        SampleEvent event(request, sampler.keys());
        event.replay(request.randomness, now, std::chrono::milliseconds(dice.next() % 100));
        const Decision decision = sampler.decide(event.view(), dice.next() % 3);
        run.truth.add(1, static_cast<double>(size), paid);
        if (!decision.keep) continue;
        REQUIRE((decision.weight >= 1 || decision.weight == kUnknown));
        run.estimate.add(std::max(0.0, decision.weight), static_cast<double>(size), paid);
    }
    return run;
}

}  // namespace

TEST_CASE("What is kept for the caller's flag stands for all requests of the caller", "[sampling][upstream]") {
    const CompiledSampler sampler(wl::TailSampler{}.keep("upstream", wl::upstream_sampled()).otherwise(0.01),
                                  kServerError);
    const Decision sampled = decide(sampler, from_caller(0.1, kRandomnessRange - 1));
    CHECK(sampled.keep);
    CHECK(sampled.weight == Approx(10));
    CHECK(decide(sampler, from_caller(1, 0)).weight == 1);
    CHECK(decide(sampler, from_caller(0.001, kRandomnessRange - 1)).weight == 100);  // otherwise would have kept it
    const Decision below = decide(sampler, from_caller(0.001, fixed_share(0.005).threshold));
    CHECK(below.keep);
    CHECK(below.weight == 100);
    CHECK_FALSE(decide(sampler, from_caller(0.1, fixed_share(0.1).threshold - 1)).keep);
}

TEST_CASE("The weight of what is kept for the flag is unknown if the caller does not say its threshold",
          "[sampling][upstream]") {
    const CompiledSampler sampler(
        wl::TailSampler{}.keep("slow", wl::slower_than(1s)).keep("upstream", wl::upstream_sampled()).otherwise(0.01),
        kServerError);
    constexpr std::uint64_t kHigh = kRandomnessRange - 1;
    CHECK(decide(sampler, from_caller(0.1, kHigh, false)).keep);
    CHECK(decide(sampler, from_caller(0.1, kHigh, false)).weight == kUnknown);
    SampleRequest slow = from_caller(0.1, kHigh, false);
    slow.duration = 2s;
    CHECK(decide(sampler, slow).weight == 1);  // the flag was not asked for
    SampleRequest lying = from_caller(0.1, kHigh, true);
    lying.randomness = 0;  // the caller sampled it for another reason
    CHECK(decide(sampler, lying).weight == kUnknown);
    const CompiledSampler alike(wl::TailSampler{}.sample("upstream", wl::upstream_sampled(), 0.5).otherwise(0.5),
                                kServerError);
    CHECK(decide(alike, from_caller(0.1, kHigh, false)).weight == 2);  // the flag made no difference
}

TEST_CASE("Where all with the flag are dropped, the others stand for themselves", "[sampling][upstream]") {
    const CompiledSampler all(wl::TailSampler{}.drop("upstream", wl::upstream_sampled()), kServerError);
    CHECK(decide(all, from_caller(0.1, 0)).weight == 1);
    const CompiledSampler half(wl::TailSampler{}.drop("upstream", wl::upstream_sampled()).otherwise(0.5), kServerError);
    CHECK(decide(half, from_caller(0.1, kRandomnessRange / 2)).weight == kUnknown);
    SampleRequest says = from_caller(0.1, kRandomnessRange / 2);
    says.tracestate = "ot=th:" + hex(fixed_share(0.1).threshold, 14);
    CHECK(decide(half, says).weight == Approx(0.9 / 0.4));
}

TEST_CASE("Estimates are unbiased whatever rules ask of the flag of callers that sample by trace id",
          "[sampling][upstream][honesty]") {
    struct RuleSet {
        const char* name;
        wl::TailSampler sampler;
        bool says_threshold = true;
    };
    const wl::Condition upstream = wl::upstream_sampled();
    const std::vector<RuleSet> rule_sets = {
        {"keep, and little of the rest", wl::TailSampler{}.keep("up", upstream).otherwise(0.01)},
        {"keep, and much of the rest", wl::TailSampler{}.keep("up", upstream).otherwise(0.5)},
        {"keep, and all of the rest", wl::TailSampler{}.keep("up", upstream)},
        {"keep, and nothing of what other requests of callers there are",
         wl::TailSampler{}.keep("up", upstream).sample("own", !wl::has_parent(), 0.5).otherwise(0)},
        {"a share that is less than the rest's", wl::TailSampler{}.sample("up", upstream, 0.04).otherwise(0.5)},
        {"a share of what is paid for", wl::TailSampler{}.sample("up", kPaid && upstream, 0.2).otherwise(0.1)},
        {"the opposite first", wl::TailSampler{}.sample("not", !upstream, 0.1).otherwise(0.3)},
        {"for errors", wl::TailSampler{}.sample_errors("up", upstream, 0.5).errors(0.1).otherwise(0.2)},
        {"adaptive after it",
         wl::TailSampler{}.keep("up", kPaid && upstream).adaptive("rest", {.by = {"plan"}, .events_per_second = 80})},
        {"adaptive after it, of callers that do not say by which threshold they sample",
         wl::TailSampler{}.keep("up", upstream).adaptive("rest", {.by = {"plan"}, .events_per_second = 80}), false},
        {"both adaptive, of such callers",
         wl::TailSampler{}
             .adaptive("up", upstream, {.by = {"plan"}, .events_per_second = 20})
             .adaptive("rest", {.by = {"plan"}, .events_per_second = 20}),
         false},
        {"adaptive by it",
         wl::TailSampler{}.adaptive("up", upstream, {.by = {"plan"}, .events_per_second = 20}).otherwise(0.1)},
        {"a cap over it", wl::TailSampler{}.keep("up", upstream).otherwise(0.3).at_most({.events_per_second = 30})},
        {"new and slow ones after it", wl::TailSampler{}
                                           .sample("up", upstream, 0.5)
                                           .keep("new", wl::once_per({"plan"}, 1s))
                                           .keep("slow", wl::slower_than_percentile(90))
                                           .otherwise(0.05)},
    };
    constexpr int kRuns = 40;
    std::uint64_t seed = 1;
    for (const RuleSet& rules : rule_sets) {
        INFO(rules.name);
        std::array<Errors, 3> errors;
        double kept = 0;
        for (int i = 0; i < kRuns; ++i) {
            const Run run = simulate(rules.sampler, seed++, rules.says_threshold);
            errors[0].add(run.estimate.requests - run.truth.requests);
            errors[1].add(run.estimate.bytes - run.truth.bytes);
            errors[2].add(run.estimate.paid - run.truth.paid);
            kept += run.estimate.kept;
        }
        CHECK(kept > kRuns * 50);
        for (const Errors& of : errors) CHECK(std::abs(of.bias()) < 3);
    }
}

TEST_CASE("Budgets for what comes with the flag and for the rest hold, whether the threshold is known or not",
          "[sampling][upstream]") {
    for (const bool says_threshold : {true, false}) {
        const auto learned = std::make_shared<wl::sampling::Learned>();
        const CompiledSampler sampler(wl::TailSampler{}
                                          .adaptive("up", wl::upstream_sampled(), {.events_per_second = 20})
                                          .adaptive("rest", {.events_per_second = 30}),
                                      kServerError, learned);
        Dice dice(3);
        std::int64_t now = 1'000'000'000'000;
        std::array<int, 2> kept{};
        for (int ms = 0; ms < 120'000; ++ms, now += 1'000'000) {
            if (ms % 10 == 0) learned->adjust(now, 1);
            const SampleRequest request = from_caller(0.1, dice.next() >> 8, says_threshold);
            SampleEvent event(request, sampler.keys());
            if (sampler.decide(event.view()).keep && ms >= 90'000) ++kept[request.upstream_sampled ? 0 : 1];
        }
        INFO(says_threshold);
        CHECK(kept[0] / 30.0 == Approx(20).epsilon(0.15));
        CHECK(kept[1] / 30.0 == Approx(30).epsilon(0.15));
    }
}

TEST_CASE("An event of unknown weight has no sample_weight, and readers do not count it", "[sampling][upstream]") {
    RecordedEvents log({.sampler = wl::TailSampler{}.keep("up", wl::upstream_sampled()).otherwise(0.01)});
    const std::string traceparent = "00-4bf92f3577b34da6a3ffffffffffffff-00f067aa0ba902b7-01";
    { wl::Request request{"unknown", log.recorder(), {.traceparent = traceparent}}; }
    { wl::Request request{"known", log.recorder(), {.traceparent = traceparent, .tracestate = "ot=th:c"}}; }
    const Json unknown = log.event("unknown");
    CHECK_FALSE(unknown.contains("sample_weight"));
    CHECK(unknown.at("sample_rule") == "up");
    CHECK(log.event("known").at("sample_weight") == 4);
}

TEST_CASE("A trace that begins here says that all of it is recorded, and a caller's threshold goes on",
          "[sampling][upstream]") {
    RecordedEvents log;
    {
        wl::Request request{"root", log.recorder()};
        CHECK(request.tracestate() == "ot=th:0");
        wl::Request child{"child", log.recorder()};
        CHECK(child.tracestate() == "ot=th:0");
    }
    const std::string traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for (const char* const state : {"ot=th:c;rv:d29d6a7215ced0,vendor=1", "vendor=1", ""}) {
        wl::Request request{"continued", log.recorder(), {.traceparent = traceparent, .tracestate = state}};
        CHECK(request.tracestate() == state);
    }
}

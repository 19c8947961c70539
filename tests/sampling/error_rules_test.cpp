// Rules for errors: for services in which one mistake makes more errors than anyone can keep.
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "catch.hpp"
#include "request/recorded_events.hpp"
#include "sampling/compiled_sampler.hpp"
#include "sampling/rule_answers.hpp"
#include "sampling/simulated_service.hpp"

using namespace std::chrono_literals;
using request_test::RecordedEvents;
using wideline::sampling::CompiledSampler;
using wideline::sampling::Decision;
using wideline::sampling::kRandomnessRange;
using wideline::testing::decide;
using wideline::testing::Dice;
using wideline::testing::SampleEvent;
using wideline::testing::SampleRequest;
namespace wl = wideline;

namespace {

const wl::Condition kServerError = wl::number(wl::field("http.response.status_code")) >= 500;

wl::Condition type(const char* text) { return wl::field("kind") == text; }

SampleRequest failed(const char* kind, std::uint64_t randomness = 0) {
    return {.failed = true, .randomness = randomness, .fields = {{"kind", std::string(kind)}}};
}

}  // namespace

TEST_CASE("The first rule for errors that holds decides, and errors(p) decides the rest", "[sampling]") {
    const CompiledSampler sampler(wl::TailSampler{}
                                      .keep("all", wl::always())
                                      .sample_errors("declined", type("declined"), 0.25)
                                      .drop_errors("scanners", type("scan"))
                                      .sample_errors("never reached", type("declined"), 1)
                                      .errors(0.5),
                                  kServerError);
    const auto rule = [&](const SampleRequest& request) { return sampler.rules()[decide(sampler, request).rule]; };
    constexpr std::uint64_t kHigh = kRandomnessRange - 1;
    CHECK(rule(failed("declined")) == "declined");
    CHECK(rule(failed("scan")) == "scanners");
    CHECK(rule(failed("other")) == "error");
    CHECK_FALSE(decide(sampler, failed("declined", kRandomnessRange / 4 * 3 - 1)).keep);
    CHECK(decide(sampler, failed("declined", kRandomnessRange / 4 * 3)).keep);
    CHECK(decide(sampler, failed("declined", kHigh)).weight == 4);
    CHECK_FALSE(decide(sampler, failed("scan", kHigh)).keep);
    CHECK(decide(sampler, failed("other", kHigh)).weight == 2);
    SampleRequest success = failed("declined");
    success.failed = false;
    CHECK(rule(success) == "all");
}

TEST_CASE("Rules for errors ask the type that fail() was given, and their names and weights are on the event",
          "[sampling]") {
    RecordedEvents log({.sampler = wl::TailSampler{}
                                       .drop_errors("timeouts", wl::field("error.type") == "timeout")
                                       .sample_errors("crashes", wl::field("error.type") == "crash", 0x1p-1)});
    const auto fail = [&](const char* type, const char* traceparent) {
        wl::Request request{type, log.recorder(), {.traceparent = traceparent}};
        request.event().fail({.type = type});
    };
    fail("timeout", "00-4bf92f3577b34da6a3ffffffffffffff-00f067aa0ba902b7-01");
    fail("crash", "00-4bf92f3577b34da6a3ffffffffffffff-00f067aa0ba902b7-01");
    fail("crash", "00-4bf92f3577b34da6a300000000000000-00f067aa0ba902b7-01");
    fail("other", "00-4bf92f3577b34da6a300000000000000-00f067aa0ba902b7-01");
    CHECK(log.events().size() == 2);
    CHECK(log.event("crash").at("sample_rule") == "crashes");
    CHECK(log.event("crash").at("sample_weight") == 2);
    CHECK(log.event("crash").at("outcome") == "error");
    CHECK(log.event("other").at("sample_rule") == "error");
    const auto stats = log.stats();
    CHECK(stats.sampled_away == 2);
}

TEST_CASE("at_most does not cap what rules for errors keep", "[sampling]") {
    const auto learned = std::make_shared<wl::sampling::Learned>();
    const CompiledSampler sampler(
        wl::TailSampler{}.sample_errors("half", type("a"), 0.5).at_most({.events_per_second = 1}), kServerError,
        learned);
    SampleEvent event(failed("a"), sampler.keys());
    std::int64_t now = 1'000'000'000'000;
    for (int i = 0; i < 20'000; ++i, now += 1'000'000) {
        if (i % 10 == 0) learned->adjust(now, 1);
        event.replay(kRandomnessRange / 2, now, 0ns);
        const Decision decision = sampler.decide(event.view());
        REQUIRE(decision.keep);
        REQUIRE(decision.weight == 2);
    }
}

TEST_CASE("A flood of errors is held to its budget, with true weights, and each new kind of error is kept",
          "[sampling]") {
    const auto learned = std::make_shared<wl::sampling::Learned>();
    const CompiledSampler sampler(
        wl::TailSampler{}.adaptive_errors("flood", wl::always(), {.by = {"kind"}, .events_per_second = 20}),
        kServerError, learned);
    Dice dice(7);
    std::int64_t now = 1'000'000'000'000;
    learned->adjust(now, 1);
    double truth = 0;
    double estimate = 0;
    double kept_at_last = 0;
    std::map<std::string, double> first_weight;
    SampleEvent common(failed("declined"), sampler.keys());
    for (int ms = 0; ms < 120'000; ++ms, now += 1'000'000) {
        if (ms % 10 == 0) learned->adjust(now, 1);
        const auto count = [&](SampleEvent& event) {
            event.replay(dice.next() >> 8, now, 0ns);
            const Decision decision = sampler.decide(event.view());
            truth += 1;
            if (!decision.keep) return false;
            estimate += decision.weight;
            if (ms >= 90'000) kept_at_last += 1;
            return true;
        };
        for (int i = 0; i < 2; ++i) count(common);
        if (ms % 10'000 == 5'000) {
            SampleEvent rare(failed(("kind " + std::to_string(ms)).c_str()), sampler.keys());
            REQUIRE(count(rare));
        }
    }
    CHECK(kept_at_last / 30 == Approx(20).epsilon(0.25));
    CHECK(estimate == Approx(truth).epsilon(0.1));
}

TEST_CASE("The first error of a kind is kept even if there are more kinds than the rule tells apart", "[sampling]") {
    const auto learned = std::make_shared<wl::sampling::Learned>();
    const CompiledSampler sampler(wl::TailSampler{}.adaptive_errors(
                                      "flood", wl::always(), {.by = {"kind"}, .events_per_second = 1, .max_keys = 2}),
                                  kServerError, learned);
    std::int64_t now = 1'000'000'000'000;
    for (int i = 0; i < 500; ++i, now += 50'000'000) {
        learned->adjust(now, 1);
        SampleEvent event(failed(("kind " + std::to_string(i)).c_str()), sampler.keys());
        event.replay(0, now, 0ns);
        const Decision decision = sampler.decide(event.view());
        REQUIRE(decision.keep);
        REQUIRE(decision.weight == 1);
    }
}

TEST_CASE("A rule for errors has a name of its own, and can be tried out", "[sampling]") {
    CHECK_THROWS_AS(wl::TailSampler{}.keep("a", wl::always()).drop_errors("a", wl::always()), std::invalid_argument);
    CHECK_THROWS_AS(wl::TailSampler{}.drop_errors("a", wl::always()).keep("a", wl::always()), std::invalid_argument);
    CHECK_THROWS_AS(wl::TailSampler{}.sample_errors("a", wl::always(), 1.5), std::invalid_argument);
    CHECK_THROWS_AS(wl::TailSampler{}.adaptive_errors("a", wl::always(), {}), std::invalid_argument);
    CHECK_THROWS_AS(wl::TailSampler{}.drop_errors("error", wl::always()), std::invalid_argument);
    const CompiledSampler sampler(wl::TailSampler{}.drop_errors("a", wl::always()).dry("a"), kServerError);
    const Decision decision = decide(sampler, failed("x"));
    CHECK(decision.dry);
    CHECK_FALSE(decision.keep);
}

TEST_CASE("A rule without a condition takes every event that comes to it", "[sampling]") {
    const CompiledSampler sampler(wl::TailSampler{}
                                      .keep("a", type("a"))
                                      .sample("rest", 0.25)
                                      .adaptive("never reached", {.events_per_second = 1})
                                      .otherwise(0),
                                  kServerError);
    SampleRequest request{.fields = {{"kind", std::string("b")}}};
    CHECK(sampler.rules()[decide(sampler, request).rule] == "rest");
    const CompiledSampler adaptive(wl::TailSampler{}.adaptive("rest", {.by = {"kind"}, .events_per_second = 1}),
                                   kServerError);
    CHECK(adaptive.rules()[decide(adaptive, request).rule] == "rest");
}

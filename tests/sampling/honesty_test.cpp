// Whether people can trust their numbers: what kept events say of all requests, against all requests, over hundreds of
// runs. A run's seed fixes everything in it, so these tests come out the same each time.
#include <array>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include "catch.hpp"
#include "sampling/simulated_service.hpp"

using namespace std::chrono_literals;
using wideline::testing::Outcome;
using wideline::testing::simulate;
using wideline::testing::Sum;
using wideline::testing::Traffic;
namespace wl = wideline;

namespace {

const wl::Condition kAll = wl::field("http.route").exists();
const wl::Condition kPaid = wl::field("user.plan") == "paid";

struct RuleSet {
    std::string name;
    wl::TailSampler sampler;
};

std::vector<RuleSet> rule_sets() {
    return {
        {"fixed probabilities",
         wl::TailSampler{}.keep("paid", kPaid).sample("some", wl::field("size") > 2000, 0.3).otherwise(0.1)},
        {"adaptive by events",
         wl::TailSampler{}.adaptive("routes", kAll, {.by = {"http.route"}, .events_per_second = 20})},
        {"adaptive by bytes, paid ones kept",
         wl::TailSampler{}
             .keep("paid", kPaid)
             .adaptive("routes", kAll, {.by = {"http.route", "user.plan"}, .bytes_per_second = 3000})},
        {"adaptive with more keys than it may have",
         wl::TailSampler{}.adaptive("routes", kAll, {.by = {"http.route"}, .events_per_second = 20, .max_keys = 5})},
        {"a cap over fixed probabilities",
         wl::TailSampler{}.keep("paid", kPaid).otherwise(0.5).at_most({.events_per_second = 20})},
        {"a cap over adaptive, percentile and first seen",
         wl::TailSampler{}
             .keep("new", wl::first_seen({"http.route", "user.plan"}, 20s))
             .keep("slow", wl::slower_than_percentile(95, {.by = {"http.route"}}))
             .adaptive("paid", kPaid, {.by = {"http.route"}, .events_per_second = 10})
             .otherwise(0.3)
             .at_most({.events_per_second = 25})},
    };
}

/// Skewed, bursty, drifting.
std::vector<Traffic> traffics() {
    return {
        {.seconds = 40, .per_second = [](double) { return 100.0; }, .skew = 1.5},
        {.seconds = 40, .per_second = [](double second) { return std::fmod(second, 20) < 4 ? 400.0 : 40.0; }},
        {.seconds = 40, .per_second = [](double second) { return 60 + 2 * second; }, .drift_per_second = 0.5},
    };
}

/// Errors of one sum over many runs.
struct Errors {
    double sum = 0;
    double squares = 0;
    int runs = 0;
    int covered = 0;

    void add(const Sum& one) {
        const double error = one.estimate.sum() - one.truth;
        sum += error;
        squares += error * error;
        ++runs;
        covered += one.covered() ? 1 : 0;
    }
    /// The mean error in its standard errors.
    [[nodiscard]] double bias() const {
        const double mean = sum / runs;
        const double variance = (squares / runs - mean * mean) / (runs - 1);
        return variance > 0 ? mean / std::sqrt(variance) : mean;
    }
};

/// More of them in ./dev check.
int runs() {
    const char* const more = std::getenv("WIDELINE_HONESTY_RUNS");
    return more == nullptr ? 100 : std::atoi(more);
}

}  // namespace

TEST_CASE("Weighted counts, sums and totals by key are unbiased, and their intervals hold as often as they say",
          "[sampling][honesty]") {
    std::uint64_t seed = 0;
    for (const RuleSet& rules : rule_sets()) {
        INFO(rules.name);
        std::array<Errors, 5> errors;
        for (const Traffic& traffic : traffics())
            for (int run = 0; run < runs(); ++run) {
                const Outcome outcome = simulate(rules.sampler, traffic, seed++);
                errors[0].add(outcome.requests);
                errors[1].add(outcome.bytes);
                for (std::size_t i = 0; i < outcome.routes.size(); ++i) errors[2 + i].add(outcome.routes[i]);
            }
        int covered = 0;
        int intervals = 0;
        for (const Errors& of : errors) {
            CHECK(std::abs(of.bias()) < 3);
            covered += of.covered;
            intervals += of.runs;
        }
        const double share = static_cast<double>(covered) / intervals;
        CHECK(share >= 0.93);
        CHECK(share <= 0.97);
    }
}

TEST_CASE("A budget holds within a tenth once a burst has settled, and while routes come and go",
          "[sampling][honesty]") {
    struct Case {
        std::string name;
        wl::TailSampler sampler;
        Traffic traffic;
    };
    const auto burst = [](double second) { return second < 60 ? 200.0 : 2000.0; };
    const std::vector<Case> cases = {
        {"events",
         wl::TailSampler{}.adaptive("routes", kAll, {.by = {"http.route"}, .events_per_second = 50}),
         {.seconds = 180, .per_second = burst}},
        {"events, drifting",
         wl::TailSampler{}.adaptive("routes", kAll, {.by = {"http.route"}, .events_per_second = 50}),
         {.seconds = 180, .per_second = burst, .routes = 300, .drift_per_second = 0.2}},
        {"events, more keys than there may be",
         wl::TailSampler{}.adaptive("routes", kAll, {.by = {"http.route"}, .events_per_second = 50, .max_keys = 10}),
         {.seconds = 180, .per_second = burst, .routes = 300}},
        {"a cap over a share",
         wl::TailSampler{}.keep("paid", kPaid).otherwise(0.5).at_most({.events_per_second = 50}),
         {.seconds = 180, .per_second = burst}},
    };
    for (const Case& one : cases) {
        double kept = 0;
        constexpr int kRuns = 3;
        for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
            const Outcome outcome = simulate(one.sampler, one.traffic, seed);
            // From half a minute after the burst began, the others' 90 seconds.
            kept += std::accumulate(outcome.kept_by_second.begin() + 90, outcome.kept_by_second.begin() + 180, 0.0);
        }
        INFO(one.name);
        CHECK(kept / (90 * kRuns) == Approx(50).epsilon(0.1));
    }
    double bytes = 0;
    const Outcome outcome =
        simulate(wl::TailSampler{}.adaptive("routes", kAll, {.by = {"http.route"}, .bytes_per_second = 10'000}),
                 {.seconds = 180, .per_second = burst}, 1);
    for (int second = 90; second < 180; ++second)
        bytes += outcome.kept_bytes_by_second[static_cast<std::size_t>(second)];
    CHECK(bytes / 90 == Approx(10'000).epsilon(0.1));
}

TEST_CASE("A burst is thinned before it has brought half a minute of the budget", "[sampling][honesty]") {
    const Outcome outcome =
        simulate(wl::TailSampler{}.adaptive("routes", kAll, {.by = {"http.route"}, .events_per_second = 50}),
                 {.seconds = 40, .per_second = [](double second) { return second < 20 ? 20.0 : 5000.0; }}, 1);
    CHECK(std::accumulate(outcome.kept_by_second.begin() + 20, outcome.kept_by_second.begin() + 40, 0) <
          20 * 50 + 30 * 50);
    const Outcome capped =
        simulate(wl::TailSampler{}.at_most({.events_per_second = 50}),
                 {.seconds = 40, .per_second = [](double second) { return second < 20 ? 20.0 : 5000.0; }}, 1);
    CHECK(std::accumulate(capped.kept_by_second.begin() + 20, capped.kept_by_second.begin() + 40, 0) <
          20 * 50 + 5 * 50);
}

TEST_CASE("What rates were learned is known again after a restart", "[sampling][honesty]") {
    const wl::TailSampler sampler =
        wl::TailSampler{}.adaptive("routes", kAll, {.by = {"http.route"}, .events_per_second = 50});
    const Traffic traffic{.seconds = 20, .per_second = [](double) { return 2000.0; }};
    const auto before = std::make_shared<wl::sampling::Learned>();
    const Outcome first = simulate(sampler, traffic, 1, before);
    CHECK(first.kept_by_second[0] > 100);  // nothing was known, and the reserve was spent at first

    const auto after = std::make_shared<wl::sampling::Learned>();
    after->restore(before->save());
    CHECK(simulate(sampler, traffic, 2, after).kept_by_second[0] == Approx(50).margin(30));

    for (const char* const damaged : {"", "null", "{", "[1]", R"({"version":"1"})", R"({"version":1})",
                                      R"({"version":1,"events_per_second_by_rule_and_key":{"a":[[1]]}})",
                                      R"({"version":1,"events_per_second_by_rule_and_key":[["x",-1]]})"}) {
        const auto fresh = std::make_shared<wl::sampling::Learned>();
        fresh->restore(damaged);
        CHECK(simulate(sampler, {.seconds = 1}, 1, fresh).requests.truth > 0);
    }
}

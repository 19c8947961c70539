// The goals that a budget can have beside so many events a second, and what else is set on it.
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <wideline/wideline.hpp>

#include "catch.hpp"
#include "sampling/budget_traffic.hpp"
#include "sampling/ceiling.hpp"
#include "sampling/rule_answers.hpp"

using namespace std::chrono_literals;
using wideline::sampling::AdaptiveRate;
using wideline::sampling::Ceiling;
using wideline::testing::Arrival;
using wideline::testing::Budgeted;
using wideline::testing::Dice;
using wideline::testing::Outcome;
using wideline::testing::refusal;
using wideline::testing::simulate;
using wideline::testing::spend;
using wideline::testing::Traffic;
namespace wl = wideline;

namespace {

const wl::Condition kAll = wl::field("http.route").exists();

template <class T>
double from(const std::vector<T>& by_second, std::size_t second) {
    return std::accumulate(by_second.begin() + static_cast<std::ptrdiff_t>(second), by_second.end(), 0.0);
}

Traffic steady(double per_second, double seconds = 60) {
    return {.seconds = seconds, .per_second = [per_second](double) { return per_second; }};
}

/// Of one key in a thousand requests a second, and of another one in two.
struct TwoKeys {
    std::map<std::uint64_t, double> came;
    std::map<std::uint64_t, double> kept;  // by the probabilities

    explicit TwoKeys(const AdaptiveRate::Settings& settings, double rare_per_second = 2) {
        AdaptiveRate rate(settings);
        std::int64_t now = 1'000'000'000;
        rate.look(now, 1);
        Dice dice(3);
        for (int millisecond = 0; millisecond < 60'000; ++millisecond) {
            now += 1'000'000;
            rate.look(now, 1);
            for (const std::uint64_t key : {1, 2}) {
                if (key == 2 && dice.uniform() > rare_per_second / 1000) continue;
                const double probability = rate.probability(key, 0, 1, now);
                if (millisecond < 15'000) continue;
                came[key] += 1;
                kept[key] += probability;
            }
        }
    }
};

}  // namespace

TEST_CASE("otherwise keeps to a budget of what no rule took", "[sampling][budget]") {
    const wl::TailSampler sampler = wl::TailSampler{}
                                        .drop("paid", wl::field("user.plan") == "paid")
                                        .otherwise({.by = {"http.route"}, .events_per_second = 50});
    const Outcome outcome = simulate(sampler, steady(2000), 1);
    CHECK(from(outcome.kept_by_second, 15) / 45 == Approx(50).epsilon(0.1));
    CHECK(wl::TailSampler{}.otherwise({.events_per_second = 5}).otherwise(0.5).otherwise_budget() == std::nullopt);
    CHECK(wl::TailSampler{}.otherwise(0.5).otherwise({.events_per_second = 5}).otherwise_probability() == 1);
}

TEST_CASE("A share is kept of whatever comes, rare keys whole", "[sampling][budget]") {
    const TwoKeys keys({.share = 0.05});
    CHECK(keys.kept.at(2) == Approx(keys.came.at(2)).epsilon(0.02));
    CHECK((keys.kept.at(1) + keys.kept.at(2)) / (keys.came.at(1) + keys.came.at(2)) == Approx(0.05).epsilon(0.02));

    const wl::TailSampler sampler = wl::TailSampler{}.adaptive("some", {.by = {"http.route"}, .share = 0.05});
    const auto burst = [](double second) { return second < 30 ? 1000.0 : 10'000.0; };
    const Outcome outcome = simulate(sampler, {.seconds = 60, .per_second = burst}, 1);
    CHECK(from(outcome.kept_by_second, 31) / 29 == Approx(500).epsilon(0.1));
    CHECK(outcome.kept_by_second[0] < 150);  // the first second too
}

TEST_CASE("Each key keeps the least that was said, before others take a share", "[sampling][budget]") {
    const AdaptiveRate::Settings few{.per_second = 10};
    AdaptiveRate::Settings with_least = few;
    with_least.at_least_per_key = 5;
    const double rare = 50;
    const TwoKeys without(few, rare);
    const TwoKeys with(with_least, rare);
    CHECK(without.kept.at(2) / 45 < 4.8);
    CHECK(with.kept.at(2) / 45 == Approx(5).epsilon(0.1));
    CHECK((with.kept.at(1) + with.kept.at(2)) / 45 == Approx(10).epsilon(0.1));
    with_least.at_least_per_key = 50;  // more than there is: the budget holds
    const TwoKeys too_much(with_least, rare);
    CHECK((too_much.kept.at(1) + too_much.kept.at(2)) / 45 == Approx(10).epsilon(0.1));
}

TEST_CASE("A cap of bytes holds over rules of events, and the estimates stay true", "[sampling][budget]") {
    const wl::TailSampler sampler = wl::TailSampler{}.otherwise(0.5).at_most({.bytes_per_second = 10'000});
    const Outcome outcome = simulate(sampler, steady(500), 1);
    CHECK(from(outcome.kept_bytes_by_second, 15) / 45 == Approx(10'000).epsilon(0.1));
    CHECK(outcome.requests.estimate.sum() == Approx(outcome.requests.truth).epsilon(0.1));
}

TEST_CASE("A hundred thousand requests at once on 64 threads do not get past a cap of 10 a second",
          "[sampling][budget]") {
    wl::Recorder recorder{{.sampler = wl::TailSampler{}.at_most({.events_per_second = 10}),
                           .sinks = {wl::callback_sink([](const wl::Batch&) {})}}};
    std::vector<std::thread> threads;
    for (int i = 0; i < 64; ++i)
        threads.emplace_back([&] {
            for (int request = 0; request < 1563; ++request) wl::Request one("r", recorder);
        });
    for (std::thread& thread : threads) thread.join();
    const wl::Stats stats = recorder.stats();
    CHECK(stats.started == 64 * 1563);
    CHECK(stats.kept >= 10);
    CHECK(stats.kept < 300);
}

TEST_CASE("A cap and a budget hold before the pipeline has looked for the first time", "[sampling][budget]") {
    Ceiling ceiling(10);
    AdaptiveRate rate({.per_second = 10});
    double of_ceiling = 0;
    double of_rate = 0;
    for (std::uint64_t i = 0; i < 100'000; ++i) {
        of_ceiling += ceiling.probability(1, 1, i % 64, static_cast<std::int64_t>(1'000'000'000 + i));
        of_rate += rate.probability(i % 5 + 1, i % 64, 1, static_cast<std::int64_t>(1'000'000'000 + i));
    }
    CHECK(of_ceiling >= 10);
    CHECK(of_ceiling < 300);
    CHECK(of_rate >= 10);
    CHECK(of_rate < 300);
}

TEST_CASE("Before anything is known, the initial probability holds", "[sampling][budget]") {
    const wl::TailSampler sampler =
        wl::TailSampler{}.adaptive("all", {.events_per_second = 1000, .initial_probability = 0.1});
    const Outcome outcome = simulate(sampler, steady(500, 30), 1);
    CHECK(outcome.kept_by_second[0] == Approx(50).margin(25));
    CHECK(from(outcome.kept_by_second, 5) / 25 == Approx(500).epsilon(0.1));
}

TEST_CASE("A change is settled within the interval", "[sampling][budget]") {
    const auto kept_after = [](double interval_s) {
        const Budgeted service{.name = "a tenth less",
                               .adaptive = {.per_second = 50, .interval_s = interval_s},
                               .per_second = [](double second) { return second < 100 ? 1000.0 : 900.0; },
                               .arrival = [](double, Dice&) { return Arrival{1}; },
                               .seconds = 106};
        return from(spend(service, 1, 5).granted, 102) / 4;
    };
    CHECK(kept_after(2) == Approx(50).epsilon(0.05));
    CHECK(kept_after(3600) < 47);  // still thinned as for what came before
}

TEST_CASE("A number of a budget that makes no sense is refused with a sentence that names it", "[sampling]") {
    const auto with = [](const wl::AdaptiveBudget& budget) {
        return refusal([&] { static_cast<void>(wl::TailSampler{}.adaptive("a", budget)); });
    };
    CHECK(with({.events_per_second = 5, .at_least_per_key = 1, .initial_probability = 0.5, .interval = 1s}).empty());
    CHECK_THAT(with({}), Catch::Contains("has 0 events_per_second"));
    CHECK_THAT(with({.share = 1.5}), Catch::Contains("has 1.5 share"));
    CHECK_THAT(with({.share = -1}), Catch::Contains("has -1 share"));
    CHECK_THAT(with({.events_per_second = 5, .share = 0.5}), Catch::Contains("two budgets"));
    CHECK_THAT(with({.events_per_second = 5, .at_least_per_key = -1}), Catch::Contains("-1 at_least_per_key"));
    CHECK_THAT(with({.events_per_second = 5, .initial_probability = 0}), Catch::Contains("initial_probability 0"));
    CHECK_THAT(with({.events_per_second = 5, .interval = 10ms}), Catch::Contains("0.01 seconds of interval"));
    CHECK_THAT(with({.events_per_second = 5, .interval = 2h}), Catch::Contains("7200 seconds of interval"));
    CHECK_THAT(refusal([] { static_cast<void>(wl::TailSampler{}.at_most({})); }), Catch::Contains("at_most"));
    CHECK_THAT(
        refusal([] { static_cast<void>(wl::TailSampler{}.at_most({.events_per_second = 1, .bytes_per_second = 1})); }),
        Catch::Contains("two budgets"));
    CHECK_THAT(refusal([] { static_cast<void>(wl::TailSampler{}.otherwise({.share = 2})); }),
               Catch::Contains("otherwise has 2 share"));
}

// An hour of each kind of traffic under a budget, on 1, 8 and 64 threads, and what must hold whatever comes:
//
// - from 15 s after a change of the traffic on, what is kept over any 10 s is within a tenth of the budget, if so much
//   comes;
// - before that it is at most three times the budget;
// - a cap is exceeded by a tenth at most from the second second after a change on;
// - the weights are true.
//
// What is kept is taken as the sum of the probabilities: on average over the randomness of traces, whose chance no
// sampler can take away. Three runs are averaged, for the requests come by chance too.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "catch.hpp"
#include "sampling/budget_traffic.hpp"

using wideline::testing::Arrival;
using wideline::testing::Budgeted;
using wideline::testing::Dice;
using wideline::testing::spend;
using wideline::testing::Spending;
using wideline::testing::zipf_keys;

namespace {

constexpr std::size_t kSettled = 15;  // seconds
constexpr std::size_t kWindow = 10;
constexpr double kEach = 600;  // seconds from one change of an hour to the next of its kind

/// Every ten minutes, from `from` to `to` seconds into them.
bool within(double second, double from, double to) {
    const double into = std::fmod(second, kEach);
    return into >= from && into < to;
}

std::vector<double> every_ten_minutes(std::initializer_list<double> into) {
    std::vector<double> changes{0};
    for (double begin = 0; begin < 3600; begin += kEach)
        for (const double at : into) changes.push_back(begin + at);
    return changes;
}

auto steady(double per_second) {
    return [per_second](double) { return per_second; };
}

auto burst(double usual) {
    return [usual](double second) { return within(second, 300.5, 320.5) ? 10 * usual : usual; };
}
const std::vector<double> kBursts = every_ten_minutes({300.5, 320.5});

double ramp(double second) {
    if (within(second, 300, 360)) return 100 + 165 * (std::fmod(second, kEach) - 300);
    return within(second, 360, 380) ? 10'000 : 100;
}

Arrival own_key(double, Dice& dice) { return {dice.next()}; }

/// One busy key, and each so-manieth request with a key that never comes again.
auto busy_and_ghosts(std::uint64_t each) {
    return [each](double, Dice& dice) { return dice.next() % each == 0 ? Arrival{dice.next()} : Arrival{1}; };
}

Arrival deployed_anew(double second, Dice& dice) {
    return {Dice(dice.next() % 200 + 1000 * static_cast<std::uint64_t>(second / kEach)).next()};
}

Arrival sized(double second, Dice& dice) {
    const std::uint32_t mean = within(second, 300, 600) ? 4000 : 400;
    return {dice.next() % 20, mean / 2 + static_cast<std::uint32_t>(dice.next() % mean)};
}

/// Twenty requests of a session in one second, and then none.
Arrival of_sessions(double second, Dice& dice) {
    if (dice.next() % 2 == 0) return {1};
    return {Dice(static_cast<std::uint64_t>(second) * 8 + dice.next() % 8).next()};
}

/// A cap is looked at by the second, and so with five times the requests; and a start is over soon.
Budgeted for_less_time(Budgeted kind) {
    kind.seconds = 700;
    return kind;
}

std::vector<Budgeted> kinds() {
    const auto twenty = zipf_keys(20, 1.2);
    return {
        for_less_time({"150 at the start", {.per_second = 50}, 1, 0, steady(200), zipf_keys(5, 0), {0}, {{0, 150}}}),
        for_less_time({"3,000 at the start", {.per_second = 50}, 1, 0, steady(200), zipf_keys(5, 0), {0}, {{0, 3000}}}),
        {"steady", {.per_second = 50}, 1, 0, steady(200), twenty},
        {"bursts of ten times", {.per_second = 50}, 1, 0, burst(200), twenty, kBursts},
        {"ramps from 100 to 10,000 in a minute",
         {.per_second = 50},
         1,
         0,
         ramp,
         twenty,
         every_ten_minutes({300, 315, 330, 345, 360, 380})},
        {"silences",
         {.per_second = 50},
         1,
         0,
         [](double second) { return within(second, 300, 400) ? 0.0 : 200.0; },
         twenty,
         every_ten_minutes({300, 400})},
        {"one busy key and keys that came once", {.per_second = 10}, 1, 0, steady(45), busy_and_ghosts(9)},
        {"every request a key of its own", {.per_second = 50}, 1, 0, steady(300), own_key},
        {"sessions", {.per_second = 50}, 1, 0, steady(320), of_sessions},
        {"5,000 keys over a limit of 500", {.per_second = 50}, 1, 0, steady(500), zipf_keys(5000, 1)},
        {"all keys new", {.per_second = 50}, 1, 0, steady(400), deployed_anew, every_ten_minutes({0})},
        {"sizes of ten times",
         {.per_second = 20'000, .unit = wideline::sampling::AdaptiveRate::Unit::bytes},
         1,
         0,
         steady(200),
         sized,
         every_ten_minutes({0, 300})},
        {"a pipeline that is held up for 2 s again and again",
         {.per_second = 50},
         1,
         0,
         burst(200),
         twenty,
         kBursts,
         {},
         2},
        for_less_time({"a cap over less", {.per_second = 50}, 1, 100, burst(1000), twenty, kBursts}),
        for_less_time({"a cap over more", {.per_second = 150}, 1, 100, burst(1000), twenty, kBursts}),
        for_less_time({"a cap over a share", {}, 0.5, 100, burst(1000), twenty, kBursts}),
        for_less_time({"100,000 at once under a cap of 10",
                       {},
                       1,
                       10,
                       steady(1000),
                       twenty,
                       every_ten_minutes({0}),
                       {{0, 100'000}, {600, 100'000}}}),
    };
}

struct Mean {
    std::vector<double> came;
    std::vector<double> granted;

    void add(const Spending& run, double part) {
        came.resize(run.came.size());
        granted.resize(run.came.size());
        for (std::size_t second = 0; second < came.size(); ++second) {
            came[second] += part * run.came[second];
            granted[second] += part * run.granted[second];
        }
    }
};

double sum(const std::vector<double>& of, std::size_t from, std::size_t count) {
    const auto begin = of.begin() + static_cast<std::ptrdiff_t>(from);
    return std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(count), 0.0);
}

/// Whether a change lies in the seconds, or less than `settled` before them.
bool is_changing(const Budgeted& kind, double from, double to, double settled) {
    return std::any_of(kind.changes.begin(), kind.changes.end(),
                       [&](double change) { return from < change + settled && change < to; });
}

/// The least and the most that was kept over 10 s, of what was due.
struct Range {
    double least = 1;
    double most = 1;
    int windows = 0;
};
Range when_settled(const Budgeted& kind, const Mean& mean) {
    Range range;
    constexpr double kSoMuch = 1.2;
    const double due = kWindow * kind.budget();
    for (std::size_t at = 0; at + kWindow <= mean.came.size(); ++at) {
        const auto from = static_cast<double>(at);
        if (is_changing(kind, from, from + kWindow, kSettled)) continue;
        if (kind.share * sum(mean.came, at, kWindow) < kSoMuch * due) continue;
        const double kept = sum(mean.granted, at, kWindow) / due;
        range = {std::min(range.least, kept), std::max(range.most, kept), range.windows + 1};
    }
    return range;
}

double most_of_any_window(const Budgeted& kind, const std::vector<double>& granted) {
    double most = 0;
    for (std::size_t at = 0; at + kWindow <= granted.size(); ++at)
        most = std::max(most, sum(granted, at, kWindow) / (kWindow * kind.budget()));
    return most;
}

/// The mean probability of a second's requests, times how many were to come.
double most_over_cap(const Budgeted& kind, const Mean& mean) {
    double most = 0;
    for (std::size_t at = 0; at < mean.came.size(); ++at) {
        const auto from = static_cast<double>(at);
        if (mean.came[at] == 0 || is_changing(kind, from, from + 1, 1)) continue;
        most = std::max(most, mean.granted[at] / mean.came[at] * kind.per_second(from) / kind.cap);
    }
    return most;
}

}  // namespace

TEST_CASE("An hour of each kind of traffic stays within its budget, on 1, 8 and 64 threads, and its weights are true",
          "[sampling][budget]") {
    for (const Budgeted& kind : kinds()) {
        INFO(kind.name);
        Mean mean;
        std::uint64_t seed = 1;
        for (const std::size_t lanes : {1, 8, 64}) {
            INFO(lanes << " threads");
            const Spending run = spend(kind, lanes, seed++);
            CHECK(most_of_any_window(kind, run.granted) < 3);
            CHECK(std::abs(run.weights - run.requests) < 4 * std::sqrt(run.variance));
            mean.add(run, 1.0 / 3);
        }
        const Range settled = when_settled(kind, mean);
        CHECK(settled.windows > 500);
        CHECK(settled.least > 0.9);
        CHECK(settled.most < 1.1);
        if (kind.cap > 0) CHECK(most_over_cap(kind, mean) < 1.1);
    }
}

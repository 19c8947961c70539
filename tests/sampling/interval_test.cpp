// Whether intervals by key hold where a budget thins a burst: its events have ten times the weight of those before, and
// of a rare key perhaps none of them is kept. Any key counts, also one of which nothing was kept.
#include <cmath>
#include <string>
#include <vector>

#include "catch.hpp"
#include "read/estimate.hpp"
#include "sampling/budget_traffic.hpp"
#include "sampling/ceiling.hpp"

using wideline::read::Estimate;
using wideline::sampling::AdaptiveRate;
using wideline::sampling::Ceiling;
using wideline::testing::Dice;

namespace {

constexpr std::uint64_t kKeys = 40;
constexpr double kSeconds = 60;

struct Rules {
    std::string name;
    double budget;  // 0: a share of a half
    double cap;     // 0: none
};

struct Held {
    double keys = 0;
    double held = 0;
    double totals = 0;
    double totals_held = 0;
};

bool holds(const Estimate& estimate, double truth) {
    return estimate.low() - 1e-6 <= truth && truth <= estimate.high() + 1e-6;
}

/// Forty keys by Zipf's law, of which now these and now those are common, with a burst of ten times each 20 s.
void run(const Rules& rules, std::uint64_t seed, Held& held) {
    Dice dice(seed);
    const auto zipf = wideline::testing::zipf_keys(kKeys, 1.1);
    std::vector<std::uint64_t> hashes;
    for (std::uint64_t rank = 0; rank < kKeys; ++rank) hashes.push_back(Dice(rank).next());
    const double burst_at = 20 * dice.uniform();
    const double burst_seconds = 1 + 3 * dice.uniform();
    const double usual = 60 + 120 * dice.uniform();
    const double drift = 0.7 * dice.uniform();

    AdaptiveRate rate({.per_second = rules.budget > 0 ? rules.budget : 1});
    Ceiling ceiling(rules.cap > 0 ? rules.cap : 1);
    std::vector<Estimate> estimates(kKeys);
    std::vector<double> truth(kKeys);
    Estimate all;
    double requests = 0;
    constexpr std::int64_t kBegin = 1'000'000'000'000;
    constexpr std::int64_t kLook = 10'000'000;
    std::int64_t looked = kBegin - kLook;
    for (double second = 0; second < kSeconds; requests += 1) {
        const bool burst = std::fmod(second + 20 - burst_at, 20) < burst_seconds;
        second += dice.exponential(1 / (burst ? 10 * usual : usual));
        const std::int64_t now = kBegin + static_cast<std::int64_t>(second * 1e9);
        for (; looked + kLook <= now; looked += kLook) {
            rate.look(looked + kLook, 1);
            ceiling.look(looked + kLook, 1);
        }
        const std::uint64_t hash = zipf(second, dice).key;
        std::uint64_t key = 0;
        while (hashes[key] != hash) ++key;
        key = (key + static_cast<std::uint64_t>(second * drift)) % kKeys;
        double probability = rules.budget > 0 ? rate.probability(key + 1, 0, 1, now) : 0.5;
        if (rules.cap > 0) probability = ceiling.probability(probability, 1, 0, now);
        truth[key] += 1;
        if (dice.uniform() >= probability) continue;
        estimates[key].add(1, 1 / probability);
        all.add(1, 1 / probability);
    }
    held.totals += 1;
    held.totals_held += holds(all, requests) ? 1 : 0;
    for (std::uint64_t key = 0; key < kKeys; ++key) {
        if (truth[key] == 0) continue;
        estimates[key].place_among(all);
        held.keys += 1;
        held.held += holds(estimates[key], truth[key]) ? 1 : 0;
    }
}

}  // namespace

TEST_CASE("Intervals of all keys hold 93 to 97 times in 100 under budgets and caps with bursts",
          "[sampling][honesty]") {
    const std::vector<Rules> kinds = {{"a share", 0, 0},
                                      {"a budget", 12, 0},
                                      {"a cap over a share", 0, 12},
                                      {"a cap over a budget", 12, 10},
                                      {"a cap over a larger budget", 20, 12}};
    std::uint64_t seed = 1;
    for (const Rules& rules : kinds) {
        INFO(rules.name);
        Held held;
        for (int i = 0; i < 60; ++i) run(rules, seed++, held);
        CHECK(held.held / held.keys > 0.93);
        CHECK(held.held / held.keys < 0.97);
        CHECK(held.totals_held / held.totals > 0.87);  // 60 of them: by chance 0.95 within 0.03 of it
    }
}

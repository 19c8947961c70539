#include "sampling/spread.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "catch.hpp"

using wideline::sampling::Claim;
using wideline::sampling::level_of;
using wideline::sampling::rarity_of;

namespace {

/// What Honeycomb's dynsampler-go does, written down from its documentation and results: integer rates, keys in the
/// order of their names, what is left over going to those that come later. It shows that the model is theirs.
std::map<std::string, int> dynsampler_rates(const std::map<std::string, double>& counts, double goal) {
    double logarithms = 0;
    for (const auto& [key, count] : counts) logarithms += std::log10(std::max(1.0, count));
    std::map<std::string, int> rates;
    auto remaining = static_cast<double>(counts.size());
    double extra = 0;
    for (const auto& [key, traffic] : counts) {
        const double count = std::max(1.0, traffic);
        double share = std::max(1.0, std::log10(count) * goal / logarithms);
        const double more = extra / remaining--;
        share += more;
        extra -= more;
        rates[key] = count <= share ? 1 : static_cast<int>(std::ceil(count / share));
        extra += share - count / rates[key];
    }
    return rates;
}

const std::map<std::string, double> kKnown = {{"one", 1},     {"two", 1},    {"three", 2},  {"four", 5},
                                              {"five", 8},    {"six", 15},   {"seven", 45}, {"eight", 612},
                                              {"nine", 2000}, {"ten", 10000}};
constexpr double kKnownGoal = 12689.0 / 20;

std::vector<double> spread(const std::vector<double>& traffic, double goal, double least_events = 0) {
    std::vector<Claim> claims;
    for (const double count : traffic)
        claims.push_back({count, rarity_of(count), count > 0 ? std::min(1.0, least_events / count) : 0});
    const double level = level_of(claims, goal);
    std::vector<double> probabilities;
    for (const Claim& claim : claims) probabilities.push_back(claim.probability(level));
    return probabilities;
}

double expected(const std::vector<double>& traffic, const std::vector<double>& probabilities) {
    return std::inner_product(traffic.begin(), traffic.end(), probabilities.begin(), 0.0);
}

std::vector<double> random_traffic(std::mt19937_64& random) {
    std::vector<double> traffic(1 + random() % 50);
    for (double& count : traffic) count = std::exp(static_cast<double>(random() % 1200) / 100 - 1);
    return traffic;
}

}  // namespace

TEST_CASE("Rare keys are kept whole and common ones thinned as by dynsampler, whose budget is not all used",
          "[sampling]") {
    const auto theirs = dynsampler_rates(kKnown, kKnownGoal);
    double they_keep = 0;
    std::vector<double> traffic;
    for (const auto& [key, count] : kKnown) {
        they_keep += count / theirs.at(key);
        traffic.push_back(count);
        CHECK(theirs.at(key) == (key == "eight" ? 6 : key == "nine" ? 14 : key == "ten" ? 47 : 1));
    }
    const std::vector<double> ours = spread(traffic, kKnownGoal);
    std::size_t at = 0;
    for (const auto& [key, count] : kKnown) {
        INFO(key);
        const double rate = 1 / ours[at++];
        if (theirs.at(key) == 1) CHECK(rate == 1);
        if (key == "eight") CHECK(rate == Approx(3.97).margin(0.01));
        if (key == "nine") CHECK(rate == Approx(10.96).margin(0.01));
        if (key == "ten") CHECK(rate == Approx(45.2).margin(0.1));
    }
    CHECK(expected(traffic, ours) == Approx(kKnownGoal));
    CHECK(they_keep < kKnownGoal * 0.9);
}

TEST_CASE(
    "A budget is spent exactly, whatever the keys' traffic, and no key with more traffic has a larger share of it kept",
    "[sampling]") {
    std::mt19937_64 random(7);
    for (int run = 0; run < 300; ++run) {
        const std::vector<double> traffic = random_traffic(random);
        const double all = std::accumulate(traffic.begin(), traffic.end(), 0.0);
        const double goal = all * std::exp(-static_cast<double>(random() % 700) / 100);
        const std::vector<double> probabilities = spread(traffic, goal);
        REQUIRE(expected(traffic, probabilities) == Approx(std::min(goal, all)));
        for (std::size_t a = 0; a < traffic.size(); ++a)
            for (std::size_t b = 0; b < traffic.size(); ++b) {
                if (traffic[a] > traffic[b]) continue;
                REQUIRE(probabilities[a] >= probabilities[b] * (1 - 1e-9));  // rarer: kept more
                REQUIRE(probabilities[a] * std::max(traffic[a], 1.0) <=
                        probabilities[b] * std::max(traffic[b], 1.0) * (1 + 1e-9));  // but not more events
            }
    }
}

TEST_CASE("Each key has its least first, and the others share what is left of the budget", "[sampling]") {
    std::mt19937_64 random(8);
    for (int run = 0; run < 300; ++run) {
        const std::vector<double> traffic = random_traffic(random);
        const double all = std::accumulate(traffic.begin(), traffic.end(), 0.0);
        const double least = 3;
        double leasts = 0;
        for (const double count : traffic) leasts += std::min(count, least);
        const double goal = leasts + (all - leasts) * std::exp(-static_cast<double>(random() % 700) / 100);
        const std::vector<double> probabilities = spread(traffic, goal, least);
        REQUIRE(expected(traffic, probabilities) == Approx(std::min(goal, all)));
        for (std::size_t i = 0; i < traffic.size(); ++i)
            REQUIRE(probabilities[i] * traffic[i] >= std::min(traffic[i], least) * (1 - 1e-9));
    }
    CHECK(level_of(std::vector<Claim>{{100, 1, 0.5}}, 10) == 0);
}

TEST_CASE("Keys without traffic are kept whole, and nothing is divided by nothing", "[sampling]") {
    CHECK(level_of({}, 10) == std::numeric_limits<double>::infinity());
    CHECK(spread({0, 0}, 10) == std::vector<double>{1, 1});
    for (const double probability : spread({1, 1e300}, 1e-9)) {
        CHECK(probability > 0);
        CHECK(probability <= 1);
    }
}

#include "sampling/throughput.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "catch.hpp"

using wideline::sampling::spread;
using wideline::sampling::Throughput;

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

double expected(const std::vector<double>& traffic, const std::vector<double>& probabilities) {
    return std::inner_product(traffic.begin(), traffic.end(), probabilities.begin(), 0.0);
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
    for (int run = 0; run < 500; ++run) {
        std::vector<double> traffic(1 + random() % 50);
        for (double& count : traffic) count = std::exp(static_cast<double>(random() % 1200) / 100 - 1);
        const double all = std::accumulate(traffic.begin(), traffic.end(), 0.0);
        const double goal = all * std::exp(-static_cast<double>(random() % 700) / 100);
        const std::vector<double> probabilities = spread(traffic, goal);
        REQUIRE(expected(traffic, probabilities) == Approx(std::min(goal, all)));
        for (std::size_t a = 0; a < traffic.size(); ++a)
            for (std::size_t b = 0; b < traffic.size(); ++b) {
                if (traffic[a] > traffic[b]) continue;
                REQUIRE(probabilities[a] >= probabilities[b] * (1 - 1e-9));  // rarer: kept more
                REQUIRE(probabilities[a] * traffic[a] <=
                        probabilities[b] * traffic[b] * (1 + 1e-9));  // but not more events
            }
    }
}

TEST_CASE("Keys without traffic are kept whole, and nothing is divided by nothing", "[sampling]") {
    CHECK(spread({}, 10).empty());
    CHECK(spread(std::vector<double>{0, 0}, 10) == std::vector<double>{1, 1});
    CHECK(spread(std::vector<double>{0, 1000}, 10)[0] == 1);
    for (const double probability : spread(std::vector<double>{1, 1e300}, 1e-9)) {
        CHECK(probability > 0);
        CHECK(probability <= 1);
    }
}

TEST_CASE("Rates follow a moving average of half each interval, but what is new is believed at once", "[sampling]") {
    Throughput model(2, 10, {});
    model.adjust(std::vector<double>{1500, 0}, 15);
    CHECK(model.averages()[0] == Approx(100));
    CHECK(model.probabilities()[0] == Approx(0.1));
    CHECK(model.probabilities()[1] == 1);
    model.adjust(std::vector<double>{3000, 0}, 15);
    CHECK(model.averages()[0] == Approx(150));
    model.adjust(std::vector<double>{2250, 750}, 15);
    CHECK(model.averages()[0] == Approx(150));
    CHECK(model.averages()[1] == Approx(50));
}

TEST_CASE("Twice what an interval is expected to bring is not waited for", "[sampling]") {
    Throughput model(1, 10, {});
    CHECK_FALSE(model.is_due(0.5, 10));
    CHECK(model.is_due(1, 10));  // the first time: little is known, and all is kept
    model.adjust(std::vector<double>{100}, 1);
    CHECK_FALSE(model.is_due(2, 3000));
    CHECK(model.is_due(2, 3001));
    CHECK(model.is_due(15, 0));
    model.adjust(std::vector<double>{3001}, 2);
    CHECK(model.averages()[0] == Approx(1500.5));
    CHECK(model.is_due(1, 0));  // much of those 2 s was before the burst
    model.adjust(std::vector<double>{3000}, 1);
    CHECK(model.averages()[0] == Approx(3000));
    CHECK_FALSE(model.is_due(2, 0));
}

TEST_CASE("A key that has gone is forgotten", "[sampling]") {
    Throughput model(1, 10, {});
    model.adjust(std::vector<double>{1000}, 10);
    int intervals = 0;
    for (; model.averages()[0] != 0 && intervals < 100; ++intervals) model.adjust(std::vector<double>{0}, 15);
    CHECK(intervals < 15);
    CHECK(model.probabilities()[0] == 1);
}

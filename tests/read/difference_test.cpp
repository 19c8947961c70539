#include "read/difference.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "catch.hpp"

using namespace wideline::read;

TEST_CASE("The log-likelihood ratio is 0 for equal shares and Dunning's for others") {
    CHECK(log_likelihood_ratio(0.25, 400, 0.25, 100) == Approx(0).margin(1e-9));
    // Dunning, 1993: 110 of 2,552 against 2 of 29,114 gives 2 * (sum of k ln(k / expected)).
    const double k[] = {110, 2442, 2, 29112};
    const double n = 110 + 2442 + 2 + 29112;
    const double yes = 112 / n;
    const double no = 1 - yes;
    const double expected[] = {2552 * yes, 2552 * no, 29114 * yes, 29114 * no};
    double by_hand = 0;
    for (int i = 0; i < 4; ++i) by_hand += 2 * k[i] * std::log(k[i] / expected[i]);
    CHECK(log_likelihood_ratio(110.0 / 2552, 2552, 2.0 / 29114, 29114) == Approx(by_hand));
    CHECK(log_likelihood_ratio(1, 10, 0, 10) == Approx(40 * std::log(2)));
    CHECK(log_likelihood_ratio(1, 0, 0, 10) == 0);
}

TEST_CASE("Chance is that of a chi-square variable of one degree") {
    CHECK(chance_of(0) == 1);
    CHECK(chance_of(3.841459) == Approx(0.05).epsilon(1e-5));
    CHECK(chance_of(10.827566) == Approx(0.001).epsilon(1e-4));
}

TEST_CASE("An id of which each event has one is left out and named, though it is a number or a text") {
    DifferenceTally tally({});
    std::string lines;
    for (int i = 0; i < 3000; ++i)
        lines += nlohmann::json{{"outcome", i % 3 == 0 ? "error" : "success"},
                                {"request", "r" + std::to_string(i)},
                                {"slow", i % 3 == 0 ? 900 + i % 100 * 0.5 : i % 400 * 0.5}}
                     .dump() +
                 "\n";
    tally.add(LineBatch(lines, LineBatch::Form::plain, 0));
    const Differences found = tally.differences();
    CHECK(found.too_various == std::vector<std::string>{"request"});
    REQUIRE_FALSE(found.ranked.empty());
    CHECK(found.ranked.front().field == "slow");
    CHECK(std::stod(found.ranked.front().value) >= 900);
    for (const Difference& one : found.ranked) CHECK(one.field == "slow");
}

TEST_CASE(
    "Of what an event has one of two, a value or none at all, one is told, and that the selected have it more often") {
    DifferenceTally tally({});
    std::string lines;
    for (int i = 0; i < 900; ++i) {
        const bool failed = i % 3 == 0;
        nlohmann::json event{{"outcome", failed ? "error" : "success"}, {"stale", failed}};
        if (!failed) event["cached"] = "yes";
        if (failed) event["db.ms"] = i * 0.01 + 1;
        lines += event.dump() + "\n";
    }
    tally.add(LineBatch(lines, LineBatch::Form::plain, 0));
    std::set<std::string> told;
    for (const Difference& one : tally.differences().ranked)
        if (one.upto.empty()) told.insert(one.field + "=" + one.value);
    CHECK(told == std::set<std::string>{"stale=true", "cached=", "db.ms="});
}

TEST_CASE("Cancelled requests are neither errors nor what errors are compared with, unless expressions select them") {
    std::string lines;
    for (int i = 0; i < 900; ++i)
        lines += nlohmann::json{{"outcome", i % 3 == 0 ? "error" : i % 3 == 1 ? "success" : "cancelled"}}.dump() + "\n";
    DifferenceTally errors({});
    errors.add(LineBatch(lines, LineBatch::Form::plain, 0));
    CHECK(errors.total().events == std::array<std::uint64_t, 2>{300, 300});
    DifferenceTally cancelled(Match({SearchTerm::equals("outcome", "cancelled")}));
    cancelled.add(LineBatch(lines, LineBatch::Form::plain, 0));
    CHECK(cancelled.total().events == std::array<std::uint64_t, 2>{300, 600});
}

TEST_CASE("Chance alone is hardly ever shown") {
    std::uint64_t state = 1;
    const auto roll = [&state](std::uint64_t sides) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return (state >> 33) % sides;
    };
    int shown = 0;
    for (int round = 0; round < 100; ++round) {
        DifferenceTally tally({});
        std::string lines;
        for (int i = 0; i < 300; ++i)
            lines += nlohmann::json{{"outcome", roll(5) == 0 ? "error" : "success"},
                                    {"a", roll(4)},
                                    {"b", roll(10)},
                                    {"sample_weight", roll(2) == 0 ? 1 : 10}}
                         .dump() +
                     "\n";
        tally.add(LineBatch(lines, LineBatch::Form::plain, 0));
        shown += tally.differences().ranked.empty() ? 0 : 1;
    }
    CHECK(shown <= 15);  // 5 in 100 are meant to be.
}

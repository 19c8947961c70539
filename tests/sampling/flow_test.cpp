#include "sampling/flow.hpp"

#include <cmath>
#include <random>

#include "catch.hpp"

using wideline::sampling::Flow;

namespace {

constexpr double kWindow = 0.1;
constexpr double kMemory = 3;

struct Source {
    std::mt19937_64 random{5};
    Flow flow;

    void bring(double per_second, int windows, int clump = 1) {
        std::poisson_distribution<int> clumps(per_second * kWindow / clump);
        for (int i = 0; i < windows; ++i) flow.take(clump * clumps(random), kWindow, 1, kMemory);
    }
    void stop(int windows) {
        for (int i = 0; i < windows; ++i) flow.take(0, kWindow, 1, kMemory);
    }
};

}  // namespace

TEST_CASE("A flow that does not change is known within what chance leaves of its memory", "[sampling]") {
    Source source;
    double squares = 0;
    constexpr int kTimes = 2000;
    source.bring(200, 300);
    for (int i = 0; i < kTimes; ++i) {
        source.bring(200, 1);
        squares += std::pow(source.flow.per_second() - 200, 2);
    }
    // Of 2 memories of events: 200 * 6 of them.
    CHECK(std::sqrt(squares / kTimes) < 1.2 * 200 / std::sqrt(200 * 2 * kMemory));
}

TEST_CASE("A burst is believed after one count, and so is its end", "[sampling]") {
    Source source;
    source.bring(200, 300);
    source.bring(2000, 1);
    CHECK(source.flow.per_second() > 1500);
    source.bring(2000, 50);
    source.bring(200, 1);
    CHECK(source.flow.per_second() < 400);
    source.stop(2);
    CHECK(source.flow.per_second() < 20);
}

TEST_CASE("What comes in clumps is averaged, and no clump is taken for a burst", "[sampling]") {
    Source source;
    source.bring(200, 600, 20);
    double squares = 0;
    constexpr int kTimes = 2000;
    for (int i = 0; i < kTimes; ++i) {
        source.bring(200, 1, 20);
        squares += std::pow(source.flow.per_second() - 200, 2);
    }
    CHECK(std::sqrt(squares / kTimes) < 2 * 200 / std::sqrt(200.0 / 20 * 2 * kMemory));
    source.bring(20'000, 1, 20);
    CHECK(source.flow.per_second() > 5000);
}

TEST_CASE("A flow that has ceased is nothing, and time that did not pass changes nothing", "[sampling]") {
    Source source;
    source.flow.take(5, 0, 1, kMemory);
    CHECK_FALSE(source.flow.is_known());
    source.bring(3, 100);
    source.stop(1000);
    CHECK(source.flow.per_second() == 0);
}

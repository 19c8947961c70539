#include "sampling/consistent.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "catch.hpp"

using wideline::sampling::fixed_share;
using wideline::sampling::FixedShare;
using wideline::sampling::kRandomnessRange;

namespace {

/// As OpenTelemetry writes a threshold in tracestate: 14 digits without their trailing zeros.
std::string threshold_text(double probability) {
    std::uint64_t threshold = fixed_share(probability).threshold;
    std::string digits;
    for (int i = 0; i < 14; ++i, threshold <<= 4) digits += "0123456789abcdef"[threshold >> 52 & 15];
    while (digits.size() > 1 && digits.back() == '0') digits.pop_back();
    return digits;
}

}  // namespace

TEST_CASE("Thresholds are those of OpenTelemetry", "[sampling]") {
    CHECK(threshold_text(1) == "0");
    CHECK(threshold_text(0.5) == "8");
    CHECK(threshold_text(0.25) == "c");
    CHECK(threshold_text(1.0 / 3) == "aaaaaaaaaaaaac");
    CHECK(threshold_text(2.0 / 3) == "55555555555558");
    CHECK(threshold_text(0x1p-56) == "ffffffffffffff");
    CHECK(threshold_text(0.75) == "4");
    CHECK(threshold_text(1 - 0x1p-53) == "00000000000008");
}

TEST_CASE("At one half, 7fffffffffffff is dropped and 80000000000000 is kept", "[sampling]") {
    CHECK_FALSE(fixed_share(0.5).keeps(0x7fffffffffffff));
    CHECK(fixed_share(0.5).keeps(0x80000000000000));
}

TEST_CASE("Only the low 56 bits of the randomness count", "[sampling]") {
    CHECK_FALSE(fixed_share(0.5).keeps(0xff7fffffffffffff));
    CHECK_FALSE(fixed_share(0).keeps(~std::uint64_t{0}));
    CHECK(fixed_share(0.5).keeps(0x0080000000000000));
}

TEST_CASE("A probability of 0 keeps nothing and one of 1 everything", "[sampling]") {
    for (const std::uint64_t randomness : {std::uint64_t{0}, std::uint64_t{1}, kRandomnessRange - 1}) {
        CHECK_FALSE(fixed_share(0).keeps(randomness));
        CHECK_FALSE(fixed_share(-0.0).keeps(randomness));
        CHECK(fixed_share(1).keeps(randomness));
    }
    CHECK(fixed_share(1).weight == 1);
}

TEST_CASE("A weight is one divided by the probability as it was written", "[sampling]") {
    CHECK(fixed_share(0.05).weight == 20);
    CHECK(fixed_share(0.01).weight == 100);
    CHECK(fixed_share(0.1).weight == 10);
    CHECK(fixed_share(1e-6).weight == Approx(1e6).epsilon(1e-10));
}

TEST_CASE("A weight times the share that is really kept is 1 for every probability", "[sampling]") {
    std::vector<double> probabilities = {1e-300, 5e-324, 0x1p-56, 0x1.8p-56, 0x1p-57, 0x1p-40, 1e-9, 1 - 0x1p-53};
    std::mt19937_64 random(1);
    for (int i = 0; i < 2000; ++i)
        probabilities.push_back(
            std::ldexp(std::uniform_real_distribution<>(0.5, 1)(random), -static_cast<int>(i % 57)));
    for (const double probability : probabilities) {
        const FixedShare share = fixed_share(probability);
        INFO(probability);
        REQUIRE(share.threshold < kRandomnessRange);
        const double kept = std::ldexp(static_cast<double>(kRandomnessRange - share.threshold), -56);
        CHECK(kept * share.weight == Approx(1).epsilon(1e-10));
    }
}

TEST_CASE("What is kept at one probability is kept at every greater one", "[sampling]") {
    std::mt19937_64 random(2);
    std::uniform_real_distribution<> uniform(0, 1);
    for (int i = 0; i < 100'000; ++i) {
        const double less = uniform(random) * uniform(random);
        const double more = less + (1 - less) * uniform(random);
        const std::uint64_t randomness = random();
        if (fixed_share(less).keeps(randomness)) REQUIRE(fixed_share(more).keeps(randomness));
    }
}

// Consistent probability sampling: OpenTelemetry's threshold rule.
//
// Services that share a trace but not a word with each other should keep the same requests, or the kept halves of a
// trace seldom meet: two services that each flip their own coin at 1 % keep both halves of one trace in ten thousand.
// So no coin is flipped. Every service reads the same 56 random bits R that travel with the trace, and compares them
// with a threshold T that stands for its probability p:
//
//     0                         T = (1 - p) * 2^56                          2^56
//     |-------- dropped --------|------------------- kept -------------------|
//                                     ^ R
//
//     p      T                  the same as OpenTelemetry writes it (trailing zeros removed)
//     1      0x00000000000000   0
//     1/2    0x80000000000000   8
//     1/4    0xc0000000000000   c
//     1/3    0xaaaaaaaaaaaaac   aaaaaaaaaaaaac
//     2^-56  0xffffffffffffff   ffffffffffffff, the smallest there is
//
// R is uniform, so R >= T with probability p. And thresholds are ordered as probabilities are: a service that samples
// at p keeps every trace that a service at less than p keeps. Traces are whole down to the smallest p along their way.
//
// The weight of a kept event is 1 / p, the number of requests that it stands for: of n requests, p * n are kept on
// average, and p * n * (1 / p) = n. That holds for any sum over requests, whatever p each of them met, as long as p was
// fixed before R was looked at.
//
// Source: the OpenTelemetry specification, "TraceState: Probability Sampling".
#pragma once

#include <cstdint>

namespace wideline::sampling {

inline constexpr std::uint64_t kRandomnessRange = std::uint64_t{1} << 56;

/// What a probability becomes: the comparison that decides, and the weight of what it keeps.
struct FixedShare {
    std::uint64_t threshold = 0;  ///< 0 keeps all, kRandomnessRange none
    double weight = 1;            ///< of a kept event; 0 where none is kept

    [[nodiscard]] bool keeps(std::uint64_t randomness) const noexcept {
        return (randomness & (kRandomnessRange - 1)) >= threshold;
    }
};

/// `probability` is within 0..1. One that is above 0 and below 2^-56 is taken as 2^-56, the least that R can tell from
/// 0.
[[nodiscard]] inline FixedShare fixed_share(double probability) noexcept {
    if (probability <= 0) return {kRandomnessRange, 0};
    if (probability >= 1) return {0, 1};
    // From p and not from 1 - p: scaling by 2^56 is exact in a double, the subtraction from 1 rounds.
    const double scaled = probability * 0x1p56;
    constexpr double kWholeAnyway = 0x1p52;  // from here on a double has no fraction to round
    auto kept = static_cast<std::uint64_t>(scaled < kWholeAnyway ? scaled + 0.5 : scaled);
    if (kept == 0) kept = 1;
    // Where rounding to 56 bits has moved p by more than a double would notice in a sum, the weight follows what is
    // really done; elsewhere it is 1 / p as the user wrote p, so that 0.05 weighs 20 and not 19.999999999999996.
    constexpr double kRoundingMatters = 0x1p-20;
    const double done = probability < kRoundingMatters ? static_cast<double>(kept) * 0x1p-56 : probability;
    return {kRandomnessRange - kept, 1 / done};
}

}  // namespace wideline::sampling

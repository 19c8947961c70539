// How a budget is spread over keys whose traffic differs by orders of magnitude. Plain arithmetic.
//
// It is the throughput sampler of Honeycomb's dynsampler-go: a key's share of the budget grows with the logarithm of
// its traffic, so that the common keys pay for the rare ones, which are kept whole. It differs where dynsampler is at
// odds with its own budget:
//
// - Rates are not integers. There, 1 in 1.5 becomes 1 in 2, and a quarter of the budget is not used.
// - What rare keys leave over goes to all others, whatever their order: the budget is spent exactly. There it goes to
//   those that come later in the alphabet. For the counts 1, 1, 2, 5, 8, 15, 45, 612, 2000, 10000 and a goal of a
//   twentieth, dynsampler's rates are 1 for the first seven, then 6, 14 and 47; these are 3.97, 11.0 and 45.2.
// - More keys than budget: there each key keeps one event an interval all the same. Here all are thinned.
#pragma once

#include <span>

namespace wideline::sampling {

/// The least probability: far above 2^-56, the least that a threshold can tell from 0.
inline constexpr double kLeastProbability = 0x1p-40;

/// Events that one probability decides.
struct Claim {
    double traffic = 0;  ///< what they take if all are kept, in the unit of the goal
    double rarity = 1;   ///< their probability is proportional to it: see rarity_of()
    double least = 0;    ///< their probability is not below it

    [[nodiscard]] double probability(double level) const noexcept;
};

/// For a key of which so many events come in an interval: its share, ln(1 + traffic), over its traffic. A key of less
/// than one event an interval is taken to have one.
[[nodiscard]] double rarity_of(double traffic) noexcept;

/// The level at which all claims together come to `goal`, within a millionth; infinite if they do not come to more with
/// all probabilities 1. 0 if the least probabilities alone come to more.
[[nodiscard]] double level_of(std::span<const Claim> claims, double goal) noexcept;

}  // namespace wideline::sampling

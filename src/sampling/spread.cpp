#include "sampling/spread.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wideline::sampling {

namespace {

double spent(std::span<const Claim> claims, double level) noexcept {
    double sum = 0;
    for (const Claim& claim : claims) sum += claim.traffic * claim.probability(level);
    return sum;
}

}  // namespace

double Claim::probability(double level) const noexcept {
    return std::min(1.0, std::max({level * rarity, least, kLeastProbability}));
}

double rarity_of(double traffic) noexcept {
    const double at_least_one = std::max(traffic, 1.0);
    return std::log1p(at_least_one) / at_least_one;
}

double level_of(std::span<const Claim> claims, double goal) noexcept {
    double rarest = std::numeric_limits<double>::infinity();
    for (const Claim& claim : claims) rarest = std::min(rarest, claim.rarity);
    double high = 1 / rarest;  // all probabilities are 1
    if (claims.empty() || spent(claims, high) <= goal) return std::numeric_limits<double>::infinity();
    double low = 0;
    if (spent(claims, low) >= goal) return 0;
    constexpr double kExact = 1e-6;
    constexpr int kMostSteps = 100;
    for (int step = 0; step < kMostSteps && high - low > kExact * high; ++step) {
        const double middle = low > 0 && high > 4 * low ? std::sqrt(low * high) : (low + high) / 2;
        (spent(claims, middle) < goal ? low : high) = middle;
    }
    return low;
}

}  // namespace wideline::sampling

#include "read/estimate.hpp"

#include <algorithm>
#include <cmath>

namespace wideline::read {

namespace {

constexpr double kNormal95 = 1.959964;

/// The first term of Student's quantile in 1 / degrees (Cornish and Fisher): within 2 % from 5 degrees on; the few
/// below it are taken as 3.
double student95(double degrees) noexcept {
    constexpr double kLeastDegrees = 3;
    constexpr double kTerm = (kNormal95 * kNormal95 * kNormal95 + kNormal95) / 4;
    return kNormal95 + kTerm / std::max(degrees, kLeastDegrees);
}

}  // namespace

Estimate::Interval Estimate::interval() const noexcept {
    if (exact() || !(sum_ > 0)) return {sum_, 0};
    const double z = student95(variance_ * variance_ / squares_);
    const double of_each = z * z * variance_ / sum_;
    return {sum_ + of_each / 2, std::sqrt(of_each * sum_ + of_each * of_each / 4)};
}

double Estimate::low() const noexcept {
    const auto [middle, half] = interval();
    return std::max(middle - half, kept_);
}

double Estimate::high() const noexcept {
    const auto [middle, half] = interval();
    return middle + half;
}

}  // namespace wideline::read

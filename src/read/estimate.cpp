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

/// Events that a group is taken to have in common with all groups. By trial: see tests/sampling/interval_test.cpp.
constexpr double kOthers = 4;

}  // namespace

void Estimate::place_among(const Estimate& all) noexcept {
    if (exact() || all.exact() || !(sum_ > 0)) return;
    const double of_all = all.variance_ / all.sum_;
    const double heavier = (weights_ / left_to_chance_) / (all.weights_ / all.left_to_chance_);
    of_others_ = of_all * std::max(1.0, heavier);
}

Estimate::Interval Estimate::interval() const noexcept {
    if (exact() || !(sum_ > 0)) return {sum_, 0};
    const double others = of_others_ > 0 ? kOthers : 0;
    const double z = student95(variance_ * variance_ / squares_ + others);
    const double for_each_unit =
        (variance_ / sum_ * left_to_chance_ + of_others_ * others) / (left_to_chance_ + others);
    const double of_each = z * z * for_each_unit;
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

#include "read/weighted_quantiles.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace wideline::read {
namespace {

// Bucket i + kShift holds (kGrowth^(i-1), kGrowth^i]; its middle is within 0.5 % of both. The values below zero have
// the buckets below zero, so that buckets are in the order of their values.
constexpr double kGrowth = 1.01;
constexpr std::int32_t kZeroBucket = 0;
constexpr double kLeastValue = 1e-9;  // Smaller ones count as 0.
constexpr std::int32_t kShift = 4096;
static_assert(kShift > 2083, "kLeastValue has a bucket above zero");

/// Sums of weights are not exact: a share that is reached but for rounding is reached.
constexpr double kRounding = 1e-12;

double middle_of(std::int32_t bucket) {
    if (bucket == kZeroBucket) return 0;
    const double middle = 2 * std::pow(kGrowth, std::abs(bucket) - kShift) / (kGrowth + 1);
    return bucket < 0 ? -middle : middle;
}

}  // namespace

void WeightedQuantiles::add(double value, double weight, QuantileBudget& budget) {
    if (!(weight > 0) || !std::isfinite(weight)) return;
    if (!std::isfinite(value)) value = 0;
    total_ += weight;
    if (exact() && (values_.size() == kMostExact || budget.values == 0)) give_up_exactness(budget);
    if (!exact() || budget.values == 0) return add_to_bucket(value, weight);
    values_.push_back({value, weight});
    --budget.values;
}

double WeightedQuantiles::at(double share) {
    const double wanted = share * total_ - kRounding * total_;
    double reached = 0;
    if (!exact()) {
        for (const auto& [bucket, weight] : buckets_)
            if ((reached += weight) >= wanted) return middle_of(bucket);
        return middle_of(buckets_.rbegin()->first);
    }
    if (sorted_ != values_.size())
        std::sort(values_.begin(), values_.end(), [](Weighted a, Weighted b) { return a.value < b.value; });
    sorted_ = values_.size();
    for (const Weighted& entry : values_)
        if ((reached += entry.weight) >= wanted) return entry.value;
    return values_.empty() ? 0 : values_.back().value;
}

void WeightedQuantiles::add_to_bucket(double value, double weight) {
    const double size = std::abs(value);
    std::int32_t bucket = kZeroBucket;
    if (size >= kLeastValue) bucket = kShift + static_cast<std::int32_t>(std::ceil(std::log(size) / std::log(kGrowth)));
    buckets_[value < 0 ? -bucket : bucket] += weight;
}

void WeightedQuantiles::give_up_exactness(QuantileBudget& budget) {
    for (const Weighted& entry : values_) add_to_bucket(entry.value, entry.weight);
    budget.values += values_.size();
    values_ = {};
}

}  // namespace wideline::read

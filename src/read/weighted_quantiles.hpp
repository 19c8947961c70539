// Quantiles of weighted values in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace wideline::read {

/// How many values all WeightedQuantiles of one run may still hold.
struct QuantileBudget {
    std::size_t values = std::size_t{4} << 20;  // 16 bytes each
};

/// Exact while it holds up to kMostExact values and the budget allows; after that within 0.5 % of the true value, by
/// counting weights in buckets whose bounds grow by 1 %. (That is DDSketch, arXiv:1908.10693, without its merging.)
class WeightedQuantiles {
public:
    static constexpr std::size_t kMostExact = std::size_t{1} << 20;

    /// A value that is not finite is taken as 0. A weight of 0 or less counts nothing.
    void add(double value, double weight, QuantileBudget& budget);

    /// The smallest value whose cumulative weight reaches `share` (0 to 1) of the total; 0 where there is none.
    [[nodiscard]] double at(double share);
    [[nodiscard]] bool empty() const noexcept { return total_ <= 0; }
    [[nodiscard]] bool exact() const noexcept { return buckets_.empty(); }

private:
    struct Weighted {
        double value;
        double weight;
    };

    void add_to_bucket(double value, double weight);
    void give_up_exactness(QuantileBudget& budget);

    std::vector<Weighted> values_;  // All of them while it is exact; sorted up to sorted_.
    std::size_t sorted_ = 0;
    std::map<std::int32_t, double> buckets_;  // Weight by the bucket's number.
    double total_ = 0;
};

}  // namespace wideline::read

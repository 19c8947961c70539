// The upper bounds of the metrics' duration buckets: 1, 2.5 and 5 of each power of ten, for that is what alerts and
// dashboards ask for ("under 250 ms"). The defaults of Prometheus' clients, 5 ms to 10 s, are among them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "event/duration_buckets.hpp"

namespace wideline::pipeline {

struct DurationBound {
    double ns;
    std::string_view seconds;  ///< As OpenMetrics writes a number.
};

inline constexpr std::array<DurationBound, 20> kDurationBounds = {{
    {1e5, "0.0001"}, {2.5e5, "0.00025"}, {5e5, "0.0005"},  {1e6, "0.001"},  {2.5e6, "0.0025"},
    {5e6, "0.005"},  {1e7, "0.01"},      {2.5e7, "0.025"}, {5e7, "0.05"},   {1e8, "0.1"},
    {2.5e8, "0.25"}, {5e8, "0.5"},       {1e9, "1.0"},     {2.5e9, "2.5"},  {5e9, "5.0"},
    {1e10, "10.0"},  {2.5e10, "25.0"},   {5e10, "50.0"},   {1e11, "100.0"}, {1e300, "+Inf"},
}};

/// The first bound that is not less.
constexpr std::size_t duration_bound(double ns) noexcept {
    return static_cast<std::size_t>(std::find_if(kDurationBounds.begin(), kDurationBounds.end() - 1,
                                                 [&](const DurationBound& bound) { return ns <= bound.ns; }) -
                                    kDurationBounds.begin());
}

/// Of a bucket that was counted in, all of it, by its middle: what lies within 0.8 % of a bound may count on its other
/// side.
constexpr std::size_t duration_bound_of_bucket(std::uint32_t bucket) noexcept {
    return duration_bound(detail::middle_of_duration_bucket(bucket));
}

}  // namespace wideline::pipeline

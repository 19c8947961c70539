// Kinds of traffic under a budget, on a virtual clock: an hour takes a fraction of a second. What decides is what the
// sampler uses, an AdaptiveRate and a Ceiling, and what comes is keys and sizes alone.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sampling/adaptive_rate.hpp"
#include "sampling/simulated_service.hpp"

namespace wideline::testing {

struct Arrival {
    std::uint64_t key;
    std::uint32_t size = 1;
};

struct Budgeted {
    std::string name;
    sampling::AdaptiveRate::Settings adaptive{};  ///< without a budget there is none
    double share = 1;                             ///< instead of it
    double cap = 0;                               ///< over either, if above 0
    std::function<double(double second)> per_second;
    std::function<Arrival(double second, Dice&)> arrival;
    std::vector<double> changes{0};                 ///< seconds at which the traffic changes its kind
    std::vector<std::pair<double, int>> at_once{};  ///< when, how many more come within a few milliseconds
    double look_every_s = 0.01;                     ///< how often the pipeline looks
    double seconds = 3600;

    /// Of the rule or the cap, whichever is less.
    [[nodiscard]] double budget() const;
};

/// By second.
struct Spending {
    std::vector<double> came;
    std::vector<double> granted;  ///< the sum of the probabilities: what is kept on average over all randomness
    double requests = 0;
    double weights = 0;   ///< of what was kept
    double variance = 0;  ///< of weights
};

/// One run with requests that end on so many threads, by turns.
Spending spend(const Budgeted& service, std::size_t lanes, std::uint64_t seed);

/// Keys by Zipf's law.
std::function<Arrival(double, Dice&)> zipf_keys(int keys, double skew);

}  // namespace wideline::testing

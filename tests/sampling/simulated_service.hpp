// A service whose requests come in simulated time, by the thousand: what rules that adapt are tested with.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "read/estimate.hpp"
#include "sampling/compiled_sampler.hpp"
#include "sampling/sample_request.hpp"

namespace wideline::testing {

/// The same on every machine: splitmix64.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() noexcept;
    /// 0 up to, but not, 1.
    double uniform() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }
    double exponential(double mean) noexcept;

private:
    std::uint64_t state_;
};

struct Traffic {
    double seconds = 60;
    std::function<double(double second)> per_second = [](double) { return 100.0; };
    int routes = 30;
    double skew = 1.2;            ///< of Zipf's law over the routes
    double drift_per_second = 0;  ///< by how many routes the common ones move on
    double failing = 0.01;
};

/// A sum over all requests, and what the kept ones say of it.
struct Sum {
    double truth = 0;
    read::Estimate estimate;

    void add(double value, const sampling::Decision& decision) noexcept;
    [[nodiscard]] bool covered() const noexcept { return estimate.low() <= truth && truth <= estimate.high(); }
};

struct Outcome {
    Sum requests;
    Sum bytes;
    std::array<Sum, 3> routes;        ///< requests of the first, the fourth and the tenth
    std::vector<int> kept_by_second;  ///< errors apart
    std::vector<double> kept_bytes_by_second;
};

/// One run of the service, 10 ms of simulated time between two looks of the pipeline. Requests end on 3 lanes.
Outcome simulate(const TailSampler& sampler, const Traffic& traffic, std::uint64_t seed,
                 const std::shared_ptr<sampling::Learned>& learned = std::make_shared<sampling::Learned>());

}  // namespace wideline::testing

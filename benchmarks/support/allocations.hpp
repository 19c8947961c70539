// Counts what a benchmark's thread allocates with operator new while it is measured: the counter "allocations" of its
// result, for one iteration. Ours and the peers' are counted alike; it costs each allocation about a nanosecond.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>

namespace wideline::bench {

/// What this thread has allocated so far.
std::uint64_t allocations_of_this_thread() noexcept;

/// Stands before the measured loop, and reports when its scope ends.
class Allocations {
public:
    explicit Allocations(benchmark::State& state) : state_(state), before_(allocations_of_this_thread()) {}
    ~Allocations() {
        state_.counters["allocations"] =
            benchmark::Counter(static_cast<double>(allocations_of_this_thread() - before_) /
                                   static_cast<double>(state_.iterations() != 0 ? state_.iterations() : 1),
                               benchmark::Counter::kAvgThreads);
    }
    Allocations(const Allocations&) = delete;
    Allocations& operator=(const Allocations&) = delete;

private:
    benchmark::State& state_;
    std::uint64_t before_;
};

}  // namespace wideline::bench

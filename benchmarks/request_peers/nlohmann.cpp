// The event as a nlohmann::json object.
#ifdef WIDELINE_BENCH_HAS_NLOHMANN
#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

#include "support/allocations.hpp"
#include "support/checkout_event.hpp"

namespace {

using wideline::bench::Checkout;
using wideline::bench::checkout;

void nlohmann_json(benchmark::State& state) {
    const Checkout& values = checkout();
    const wideline::bench::Allocations allocations(state);
    for (auto _ : state) {
        nlohmann::json event;
#define FIELD(key, member) event[key] = values.member;
        WIDELINE_BENCH_FIELDS(FIELD)
#undef FIELD
        benchmark::DoNotOptimize(event);
    }
}
BENCHMARK(nlohmann_json)->ThreadRange(1, 2);

}  // namespace
#endif

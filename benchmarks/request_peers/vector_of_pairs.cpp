// The event as a vector of names and values: the simplest thing that keeps every field.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "support/allocations.hpp"
#include "support/checkout_event.hpp"

namespace {

using wideline::bench::Checkout;
using wideline::bench::checkout;
using Value =
    std::variant<std::string_view, std::int64_t, double, bool, std::vector<std::int64_t>, std::vector<std::string>>;

void vector_of_pairs(benchmark::State& state) {
    const Checkout& values = checkout();
    const wideline::bench::Allocations allocations(state);
    for (auto _ : state) {
        std::vector<std::pair<std::string_view, Value>> event;
#define FIELD(key, member) event.emplace_back(key, values.member);
        WIDELINE_BENCH_STRINGS(FIELD)
        WIDELINE_BENCH_INTEGERS(FIELD)
        WIDELINE_BENCH_DOUBLES(FIELD)
        WIDELINE_BENCH_BOOLEANS(FIELD)
#undef FIELD
        event.emplace_back("cart.item_ids", std::vector<std::int64_t>(values.item_ids.begin(), values.item_ids.end()));
        event.emplace_back("feature_flags", std::vector<std::string>(values.flags.begin(), values.flags.end()));
        benchmark::DoNotOptimize(event.data());
    }
}
BENCHMARK(vector_of_pairs)->ThreadRange(1, 2);

}  // namespace

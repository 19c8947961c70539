// One structured line a request, built by fmt, as services that use spdlog write it; the sink throws it away.
#ifdef WIDELINE_BENCH_HAS_SPDLOG
#include <benchmark/benchmark.h>
#include <fmt/compile.h>
#include <spdlog/async.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>
#include <thread>

#include "support/allocations.hpp"
#include "support/spdlog_line.hpp"

namespace {

using wideline::bench::checkout;
using wideline::bench::log_checkout;

void spdlog_line(benchmark::State& state) {
    spdlog::logger logger("bench", std::make_shared<spdlog::sinks::null_sink_mt>());
    const wideline::bench::Allocations allocations(state);
    for (auto _ : state) log_checkout(logger, checkout());
}
BENCHMARK(spdlog_line);

/// In bursts that its queue has room for, as wideline's kept events: the back end catches up outside the timing.
void spdlog_async_line(benchmark::State& state) {
    constexpr int kBurst = 2000;
    auto pool = std::make_shared<spdlog::details::thread_pool>(2 * kBurst, 1);
    auto logger =
        std::make_shared<spdlog::async_logger>("bench", std::make_shared<spdlog::sinks::null_sink_mt>(), pool);
    while (state.KeepRunningBatch(kBurst)) {
        const auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < kBurst; ++i) log_checkout(*logger, checkout());
        state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
        while (pool->queue_size() != 0) std::this_thread::yield();
    }
}
BENCHMARK(spdlog_async_line)->UseManualTime();

}  // namespace
#endif

// A quill log statement with the event's fields as named arguments: the request's thread copies them into a queue, and
// the back end formats them for a sink that throws them away. In bursts that the queue has room for.
#ifdef WIDELINE_BENCH_HAS_QUILL
#include <benchmark/benchmark.h>
#include <quill/Backend.h>
#include <quill/Frontend.h>
#include <quill/LogMacros.h>
#include <quill/Logger.h>
#include <quill/sinks/NullSink.h>
#include <quill/std/Array.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/allocations.hpp"
#include "support/checkout_event.hpp"

namespace {

using wideline::bench::Checkout;
using wideline::bench::checkout;

struct RoomForABurst : quill::FrontendOptions {
    static constexpr std::size_t initial_queue_capacity = 8u << 20;
};
using Frontend = quill::FrontendImpl<RoomForABurst>;
using Logger = quill::LoggerImpl<RoomForABurst>;

/// Counts the records, so that none can be lost unseen.
class Nowhere : public quill::NullSink {
public:
    void write_log(const quill::MacroMetadata*, std::uint64_t, std::string_view, std::string_view, const std::string&,
                   std::string_view, quill::LogLevel, std::string_view, std::string_view,
                   const std::vector<std::pair<std::string, std::string>>* named, std::string_view,
                   std::string_view) override {
        if (named != nullptr && named->size() == 40) ++records;
    }
    std::uint64_t records = 0;  // written by the back end, read after flush_log
};

void quill_named_arguments(benchmark::State& state) {
    constexpr int kBurst = 2000;
    const Checkout& values = checkout();
    quill::Backend::start();
    const auto sink = Frontend::create_or_get_sink<Nowhere>("nowhere");
    Logger* const logger = Frontend::create_or_get_logger("bench", sink);
    const auto log = [&] {
#define NAMED(key, member) "{" key "} "
#define VALUE(key, member) , values.member
        LOG_INFO(logger, WIDELINE_BENCH_FIELDS(NAMED) "end" WIDELINE_BENCH_FIELDS(VALUE));
#undef NAMED
#undef VALUE
    };
    log();
    logger->flush_log();
    const auto& records = static_cast<const Nowhere&>(*sink).records;
    const std::uint64_t before = records;
    while (state.KeepRunningBatch(kBurst)) {
        const auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < kBurst; ++i) log();
        state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
        logger->flush_log();
    }
    if (records - before != static_cast<std::uint64_t>(state.iterations()))
        state.SkipWithError("quill lost records: this measured less work than it says");
}
// So many, for the back end takes a hundred times as long as what is timed.
BENCHMARK(quill_named_arguments)->UseManualTime()->Iterations(40'000);

}  // namespace
#endif

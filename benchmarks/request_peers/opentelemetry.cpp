// A span of opentelemetry-cpp with the event's fields as attributes: decided when it ends by its outcome (tail),
// decided when it begins (head: no field and no error is kept), and exported in batches (kept).
#ifdef WIDELINE_BENCH_HAS_OPENTELEMETRY
#include <benchmark/benchmark.h>
#include <opentelemetry/sdk/resource/resource.h>
#include <opentelemetry/sdk/trace/batch_span_processor_factory.h>
#include <opentelemetry/sdk/trace/batch_span_processor_options.h>
#include <opentelemetry/sdk/trace/exporter.h>
#include <opentelemetry/sdk/trace/processor.h>
#include <opentelemetry/sdk/trace/samplers/always_off.h>
#include <opentelemetry/sdk/trace/span_data.h>
#include <opentelemetry/sdk/trace/tracer_provider.h>
#include <opentelemetry/sdk/trace/tracer_provider_factory.h>
#include <opentelemetry/trace/scope.h>

#include <chrono>
#include <memory>
#include <string>

#include "support/allocations.hpp"
#include "support/checkout_event.hpp"

namespace {

namespace api = opentelemetry;
namespace sdk = opentelemetry::sdk;
using wideline::bench::Checkout;
using wideline::bench::checkout;

/// Keeps the spans that failed, and drops all others.
class TailDecision : public sdk::trace::SpanProcessor {
public:
    std::unique_ptr<sdk::trace::Recordable> MakeRecordable() noexcept override {
        return std::make_unique<sdk::trace::SpanData>();
    }
    void OnStart(sdk::trace::Recordable&, const api::trace::SpanContext&) noexcept override {}
    void OnEnd(std::unique_ptr<sdk::trace::Recordable>&& span) noexcept override {
        if (static_cast<const sdk::trace::SpanData&>(*span).GetStatus() == api::trace::StatusCode::kError)
            benchmark::DoNotOptimize(span.release());
        else
            span.reset();
    }
    bool ForceFlush(std::chrono::microseconds) noexcept override { return true; }
    bool Shutdown(std::chrono::microseconds) noexcept override { return true; }
};

class Nowhere : public sdk::trace::SpanExporter {
public:
    std::unique_ptr<sdk::trace::Recordable> MakeRecordable() noexcept override {
        return std::make_unique<sdk::trace::SpanData>();
    }
    sdk::common::ExportResult Export(
        const api::nostd::span<std::unique_ptr<sdk::trace::Recordable>>& spans) noexcept override {
        benchmark::DoNotOptimize(spans.size());
        return sdk::common::ExportResult::kSuccess;
    }
    bool ForceFlush(std::chrono::microseconds) noexcept override { return true; }
    bool Shutdown(std::chrono::microseconds) noexcept override { return true; }
};

void one_span(api::trace::Tracer& tracer, const Checkout& values) {
    const auto span = tracer.StartSpan("checkout");
    const api::trace::Scope scope(span);
#define FIELD(key, member) span->SetAttribute(key, values.member);
#define TEXT(key, member) span->SetAttribute(key, api::nostd::string_view(values.member));
    WIDELINE_BENCH_STRINGS(TEXT)
    WIDELINE_BENCH_INTEGERS(FIELD)
    WIDELINE_BENCH_DOUBLES(FIELD)
    WIDELINE_BENCH_BOOLEANS(FIELD)
#undef TEXT
#undef FIELD
    const api::nostd::string_view flags[] = {values.flags[0], values.flags[1]};
    span->SetAttribute("cart.item_ids", api::nostd::span<const std::int64_t>(values.item_ids));
    span->SetAttribute("feature_flags", api::nostd::span<const api::nostd::string_view>(flags));
    span->End();
}

void spans(benchmark::State& state, sdk::trace::TracerProvider& provider) {
    const auto tracer = provider.GetTracer("bench");
    const wideline::bench::Allocations allocations(state);
    for (auto _ : state) one_span(*tracer, checkout());
}

void opentelemetry_tail(benchmark::State& state) {
    static const auto provider = sdk::trace::TracerProviderFactory::Create(std::make_unique<TailDecision>());
    spans(state, *provider);
}
BENCHMARK(opentelemetry_tail)->ThreadRange(1, 2);

void opentelemetry_head(benchmark::State& state) {
    static const auto provider =
        sdk::trace::TracerProviderFactory::Create(std::make_unique<TailDecision>(), sdk::resource::Resource::Create({}),
                                                  std::make_unique<sdk::trace::AlwaysOffSampler>());
    spans(state, *provider);
}
BENCHMARK(opentelemetry_head);

/// In bursts that the processor's queue has room for; it exports outside the timing.
void opentelemetry_batch(benchmark::State& state) {
    constexpr int kBurst = 2000;
    sdk::trace::BatchSpanProcessorOptions options;
    options.max_queue_size = 4 * kBurst;
    const auto provider = sdk::trace::TracerProviderFactory::Create(
        sdk::trace::BatchSpanProcessorFactory::Create(std::make_unique<Nowhere>(), options));
    const auto tracer = provider->GetTracer("bench");
    while (state.KeepRunningBatch(kBurst)) {
        const auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < kBurst; ++i) one_span(*tracer, checkout());
        state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
        provider->ForceFlush();
    }
}
BENCHMARK(opentelemetry_batch)->UseManualTime();

}  // namespace
#endif

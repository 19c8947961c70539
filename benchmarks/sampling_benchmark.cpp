// What a decision costs: the 40-field event of the other benchmarks, finished, judged again and again, each time as
// another trace. The whole decision is measured, Options::error_when included; recording is not.
#include <benchmark/benchmark.h>
#include <wideline/wideline.hpp>

#include <array>
#include <memory>
#include <string>

#include "event/open_event.hpp"
#include "request/request_counts.hpp"
#include "sampling/compiled_sampler.hpp"
#include "support/checkout_event.hpp"

namespace {

namespace wl = wideline;
using namespace std::chrono_literals;
using wl::bench::Checkout;
using wl::sampling::CompiledSampler;

const wl::Condition kErrorWhen = wl::field("http.response.status_code") >= 500;

wl::TailSampler eight_rules() {
    return wl::TailSampler{}
        .drop("health", wl::field("http.route") == "/healthz")
        .keep("slow", wl::slower_than(500ms))
        .keep("big cart", wl::field("cart.items") > 100)
        .keep("tenant", wl::field("tenant") == "globex")
        .keep("large body", wl::field("http.response.body.size") >= 10'000'000)
        .sample("search", wl::field("http.route") == "/search", 0.05)
        .keep("retried", wl::field("retries") > 2)
        .keep("slow payment", wl::field("payment.duration_ms") > 2000.0);
}

wl::TailSampler fixed() {
    return eight_rules()
        .keep("fraud", wl::field("fraud.checked") == false)
        .sample("checkout", wl::field("http.route") == "/api/v2/checkout/{cart}", 0.01)
        .otherwise(0);
}

/// The first adaptive rule is asked and does not hold; the second one decides.
wl::TailSampler adaptive() {
    return eight_rules()
        .adaptive("amex", wl::field("payment.brand") == "amex", {.by = {"http.route"}, .events_per_second = 20})
        .adaptive("rest", wl::field("http.route").exists(),
                  {.by = {"http.route", "http.response.status_code"}, .events_per_second = 50})
        .otherwise(0);
}

wl::TailSampler adaptive_bytes() {
    return eight_rules()
        .adaptive("amex", wl::field("payment.brand") == "amex", {.by = {"http.route"}, .events_per_second = 20})
        .adaptive("rest", wl::field("http.route").exists(),
                  {.by = {"http.route", "http.response.status_code"}, .bytes_per_second = 50'000})
        .otherwise(0);
}

wl::TailSampler capped() { return adaptive().at_most({.events_per_second = 100}); }

wl::TailSampler percentile() {
    return eight_rules()
        .keep("slow for it", wl::slower_than_percentile(99, {.by = {"http.route"}}))
        .keep("new", wl::first_seen({"http.route", "http.response.status_code"}, 1h))
        .otherwise(0.01);
}

/// A finished event of its own for each thread.
class Finished {
public:
    explicit Finished(const CompiledSampler& sampler) : home_(std::size_t{4} << 20, wl::Limits{}) {
        event_.home = &home_;
        event_.small_arena = home_.arenas.acquire(wl::detail::ArenaPool::kSmallest);
        event_.watched_keys = &sampler.keys();
        event_.begin();
        event_.fate().duration_ns = 150'000'000;
        event_.put_record(wl::detail::Type::name, "checkout");
        const Checkout values;
#define FIELD(key, member) event_.set(key, values.member);
        WIDELINE_BENCH_FIELDS(FIELD)
#undef FIELD
        event_.seal();
    }
    wl::EventView as_trace(std::uint64_t randomness) {
        event_.sealed_arena->randomness = randomness;
        event_.small_arena->start_ns += 1000;
        return event_.view(false);
    }

private:
    wl::detail::EventHome home_;
    wl::detail::OpenEvent event_;
};

template <wl::TailSampler (*Rules)()>
void decision(benchmark::State& state) {
    static std::unique_ptr<CompiledSampler> sampler;
    if (state.thread_index() == 0) sampler = std::make_unique<CompiledSampler>(Rules(), kErrorWhen);
    std::unique_ptr<Finished> event;
    const auto lane = static_cast<std::size_t>(state.thread_index());
    std::uint64_t randomness = 1;
    std::uint64_t kept = 0;
    for (auto _ : state) {
        if (event == nullptr) event = std::make_unique<Finished>(*sampler);  // past the threads' common start
        const wl::EventView view = event->as_trace(randomness = randomness * 6364136223846793005 + 1442695040888963407);
        if (sampler->is_error(view, lane) == wl::sampling::Truth::yes) continue;
        kept += sampler->decide(view, lane).keep ? 1 : 0;
    }
    benchmark::DoNotOptimize(kept);
}

/// What is counted of each request by its name, beside the decision: of ten names in turn, durations over three powers
/// of two.
void totals_by_name(benchmark::State& state) {
    static std::unique_ptr<wl::detail::RequestNames> names;
    static std::unique_ptr<wl::detail::CountBlocks> blocks;
    if (state.thread_index() == 0) {
        names = std::make_unique<wl::detail::RequestNames>();
        blocks = std::make_unique<wl::detail::CountBlocks>(std::size_t{4} << 20);
    }
    const auto counts = std::make_unique<wl::detail::RequestCounts>();
    std::array<std::string, 10> of_service;
    for (std::size_t i = 0; i < of_service.size(); ++i) of_service[i] = "GET /api/v2/checkout/" + std::to_string(i);
    std::uint64_t random = 1;
    for (auto _ : state) {
        random = random * 6364136223846793005 + 1442695040888963407;
        counts->count(names->number(of_service[(random >> 40) % of_service.size()]), (random >> 60) == 0,
                      100'000 + static_cast<std::int64_t>(random >> 44), *blocks);
    }
}

BENCHMARK(totals_by_name)->Name("totals by name")->ThreadRange(1, 2);
BENCHMARK(decision<fixed>)->Name("decision/ten fixed rules")->ThreadRange(1, 2);
BENCHMARK(decision<adaptive>)->Name("decision/ten rules, two adaptive")->ThreadRange(1, 2);
BENCHMARK(decision<adaptive_bytes>)->Name("decision/ten rules, two adaptive, by bytes")->ThreadRange(1, 2);
BENCHMARK(decision<capped>)->Name("decision/ten rules, two adaptive, and a cap")->ThreadRange(1, 2);
BENCHMARK(decision<percentile>)->Name("decision/ten rules, a percentile and first seen")->ThreadRange(1, 2);

}  // namespace

// What a request costs its own thread: an event of 40 fields, opened, written, ended, and sampled away or kept. Beside
// it: the same bytes appended to a buffer and nothing else, which nobody can be cheaper than, and in request_peers/
// what other libraries do with the same fields.
#include <benchmark/benchmark.h>

#include <stdlib.h>

#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <latch>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <wideline/wideline.hpp>

#include "support/allocations.hpp"
#include "support/checkout_event.hpp"

namespace {

namespace wl = wideline;
using wideline::bench::Checkout;
using wideline::bench::checkout;
using namespace std::chrono_literals;

// --- the floor: the same keys and values, one behind the other

class Bytes {
public:
    void put(const void* from, std::size_t size) noexcept {
        if (static_cast<std::size_t>(end_ - at_) < size) return;
        std::memcpy(at_, from, size);
        at_ += size;
    }
    void field(std::string_view key, const std::string& value) noexcept {
        put(key.data(), key.size());
        put(value.data(), value.size());
    }
    template <class T>
    requires std::is_arithmetic_v<T>
    void field(std::string_view key, T value) noexcept {
        put(key.data(), key.size());
        put(&value, sizeof value);
    }
    void field(std::string_view key, const std::array<std::int64_t, 3>& values) noexcept {
        put(key.data(), key.size());
        for (const std::int64_t value : values) put(&value, sizeof value);
    }
    void field(std::string_view key, const std::array<std::string, 2>& values) noexcept {
        put(key.data(), key.size());
        for (const std::string& value : values) put(value.data(), value.size());
    }
    void clear() noexcept { at_ = bytes_; }
    [[nodiscard]] const char* data() const noexcept { return bytes_; }

private:
    char bytes_[4096];
    char* at_ = bytes_;
    char* const end_ = bytes_ + sizeof bytes_;
};

void bare_append(benchmark::State& state) {
    const Checkout& values = checkout();
    Bytes bytes;
    for (auto _ : state) {
        bytes.clear();
#define FIELD(key, member) bytes.field(key, values.member);
        WIDELINE_BENCH_FIELDS(FIELD)
#undef FIELD
        benchmark::DoNotOptimize(bytes.data());
        benchmark::ClobberMemory();
    }
}
BENCHMARK(bare_append)->ThreadRange(1, 2);

void two_clock_reads(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(std::chrono::steady_clock::now());
        benchmark::DoNotOptimize(std::chrono::steady_clock::now());
    }
}
BENCHMARK(two_clock_reads);

// --- wideline

void write_checkout(const Checkout& values) {
#define FIELD(key, member) wl::set(key, values.member);
    WIDELINE_BENCH_FIELDS(FIELD)
#undef FIELD
}

wl::TailSampler ten_rules() {
    return wl::TailSampler{}
        .drop("health", wl::field("http.route") == "/healthz")
        .keep("slow", wl::slower_than(500ms))
        .keep("big cart", wl::field("cart.items") > 100)
        .keep("tenant", wl::field("tenant") == "globex")
        .keep("large body", wl::field("http.response.body.size") >= 10'000'000)
        .sample("search", wl::field("http.route") == "/search", 0.05)
        .keep("retried", wl::field("retries") > 2)
        .keep("slow payment", wl::field("payment.duration_ms") > 2000.0)
        .keep("fraud", wl::field("fraud.checked") == false)
        .keep("amex", wl::field("payment.brand") == "amex")
        .otherwise(0);
}

class Recording : public benchmark::Fixture {
public:
    void SetUp(const benchmark::State& state) override {
        if (state.thread_index() == 0) recorder_ = std::make_unique<wl::Recorder>(wl::install(options()));
    }
    void TearDown(const benchmark::State& state) override {
        if (state.thread_index() == 0) recorder_.reset();
    }

protected:
    virtual wl::TailSampler sampler() const = 0;
    virtual wl::SinkPtr sink() const {
        return wl::callback_sink([](const wl::Batch& batch) { benchmark::DoNotOptimize(batch.json_lines()); });
    }
    virtual wl::RetainDropped retain_dropped() const { return {}; }
    wl::Recorder& recorder() { return *recorder_; }

private:
    wl::Options options() const {
        return {
            .service = {.name = "bench"}, .sampler = sampler(), .sinks = {sink()}, .retain_dropped = retain_dropped()};
    }
    std::unique_ptr<wl::Recorder> recorder_;
};

class SampledAway : public Recording {
    wl::TailSampler sampler() const override { return wl::TailSampler{}.otherwise(0); }
};
/// Each waits for an event of its trace to fail, which none does, until others need its place.
class SampledAwayRetained : public SampledAway {
    wl::RetainDropped retain_dropped() const override { return {.bytes = std::size_t{8} << 20}; }
};
class SampledAwayByTenRules : public Recording {
    wl::TailSampler sampler() const override { return ten_rules(); }
};
class Kept : public Recording {
    wl::TailSampler sampler() const override { return {}; }
};

/// A journal's events lie in memory that outlives the process.
class TemporaryJournal {
public:
    [[nodiscard]] wl::SinkPtr sink() const { return wl::journal(directory_); }
    ~TemporaryJournal() { std::filesystem::remove_all(directory_); }

private:
    std::string directory_ = [] {
        char name[] = "/tmp/wideline-bench-XXXXXX";
        return std::string(::mkdtemp(name));
    }();
};
class SampledAwayBeforeJournal : public SampledAway {
    wl::SinkPtr sink() const override { return journal_.sink(); }
    TemporaryJournal journal_;
};
class KeptInJournal : public Kept {
    wl::SinkPtr sink() const override { return journal_.sink(); }
    TemporaryJournal journal_;
};

void one_request(benchmark::State& state) {
    const Checkout& values = checkout();
    {
        WIDELINE_REQUEST("checkout");  // the thread's first, which allocates
    }
    const wideline::bench::Allocations allocations(state);
    for (auto _ : state) {
        WIDELINE_REQUEST("checkout");
        write_checkout(values);
    }
}

BENCHMARK_DEFINE_F(SampledAway, wideline)(benchmark::State& state) { one_request(state); }
BENCHMARK_REGISTER_F(SampledAway, wideline)->ThreadRange(1, 4);
BENCHMARK_DEFINE_F(SampledAwayBeforeJournal, wideline)(benchmark::State& state) { one_request(state); }
BENCHMARK_REGISTER_F(SampledAwayBeforeJournal, wideline);
BENCHMARK_DEFINE_F(SampledAwayRetained, wideline)(benchmark::State& state) { one_request(state); }
BENCHMARK_REGISTER_F(SampledAwayRetained, wideline)->ThreadRange(1, 2);
BENCHMARK_DEFINE_F(SampledAwayByTenRules, wideline)(benchmark::State& state) { one_request(state); }
BENCHMARK_REGISTER_F(SampledAwayByTenRules, wideline)->ThreadRange(1, 2);

void open_and_end(benchmark::State& state) {
    for (auto _ : state) WIDELINE_REQUEST("checkout");
}
BENCHMARK_DEFINE_F(SampledAway, wideline_no_field)(benchmark::State& state) { open_and_end(state); }
BENCHMARK_REGISTER_F(SampledAway, wideline_no_field);

/// What is beyond wideline_no_field is the call's.
BENCHMARK_DEFINE_F(SampledAway, wideline_one_call)(benchmark::State& state) {
    { WIDELINE_REQUEST("checkout"); }
    const wideline::bench::Allocations allocations(state);
    for (auto _ : state) {
        WIDELINE_REQUEST("checkout");
        const wl::Call call{"payments"};
    }
}
BENCHMARK_REGISTER_F(SampledAway, wideline_one_call);
BENCHMARK_DEFINE_F(SampledAway, wideline_renamed)(benchmark::State& state) {
    for (auto _ : state) {
        WIDELINE_REQUEST("checkout");
        wl::rename("GET /books/{id}");
    }
}
BENCHMARK_REGISTER_F(SampledAway, wideline_renamed);

/// Bursts that the queue has room for; between them, outside the timing, the pipeline's thread catches up. It works on
/// the other core meanwhile. One iteration is one request: the burst's time divided by its requests.
void keep_bursts(benchmark::State& state, wl::Recorder& recorder) {
    constexpr int kBurst = 2000;
    const Checkout& values = checkout();
    while (state.KeepRunningBatch(kBurst)) {
        const auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < kBurst; ++i) {
            WIDELINE_REQUEST("checkout");
            write_checkout(values);
        }
        state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
        recorder.flush(60s);
    }
    const wl::Stats stats = recorder.stats();
    if (stats.lost.total() != 0) state.SkipWithError("events were lost: this measured less work than it says");
}
BENCHMARK_DEFINE_F(Kept, wideline)(benchmark::State& state) { keep_bursts(state, recorder()); }
BENCHMARK_REGISTER_F(Kept, wideline)->UseManualTime();
BENCHMARK_DEFINE_F(KeptInJournal, wideline)(benchmark::State& state) { keep_bursts(state, recorder()); }
BENCHMARK_REGISTER_F(KeptInJournal, wideline)->UseManualTime();

/// A scrape: what was counted of so many names by so many threads, as text.
BENCHMARK_DEFINE_F(SampledAway, metrics)(benchmark::State& state) {
    const auto names = static_cast<int>(state.range(0));
    const auto threads = static_cast<int>(state.range(1));
    std::latch written(threads);
    std::latch measured(1);
    std::vector<std::jthread> writers;
    for (int i = 0; i < threads; ++i) {
        writers.emplace_back([&] {
            for (int request = 0; request < 10 * names; ++request)
                wl::Request("GET /" + std::to_string(request % names));
            written.count_down();
            measured.wait();
        });
    }
    written.wait();
    std::size_t bytes = 0;
    for (auto _ : state) bytes = recorder().metrics().size();
    measured.count_down();
    state.counters["bytes"] = static_cast<double>(bytes);
    state.counters["per name and thread"] = benchmark::Counter(
        names * threads, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK_REGISTER_F(SampledAway, metrics)->ArgNames({"names", "threads"})->ArgsProduct({{1, 10, 200}, {1, 8}});

}  // namespace

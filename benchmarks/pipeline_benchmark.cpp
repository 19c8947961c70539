// All that the pipeline's thread does, from finished events to bytes in a file: encode, index, compress, append. Beside
// it: bare zstd over the very same lines, at the same level and in the same frames, from memory to memory. Bytes per
// second are those of the lines; `ratio` is lines to compressed bytes.
//
// The events are 4,000 checkouts whose values differ as a shop's do, so that they compress as a service's would.
#include <benchmark/benchmark.h>
#include <zstd.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <stdlib.h>

#include "event/fetch_ahead.hpp"
#include "journal/journal_sink.hpp"
#include "pipeline/event_encoder.hpp"
#include "pipeline/frame_batch.hpp"
#include "support/finished_events.hpp"

namespace {

using namespace wideline;

constexpr std::size_t kFrame = 1 << 20;

const bench::FinishedEvents& finished() {
    static const bench::FinishedEvents events(4'000);
    return events;
}

/// What the recorder makes of the events: batches of whole lines, each as near to 1 MiB as they come. `deliver` gets
/// each, sealed.
template <class Deliver>
void make_batches(pipeline::EventEncoder& encoder, pipeline::FrameBatch& batch, Deliver deliver) {
    const auto send = [&] {
        batch.seal({}, {}, std::vector<wideline::RequestTotals>{});
        deliver(batch);
        batch.clear();
    };
    const auto& events = finished().events();
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (i + 1 < events.size()) detail::fetch_ahead(*events[i + 1]);
        if (batch.lines().size() > kFrame - 2048) send();
        encoder.encode(*events[i], batch.lines());
        batch.count(*events[i], encoder.pairs());
    }
    send();
}

class Directory {
public:
    Directory() {
        std::string name = (std::filesystem::temp_directory_path() / "wideline-bench-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
        path_ = name;
    }
    ~Directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

void pipeline_with(benchmark::State& state, const Redaction& redact) {
    const Directory directory;
    const SinkPtr sink = journal(directory.path());
    sink->open(bench::kService);
    Options options;
    options.redact = redact;
    pipeline::EventEncoder encoder(options, bench::kService, bench::kRules);
    pipeline::FrameBatch batch(1, kFrame + kFrame / 8);
    std::uint64_t raw = 0;
    std::uint64_t compressed = 0;
    std::uint64_t pairs = 0;
    for (auto _ : state) {
        make_batches(encoder, batch, [&](const Batch& one) {
            sink->deliver(one);
            raw += one.json_lines().size();
            compressed += one.zstd_frame().size();
            pairs += one.pair_hashes().size();
        });
    }
    sink->close();
    std::uint64_t written = 0;
    for (const auto& file : std::filesystem::directory_iterator(directory.path())) written += file.file_size();
    state.SetBytesProcessed(static_cast<std::int64_t>(raw));
    state.counters["ratio"] = static_cast<double>(raw) / static_cast<double>(compressed);
    state.counters["index_share"] = static_cast<double>(written - compressed) / static_cast<double>(compressed);
    state.counters["pairs_per_MiB"] = static_cast<double>(pairs) * kFrame / static_cast<double>(raw);
}

void pipeline_wideline(benchmark::State& state) { pipeline_with(state, Redaction{}); }
void pipeline_no_redaction(benchmark::State& state) { pipeline_with(state, Redaction::none()); }
void pipeline_all_detectors(benchmark::State& state) {
    pipeline_with(state, Redaction{}.detect({Detect::emails, Detect::cards, Detect::tokens, Detect::ibans}));
}

void pipeline_encode_only(benchmark::State& state) {
    pipeline::EventEncoder encoder(Options{}, bench::kService, bench::kRules);
    pipeline::FrameBatch batch(1, kFrame + kFrame / 8);
    std::uint64_t raw = 0;
    for (auto _ : state) make_batches(encoder, batch, [&](const Batch& one) { raw += one.json_lines().size(); });
    state.SetBytesProcessed(static_cast<std::int64_t>(raw));
}

void pipeline_zstd_alone(benchmark::State& state) {
    std::vector<std::string> frames;
    pipeline::EventEncoder encoder(Options{}, bench::kService, bench::kRules);
    pipeline::FrameBatch batch(1, kFrame + kFrame / 8);
    make_batches(encoder, batch, [&](const Batch& one) { frames.emplace_back(one.json_lines()); });

    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> zstd(ZSTD_createCCtx(), ZSTD_freeCCtx);
    ZSTD_CCtx_setParameter(zstd.get(), ZSTD_c_compressionLevel, pipeline::FrameBatch::kLevel);
    ZSTD_CCtx_setParameter(zstd.get(), ZSTD_c_checksumFlag, 1);
    std::vector<char> room(ZSTD_compressBound(kFrame + kFrame / 8));
    std::uint64_t raw = 0;
    std::uint64_t compressed = 0;
    for (auto _ : state) {
        for (const std::string& frame : frames) {
            compressed += ZSTD_compress2(zstd.get(), room.data(), room.size(), frame.data(), frame.size());
            raw += frame.size();
        }
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(raw));
    state.counters["ratio"] = static_cast<double>(raw) / static_cast<double>(compressed);
}

BENCHMARK(pipeline_wideline)->Unit(benchmark::kMillisecond);
BENCHMARK(pipeline_no_redaction)->Unit(benchmark::kMillisecond);
BENCHMARK(pipeline_all_detectors)->Unit(benchmark::kMillisecond);
BENCHMARK(pipeline_zstd_alone)->Unit(benchmark::kMillisecond);
BENCHMARK(pipeline_encode_only)->Unit(benchmark::kMillisecond);

}  // namespace

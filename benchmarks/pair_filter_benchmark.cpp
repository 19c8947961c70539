// The filter of a frame's index over realistic events: how large it is beside its frame, what building it costs beside
// compressing the frame, and how many frames a search reads in vain.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <zstd.h>

#include <set>
#include <vector>

#include "../tests/journal/service_traffic.hpp"
#include "encoding/pair_hash.hpp"
#include "journal/line_pairs.hpp"
#include "journal/pair_filter.hpp"
#include "pipeline/frame_batch.hpp"

namespace {

using namespace wideline;
using journal_files::PairFilterBuilder;
using testing_journal::ServiceTraffic;

constexpr std::size_t kFrameBytes = 1 << 20;
constexpr int kFrames = 40;

struct Frame {
    std::string lines;
    std::string trace_id;  // Of one of its events.
    std::vector<std::uint64_t> pairs;
    std::size_t compressed_bytes = 0;
    std::string filter;
};

struct Compressor {
    ZSTD_CCtx* context = ZSTD_createCCtx();
    std::vector<char> out;
    Compressor() {
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, pipeline::FrameBatch::kLevel);
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
        out.resize(ZSTD_compressBound(kFrameBytes));
    }
    ~Compressor() { ZSTD_freeCCtx(context); }
    std::size_t compress(const std::string& lines) {
        return ZSTD_compress2(context, out.data(), out.size(), lines.data(), lines.size());
    }
};

const std::vector<Frame>& frames() {
    static const std::vector<Frame> made = [] {
        std::vector<Frame> frames(kFrames);
        ServiceTraffic traffic;
        Compressor compressor;
        PairFilterBuilder builder;
        for (Frame& frame : frames) {
            frame.lines = traffic.lines(kFrameBytes);
            const std::size_t at = frame.lines.find("\"trace_id\":\"") + 12;
            frame.trace_id = frame.lines.substr(at, 32);
            if (!journal_files::append_pairs_of_lines(frame.pairs, frame.lines)) std::abort();
            frame.compressed_bytes = compressor.compress(frame.lines);
            frame.filter = journal_files::filter_of(builder, frame.lines, frame.pairs, frame.compressed_bytes);
        }
        return frames;
    }();
    return made;
}

void print_sizes() {
    double share = 0;
    double bits = 0;
    double distinct = 0;
    double ratio = 0;
    for (const Frame& frame : frames()) {
        const std::set<std::uint64_t> pairs(frame.pairs.begin(), frame.pairs.end());
        share += static_cast<double>(frame.filter.size()) / static_cast<double>(frame.compressed_bytes);
        bits += static_cast<double>(frame.filter.size()) * 8 / static_cast<double>(pairs.size());
        distinct += static_cast<double>(pairs.size());
        ratio += static_cast<double>(frame.lines.size()) / static_cast<double>(frame.compressed_bytes);
    }
    fmt::print(
        "{} frames of 1 MiB, compressed to 1/{:.1f}; {:.0f} different pairs a frame; filter {:.2f} % of the frame, "
        "{:.1f} bits a pair\n",
        kFrames, ratio / kFrames, distinct / kFrames, 100 * share / kFrames, bits / kFrames);
}

/// Of the frames that do not have the pair, the share that a search for it reads.
void print_vain(const char* what, std::string_view key, const std::vector<std::string>& values) {
    std::size_t absent = 0;
    std::size_t read = 0;
    for (const std::string& value : values) {
        const std::uint64_t pair = pair_hash(key_hash(key), value);
        for (const Frame& frame : frames()) {
            if (std::find(frame.pairs.begin(), frame.pairs.end(), pair) != frame.pairs.end()) continue;
            ++absent;
            const bool second =
                key != kKeyCountedTwice || journal_files::filter_may_contain(frame.filter, second_pair_hash(pair));
            if (second && journal_files::filter_may_contain(frame.filter, pair)) ++read;
        }
    }
    fmt::print("  {:<12} {:5} searches: {:.2f} % of the frames without it are read in vain\n", what, values.size(),
               100.0 * static_cast<double>(read) / static_cast<double>(absent));
}

void print_searches() {
    std::vector<std::string> traces;
    for (const Frame& frame : frames()) traces.push_back(frame.trace_id);
    ServiceTraffic others(2);
    for (int i = 0; i < 2000; ++i) {
        (void)others.line();
        traces.push_back(others.last_trace_id());
    }
    print_vain("trace id", "trace_id", traces);
    std::vector<std::string> users;
    for (std::size_t i = 0; i < 2000; ++i) users.push_back(ServiceTraffic::user(1000 + i * 97));
    print_vain("user id", "user.id", users);
    std::vector<std::string> routes;
    for (std::size_t i = 0; i < 2000; ++i) routes.push_back(ServiceTraffic::route(80 + i));
    print_vain("rare route", "http.route", routes);
}

void compress_frame(benchmark::State& state) {
    Compressor compressor;
    std::size_t at = 0;
    for (auto _ : state) benchmark::DoNotOptimize(compressor.compress(frames()[at++ % kFrames].lines));
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(kFrameBytes));
}
BENCHMARK(compress_frame)->Name("zstd of a frame of 1 MiB");

void build_filter(benchmark::State& state) {
    PairFilterBuilder builder;
    std::size_t at = 0;
    for (auto _ : state) {
        const Frame& frame = frames()[at++ % kFrames];
        benchmark::DoNotOptimize(journal_files::filter_of(builder, frame.lines, frame.pairs, frame.compressed_bytes));
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(kFrameBytes));
}
BENCHMARK(build_filter)->Name("filter of its pairs");

void scan_lines(benchmark::State& state) {
    std::vector<std::uint64_t> pairs;
    std::size_t at = 0;
    for (auto _ : state) {
        pairs.clear();
        benchmark::DoNotOptimize(journal_files::append_pairs_of_lines(pairs, frames()[at++ % kFrames].lines));
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(kFrameBytes));
}
BENCHMARK(scan_lines)->Name("pairs read from its lines");

void ask(benchmark::State& state) {
    std::uint64_t pair = 1;
    std::size_t at = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(
            journal_files::filter_may_contain(frames()[at++ % kFrames].filter, pair = second_pair_hash(pair)));
}
BENCHMARK(ask)->Name("one question");

}  // namespace

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    print_sizes();
    print_searches();
    benchmark::RunSpecifiedBenchmarks();
}

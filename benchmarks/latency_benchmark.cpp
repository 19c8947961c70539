// What single requests cost their thread, not on average but one by one: percentiles of a million, each timed by itself
// with two reads of the clock, which are in every figure (the row "timer" is what they cost alone). The pipeline works
// at full load meanwhile: requests are begun as fast as it can take them, and wait, outside the timing, while more than
// kQueued events do. spdlog's asynchronous logger is driven in the same way, into a file.
//
//   bench_latency_benchmark [--requests=N] [--json]
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include <wideline/wideline.hpp>

#include "support/checkout_event.hpp"
#ifdef WIDELINE_BENCH_HAS_SPDLOG
#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>

#include "support/spdlog_line.hpp"
#endif

namespace {

namespace wl = wideline;
using wideline::bench::checkout;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kQueued = 4096;
constexpr double kPercents[] = {50, 90, 99, 99.9, 99.99, 100};

struct Row {
    std::string name;
    std::vector<std::uint32_t> nanoseconds;  // sorted
    std::uint64_t lost = 0;

    [[nodiscard]] std::uint32_t at(double percent) const {
        const auto last = static_cast<double>(nanoseconds.size() - 1);
        return nanoseconds[static_cast<std::size_t>(last * percent / 100)];
    }
};

/// Times `work` so many times; `wait` is called after each 256th, outside the timing.
Row measure(std::string name, std::size_t requests, const std::function<void()>& wait, auto work) {
    Row row{std::move(name), std::vector<std::uint32_t>(requests), 0};
    for (int i = 0; i < 10'000; ++i) {  // warm
        work();
        if (i % 256 == 255) wait();
    }
    for (std::size_t i = 0; i < requests; ++i) {
        const auto begin = Clock::now();
        work();
        const auto end = Clock::now();
        row.nanoseconds[i] = static_cast<std::uint32_t>(std::min<std::int64_t>((end - begin).count(), UINT32_MAX));
        if (i % 256 == 255) wait();
    }
    std::ranges::sort(row.nanoseconds);
    return row;
}

void one_request() {
    const auto& values = checkout();
    WIDELINE_REQUEST("checkout");
#define FIELD(key, member) wl::set(key, values.member);
    WIDELINE_BENCH_FIELDS(FIELD)
#undef FIELD
}

Row wideline_requests(std::string name, std::size_t requests, double kept, const std::filesystem::path& directory) {
    wl::Recorder recorder = wl::install({.service = {.name = "bench"},
                                         .sampler = wl::TailSampler{}.otherwise(kept),
                                         .sinks = {wl::journal(directory.string())}});
    const auto wait = [&] {
        while (recorder.stats().queued > kQueued) std::this_thread::sleep_for(std::chrono::microseconds(50));
    };
    Row row = measure(std::move(name), requests, wait, one_request);
    recorder.flush(std::chrono::minutes(1));
    row.lost = recorder.stats().lost.total();
    return row;
}

#ifdef WIDELINE_BENCH_HAS_SPDLOG
Row spdlog_lines(std::size_t requests, const std::filesystem::path& directory) {
    auto pool = std::make_shared<spdlog::details::thread_pool>(2 * kQueued, 1);
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>((directory / "spdlog.log").string());
    auto logger = std::make_shared<spdlog::async_logger>("bench", sink, pool, spdlog::async_overflow_policy::block);
    const auto wait = [&] {
        while (pool->queue_size() > kQueued) std::this_thread::sleep_for(std::chrono::microseconds(50));
    };
    return measure("spdlog, asynchronous, into a file", requests, wait,
                   [&] { wideline::bench::log_checkout(*logger, checkout()); });
}
#endif

void print_for_people(const std::vector<Row>& rows) {
    fmt::print("{:<36}{:>9}{:>9}{:>9}{:>9}{:>9}{:>11}  lost\n", "nanoseconds a request", "p50", "p90", "p99", "p99.9",
               "p99.99", "worst");
    for (const Row& row : rows) {
        fmt::print("{:<36}", row.name);
        for (const double percent : kPercents) fmt::print("{:>{}}", row.at(percent), percent == 100 ? 11 : 9);
        fmt::print("  {}\n", row.lost);
    }
}

void print_json(const std::vector<Row>& rows) {
    fmt::print("[");
    for (const Row& row : rows) {
        fmt::print("{}{{\"name\":\"{}\",\"lost\":{}", &row == rows.data() ? "" : ",", row.name, row.lost);
        for (const double percent : kPercents) fmt::print(",\"p{}\":{}", percent, row.at(percent));
        fmt::print("}}");
    }
    fmt::print("]\n");
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t requests = 1'000'000;
    bool json = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "--json")
            json = true;
        else if (argument.starts_with("--requests=") && std::atoll(argv[i] + 11) > 0)
            requests = static_cast<std::size_t>(std::atoll(argv[i] + 11));
        else
            return fmt::print(stderr, "usage: {} [--requests=N] [--json]\n", argv[0]), 2;
    }
    std::string directory = (std::filesystem::temp_directory_path() / "wideline-latency-XXXXXX").string();
    if (mkdtemp(directory.data()) == nullptr) return fmt::print(stderr, "{} cannot be made\n", directory), 1;

    std::vector<Row> rows;
    rows.push_back(measure(
        "timer", requests, [] {}, [] {}));
    rows.push_back(wideline_requests("sampled away", requests, 0, directory));
    rows.push_back(wideline_requests("kept, into a journal", requests, 1, directory));
#ifdef WIDELINE_BENCH_HAS_SPDLOG
    rows.push_back(spdlog_lines(requests, directory));
#endif
    std::filesystem::remove_all(directory);
    json ? print_json(rows) : print_for_people(rows);
    for (const Row& row : rows)
        if (row.lost != 0) return fmt::print(stderr, "{}: events were lost\n", row.name), 1;
}

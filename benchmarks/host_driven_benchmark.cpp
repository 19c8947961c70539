// What a turn of Recorder::poll takes of a host's thread (Options::host_driven), with a journal at full load: by the
// thread's CPU clock, for what else runs on the machine is not the recorder's doing.
#include <time.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <wideline/wideline.hpp>

namespace {

namespace wl = wideline;
using namespace std::chrono_literals;

double cpu_us() {
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) * 1e6 + static_cast<double>(used.tv_nsec) / 1e3;
}

void serve(wl::Recorder& recorder, int number) {
    wl::Request request{"GET /x", recorder};
    wl::set("user.id", number);
    wl::set("http.route", "/x/{id}");
    wl::set("http.response.status_code", 200);
    wl::set("url.path", "/x/17");
    wl::set("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0");
    wl::set("region", "eu-west");
    wl::set("plan", "enterprise");
    wl::add("db.queries", 3);
}

void poll(benchmark::State& state) {
    const auto directory = std::filesystem::temp_directory_path() / "wideline_host_driven_benchmark";
    std::filesystem::remove_all(directory);
    std::vector<double> turns;
    {
        wl::Options options{.service = {.name = "host"}, .sinks = {wl::journal(directory.string())}};
        options.host_driven = true;
        wl::Recorder recorder{std::move(options)};
        int number = 0;
        for (auto _ : state) {
            state.PauseTiming();
            for (int i = 0; i < 20; ++i) serve(recorder, number++);
            state.ResumeTiming();
            for (bool more = true; more;) {
                const double began = cpu_us();
                more = recorder.poll(50us);
                turns.push_back(cpu_us() - began);
            }
        }
        recorder.close();
        const wl::Stats stats = recorder.stats();
        if (stats.delivered != stats.kept) state.SkipWithError("events were lost");
    }
    std::filesystem::remove_all(directory);
    std::sort(turns.begin(), turns.end());
    const auto quantile = [&](double share) {
        return turns[std::min(turns.size() - 1, static_cast<std::size_t>(static_cast<double>(turns.size()) * share))];
    };
    state.counters["median_us"] = quantile(0.5);
    state.counters["p99_us"] = quantile(0.99);
    state.counters["p99.9_us"] = quantile(0.999);
}
BENCHMARK(poll)->MinTime(5);

}  // namespace

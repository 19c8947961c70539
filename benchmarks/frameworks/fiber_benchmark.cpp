// What a flow costs a fiber: a switch between two fibers, and a fiber with a request, with and without wideline.
#include <benchmark/benchmark.h>

#include <thread>

#include <boost/fiber/algo/round_robin.hpp>
#include <boost/fiber/fiber.hpp>
#include <boost/fiber/operations.hpp>
#include <wideline/fiber.hpp>
#include <wideline/wideline.hpp>

namespace {

namespace fibers = boost::fibers;
namespace wl = wideline;

using Alone = fibers::algo::round_robin;
using Aware = wl::fiber::aware<fibers::algo::round_robin>;

/// The algorithm of a thread cannot be changed back, but another one can be set.
template <class Algorithm>
void begin() {
    fibers::use_scheduling_algorithm<Algorithm>();
}

template <class Algorithm>
void switches(benchmark::State& state) {
    begin<Algorithm>();
    bool stop = false;
    fibers::fiber other([&] {
        while (!stop) boost::this_fiber::yield();
    });
    fibers::fiber measured([&] {
        for (auto _ : state) boost::this_fiber::yield();
        stop = true;
    });
    measured.join();
    other.join();
}

template <class Algorithm, bool kEvent>
void requests(benchmark::State& state) {
    const wl::Recorder recorder = wl::install(
        {.sampler = wl::TailSampler{}.otherwise(0.0), .sinks = {wl::callback_sink([](const wl::Batch&) {})}});
    begin<Algorithm>();
    for (auto _ : state) {
        fibers::fiber([] {
            if constexpr (kEvent) {
                WIDELINE_REQUEST("request");
                wl::set("id", 7);
                boost::this_fiber::yield();
                wl::set("id", 8);
            } else {
                boost::this_fiber::yield();
            }
        }).join();
    }
}

}  // namespace

BENCHMARK(switches<Alone>)->Name("fiber_switch/alone");
BENCHMARK(switches<Aware>)->Name("fiber_switch/wideline");
BENCHMARK((requests<Alone, false>))->Name("fiber_request/alone");
BENCHMARK((requests<Aware, true>))->Name("fiber_request/wideline");

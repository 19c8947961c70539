// What a flow costs a coroutine of Boost.Asio: one hop through its executor, and a request of four hops, with and
// without wideline.
#include <utility>  // Boost 1.74's awaitable.hpp needs it and does not say so

#include <benchmark/benchmark.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <wideline/asio.hpp>
#include <wideline/wideline.hpp>

namespace {

namespace net = boost::asio;
namespace wl = wideline;

wl::Recorder recorder_that_drops() {
    return wl::install(
        {.sampler = wl::TailSampler{}.otherwise(0.0), .sinks = {wl::callback_sink([](const wl::Batch&) {})}});
}

/// The loop is the coroutine's: it is begun once.
template <class Executor>
void hops(benchmark::State& state, net::io_context& io, const Executor& executor) {
    net::co_spawn(
        executor,
        [&]() -> net::awaitable<void> {
            for (auto _ : state) co_await net::post(net::use_awaitable);
        },
        net::detached);
    io.run();
}

void io_hop(benchmark::State& state) {
    net::io_context io(1);
    hops(state, io, io.get_executor());
}
void strand_hop(benchmark::State& state) {
    net::io_context io(1);
    hops(state, io, net::make_strand(io));
}
void flow_on_io_hop(benchmark::State& state) {
    net::io_context io(1);
    hops(state, io, wl::asio::flow_executor{io.get_executor()});
}
void flow_on_strand_hop(benchmark::State& state) {
    net::io_context io(1);
    hops(state, io, wl::asio::flow(net::make_strand(io)));
}
void flow_with_request_hop(benchmark::State& state) {
    const wl::Recorder recorder = recorder_that_drops();
    net::io_context io(1);
    net::co_spawn(
        wl::asio::flow(net::make_strand(io)),
        [&]() -> net::awaitable<void> {
            WIDELINE_REQUEST("request");
            for (auto _ : state) co_await net::post(net::use_awaitable);
        },
        net::detached);
    io.run();
}

net::awaitable<void> request_alone() {
    for (int hop = 0; hop < 4; ++hop) co_await net::post(net::use_awaitable);
}
net::awaitable<void> request_with_event(int id) {
    WIDELINE_REQUEST("request");
    for (int hop = 0; hop < 4; ++hop) {
        wl::set("id", id);
        co_await net::post(net::use_awaitable);
    }
}
template <class Begin>
void requests(benchmark::State& state, Begin begin) {
    const wl::Recorder recorder = recorder_that_drops();
    net::io_context io(1);
    for (auto _ : state) {
        begin(io);
        io.run();
        io.restart();
    }
}

}  // namespace

BENCHMARK(io_hop)->Name("asio_hop/io");
BENCHMARK(strand_hop)->Name("asio_hop/strand");
BENCHMARK(flow_on_io_hop)->Name("asio_hop/flow_executor(io)");
BENCHMARK(flow_on_strand_hop)->Name("asio_hop/flow(strand)");
BENCHMARK(flow_with_request_hop)->Name("asio_hop/flow(strand), request");
BENCHMARK_CAPTURE(requests, alone, [](net::io_context& io) {
    net::co_spawn(net::make_strand(io), request_alone(), net::detached);
})->Name("asio_request/alone");
BENCHMARK_CAPTURE(requests, wideline, [](net::io_context& io) {
    net::co_spawn(wl::asio::flow(net::make_strand(io)), request_with_event(7), net::detached);
})->Name("asio_request/wideline");

// What an event costs a server of cpp-httplib: a request and its response over one connection on the loopback. The
// server answers on a thread of its own, so the time is the clock's.
#include <benchmark/benchmark.h>

#include <chrono>
#include <thread>

#include <httplib.h>
#include <wideline/httplib.hpp>
#include <wideline/wideline.hpp>

namespace {

namespace wl = wideline;

template <bool kEvent>
void exchange(benchmark::State& state) {
    const wl::Recorder recorder = wl::install(
        {.sampler = wl::TailSampler{}.otherwise(0.0), .sinks = {wl::callback_sink([](const wl::Batch&) {})}});
    httplib::Server server;
    if constexpr (kEvent) wl::httplib::instrument(server);
    server.set_tcp_nodelay(true);
    server.set_keep_alive_max_count(100'000'000);
    server.Get(R"(/users/(\d+))", [](const httplib::Request&, httplib::Response& response) {
        response.set_content("hello", "text/plain");
    });
    const int port = server.bind_to_any_port("127.0.0.1");
    std::jthread serving([&] { server.listen_after_bind(); });
    while (!server.is_running()) std::this_thread::yield();
    {
        httplib::Client client("127.0.0.1", port);
        client.set_keep_alive(true);
        client.set_tcp_nodelay(true);
        for (auto _ : state) {
            const auto begin = std::chrono::steady_clock::now();
            benchmark::DoNotOptimize(client.Get("/users/7"));
            state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
        }
    }
    server.stop();
}

}  // namespace

BENCHMARK(exchange<false>)->Name("httplib_exchange/alone")->UseManualTime();
BENCHMARK(exchange<true>)->Name("httplib_exchange/wideline")->UseManualTime();

// What an event costs a server of Boost.Beast: a request and its response over one connection, both ends on this
// thread.
#include <utility>  // Boost 1.74's awaitable.hpp needs it and does not say so

#include <benchmark/benchmark.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <wideline/asio.hpp>
#include <wideline/beast.hpp>
#include <wideline/wideline.hpp>

namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
namespace wl = wideline;
using Socket = net::local::stream_protocol::socket;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

template <bool kEvent>
net::awaitable<void> serve(Socket& socket) {
    boost::beast::flat_buffer buffer;
    for (;;) {
        Request request;
        co_await http::async_read(socket, buffer, request, net::use_awaitable);
        Response response{http::status::ok, 11};
        response.body() = "hello";
        response.prepare_payload();
        if constexpr (kEvent) {
            wl::beast::ServerRequest event{request, "/users/{id}"};
            event.set_response(response);
            co_await http::async_write(socket, response, net::use_awaitable);
        } else {
            co_await http::async_write(socket, response, net::use_awaitable);
        }
    }
}

net::awaitable<void> ask(benchmark::State& state, Socket& socket, net::io_context& io) {
    boost::beast::flat_buffer buffer;
    Request request{http::verb::get, "/users/7", 11};
    request.set(http::field::user_agent, "benchmark/1");
    request.set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    for (auto _ : state) {
        co_await http::async_write(socket, request, net::use_awaitable);
        Response response;
        co_await http::async_read(socket, buffer, response, net::use_awaitable);
    }
    io.stop();
}

template <bool kEvent>
void exchange(benchmark::State& state) {
    const wl::Recorder recorder = wl::install(
        {.sampler = wl::TailSampler{}.otherwise(0.0), .sinks = {wl::callback_sink([](const wl::Batch&) {})}});
    net::io_context io(1);
    Socket client(io);
    Socket server(io);
    net::local::connect_pair(client, server);
    if constexpr (kEvent)
        net::co_spawn(wl::asio::flow(net::make_strand(io)), serve<true>(server), net::detached);
    else
        net::co_spawn(net::make_strand(io), serve<false>(server), net::detached);
    net::co_spawn(io, ask(state, client, io), net::detached);
    io.run();
}

}  // namespace

BENCHMARK(exchange<false>)->Name("beast_exchange/alone");
BENCHMARK(exchange<true>)->Name("beast_exchange/wideline");

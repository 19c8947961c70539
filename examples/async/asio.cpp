// Boost.Asio: many requests at once, as coroutines on two threads. Each is a flow of its own, so the code in it reads
// like synchronous code.
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>
#include <wideline/asio.hpp>
#include <wideline/wideline.hpp>

#include "each_alone.hpp"

namespace net = boost::asio;
namespace wl = wideline;
using namespace std::chrono_literals;

namespace {

net::awaitable<void> wait_for(std::chrono::microseconds time) {
    net::steady_timer timer(co_await net::this_coro::executor, time);
    co_await timer.async_wait(net::use_awaitable);
}

net::awaitable<void> pay(int id) {
    WIDELINE_REQUEST("payment");  // a child of the checkout, with an event of its own
    co_await wait_for(1ms);
    wl::set("payment.of", id);
}

net::awaitable<void> checkout(int id) {
    WIDELINE_REQUEST("checkout");
    wl::set("id", id);
    wl::append("steps", id);
    {
        auto timing = wl::time("stock");
        co_await wait_for(100us * (id % 10));
    }
    wl::append("steps", id);  // still this checkout's, whichever thread goes on
    co_await pay(id);
    wl::append("steps", id);
}

void serve() {
    net::io_context io;
    for (int id = 0; id < 200; ++id) net::co_spawn(wl::asio::flow(net::make_strand(io)), checkout(id), net::detached);
    const std::jthread second([&] { io.run(); });
    io.run();
}

}  // namespace

int main() {
    std::vector<nlohmann::json> events;
    {
        wl::Recorder recorder = wl::install({.service = {.name = "shop"}, .sinks = {wl::memory_sink(&events)}});
        serve();
    }
    std::erase_if(events, [](const nlohmann::json& event) { return event.at("name") != "checkout"; });
    return each_alone(events, 200) ? 0 : 1;
}

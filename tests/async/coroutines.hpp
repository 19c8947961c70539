// Coroutines of Asio, by Boost's or the standalone one: `net` is the one that the including file names.
#pragma once

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "interleaved_requests.hpp"

namespace async_test {

using namespace std::chrono_literals;

inline net::awaitable<void> suspend(int id) {
    net::steady_timer timer(co_await net::this_coro::executor, std::chrono::microseconds(100 + id * 37 % 900));
    co_await timer.async_wait(net::use_awaitable);
}

inline net::awaitable<void> query(const wideline::Recorder& recorder, int id) {
    wideline::Request child{"query", recorder};
    wideline::set("of", id);
    co_await suspend(id);
    wideline::set("of.after", id);
}

/// As `job` of interleaved_requests.hpp; `exchange` is one more suspension.
template <class Exchange>
net::awaitable<void> coroutine_job(const wideline::Recorder& recorder, int id, Exchange exchange) {
    wideline::Request request{"job", recorder};
    wideline::set("id", id);
    wideline::append("steps", id);
    co_await suspend(id);
    wideline::append("steps", id);
    {
        auto timing = wideline::time("upstream");
        co_await query(recorder, id);
    }
    wideline::append("steps", id);
    co_await exchange();
    wideline::append("steps", id);
    if (id % 10 == 3) wideline::fail({.type = "declined", .message = std::to_string(id)});
    if (id % 10 == 4) throw std::runtime_error("no stock");
}

inline void run(net::io_context& io, int threads) {
    std::vector<std::jthread> others;
    for (int t = 1; t < threads; ++t) others.emplace_back([&] { io.run(); });
    io.run();
}

}  // namespace async_test

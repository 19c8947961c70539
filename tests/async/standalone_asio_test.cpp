// <wideline/asio.hpp> over standalone Asio.
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <wideline/asio.hpp>

namespace net = asio;

#include "coroutines.hpp"

namespace wl = wideline;
using namespace async_test;

TEST_CASE("Coroutines of standalone Asio each write to their own request") {
    for (const int threads : {1, 2}) {
        for (const bool strand : {false, true}) {
            INFO("threads: " << threads);
            RecordedEvents log;
            const std::uint64_t interleaved = log.stats().interleaved;
            net::io_context io(threads);
            for (int id = 0; id < kRequests; ++id) {
                auto job = coroutine_job(log.recorder(), id, [id] { return suspend(id); });
                if (strand)
                    net::co_spawn(wl::asio::flow(net::make_strand(io)), std::move(job), net::detached);
                else
                    net::co_spawn(wl::asio::flow(io), std::move(job), net::detached);
            }
            run(io, threads);
            check_jobs(log, 4, interleaved);
        }
    }
}

TEST_CASE("Branches that a coroutine awaits together each write to its request") {
    using namespace net::experimental::awaitable_operators;
    RecordedEvents log;
    net::io_context io(1);
    const auto ask = [&](int id) -> net::awaitable<void> {
        wl::Request child{"ask", log.recorder()};
        wl::set("id", id);
        co_await suspend(100 - id);
        wl::set("id.after", id);
    };
    const auto both = [&]() -> net::awaitable<void> {
        wl::Request request{"both", log.recorder()};
        const auto executor = co_await net::this_coro::executor;
        co_await (net::co_spawn(wl::asio::branch(executor), ask(1), net::use_awaitable) &&
                  net::co_spawn(wl::asio::branch(executor), ask(2), net::use_awaitable));
        wl::set("asked", true);
    };
    const std::uint64_t interleaved = log.stats().interleaved;
    net::co_spawn(wl::asio::flow(io), both, net::detached);
    io.run();
    const Json request = log.event("both");
    CHECK(request.at("asked") == true);
    for (const Json& event : log.events()) {
        if (event.at("name") != "ask") continue;
        CHECK(event.at("id") == event.at("id.after"));
        CHECK(event.at("parent_span_id") == request.at("span_id"));
    }
    CHECK(log.events().size() == 3);
    CHECK(log.stats().interleaved == interleaved);
}

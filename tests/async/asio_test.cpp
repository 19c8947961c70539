// <wideline/asio.hpp> over Boost.Asio.
#include <utility>  // Boost 1.74's awaitable.hpp needs it and does not say so

#include <wideline/asio.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace net = boost::asio;

#include <array>
#include <cmath>
#include <memory>
#include <optional>

#include "coroutines.hpp"

namespace wl = wideline;
using namespace async_test;
using net::ip::tcp;

namespace {

/// Sends back the byte that each connection sends, on a thread of its own.
class Echo {
public:
    Echo() {
        net::co_spawn(io_, accept(), net::detached);
        thread_ = std::jthread([this] { io_.run(); });
    }
    ~Echo() { io_.stop(); }
    Echo(const Echo&) = delete;
    Echo& operator=(const Echo&) = delete;

    [[nodiscard]] tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

private:
    net::awaitable<void> accept() {
        for (;;) net::co_spawn(io_, answer(co_await acceptor_.async_accept(net::use_awaitable)), net::detached);
    }
    static net::awaitable<void> answer(tcp::socket socket) {
        char byte = 0;
        co_await net::async_read(socket, net::buffer(&byte, 1), net::use_awaitable);
        co_await net::async_write(socket, net::buffer(&byte, 1), net::use_awaitable);
    }

    net::io_context io_;
    tcp::acceptor acceptor_{io_, {net::ip::address_v4::loopback(), 0}};
    std::jthread thread_;
};

net::awaitable<void> exchange(tcp::endpoint with) {
    tcp::socket socket(co_await net::this_coro::executor);
    co_await socket.async_connect(with, net::use_awaitable);
    char byte = 'x';
    co_await net::async_write(socket, net::buffer(&byte, 1), net::use_awaitable);
    co_await net::async_read(socket, net::buffer(&byte, 1), net::use_awaitable);
}

/// A chain of handlers, of which none knows of a flow.
template <class Executor>
class HandlerJob : public std::enable_shared_from_this<HandlerJob<Executor>> {
public:
    HandlerJob(net::io_context& io, const Executor& executor, const wl::Recorder& recorder, int id)
        : timer_(io), executor_(executor), recorder_(recorder), id_(id) {}

    void start() {
        net::post(net::bind_executor(executor_, [self = this->shared_from_this()] {
            self->request_.emplace("job", self->recorder_);
            wl::set("id", self->id_);
            wl::append("steps", self->id_);
            self->then(&HandlerJob::ask);
        }));
    }

private:
    void then(void (HandlerJob::*next)()) {
        timer_.expires_after(std::chrono::microseconds(100 + id_ * 37 % 900));
        timer_.async_wait(net::bind_executor(executor_, [self = this->shared_from_this(), next](auto) {
            wl::append("between", self->id_);
            ((*self).*next)();
        }));
    }
    void ask() {
        wl::append("steps", id_);
        wl::add("upstream.count", 1);
        query_.emplace("query", recorder_);
        wl::set("of", id_);
        then(&HandlerJob::answered);
    }
    void answered() {
        wl::set("of.after", id_);
        query_.reset();
        wl::append("steps", id_);
        then(&HandlerJob::end);
    }
    void end() {
        wl::append("steps", id_);
        if (id_ % 10 == 3) wl::fail({.type = "declined", .message = std::to_string(id_)});
        if (id_ % 10 == 4) wl::fail({.type = "no stock"});
        request_.reset();
    }

    net::steady_timer timer_;
    Executor executor_;
    const wl::Recorder& recorder_;
    int id_;
    std::optional<wl::Request> request_;
    std::optional<wl::Request> query_;
};

/// Requests that overlap: each begins while the ones before it are under way.
void overlapping_requests(const wl::Recorder& recorder, int requests) {
    net::io_context io(1);
    const auto overlapping = [&](int id) -> net::awaitable<void> {
        wl::Request request{"job", recorder};
        for (int i = 0; i < 3 + id % 11; ++i) co_await net::post(net::use_awaitable);
        wl::set("id", id);
    };
    const auto service = [&]() -> net::awaitable<void> {
        for (int id = 0; id < requests; ++id) {
            net::co_spawn(wl::asio::flow(io), overlapping(id), net::detached);
            co_await net::post(net::use_awaitable);
        }
    };
    net::co_spawn(io, service, net::detached);
    io.run();
}

}  // namespace

TEST_CASE("Coroutines of Boost.Asio each write to their own request, by whatever executor their flow runs") {
    const Echo echo;
    for (const int threads : {1, 2}) {
        for (const char* const executor : {"io_context", "strand", "any_io_executor"}) {
            INFO(executor << ", threads: " << threads);
            RecordedEvents log;
            const std::uint64_t interleaved = log.stats().interleaved;
            net::io_context io(threads);
            const auto begin = [&](auto flow, int id) {
                net::co_spawn(flow, coroutine_job(log.recorder(), id, [&] { return exchange(echo.endpoint()); }),
                              net::detached);
            };
            for (int id = 0; id < kRequests; ++id) {
                if (std::string(executor) == "io_context")
                    begin(wl::asio::flow(io), id);
                else if (std::string(executor) == "strand")
                    begin(wl::asio::flow(net::make_strand(io)), id);
                else
                    begin(wl::asio::flow(net::any_io_executor(io.get_executor())), id);
            }
            run(io, threads);
            check_jobs(log, 4, interleaved);
        }
    }
}

TEST_CASE("Handlers of Boost.Asio each write to their own request if they are bound to a flow") {
    for (const int threads : {1, 2}) {
        INFO("threads: " << threads);
        RecordedEvents log;
        const std::uint64_t interleaved = log.stats().interleaved;
        net::io_context io(threads);
        for (int id = 0; id < kRequests; ++id) {
            auto flow = wl::asio::flow(io);
            std::make_shared<HandlerJob<decltype(flow)>>(io, flow, log.recorder(), id)->start();
        }
        run(io, threads);
        check_jobs(log, 4, interleaved);
    }
}

#ifndef WIDELINE_SANITIZED
TEST_CASE("Stackful coroutines of Boost.Asio each write to their own request") {
    for (const int threads : {1, 2}) {
        INFO("threads: " << threads);
        RecordedEvents log;
        const std::uint64_t interleaved = log.stats().interleaved;
        net::io_context io(threads);
        for (int id = 0; id < kRequests; ++id) {
            net::spawn(wl::asio::flow(io), [&, id](net::yield_context yield) {
                net::steady_timer timer(io);
                try {
                    job(log.recorder(), id, [&] {
                        timer.expires_after(std::chrono::microseconds(100 + id * 37 % 900));
                        timer.async_wait(yield);
                    });
                } catch (const std::runtime_error&) {  // the job's own
                }
            });
        }
        run(io, threads);
        check_jobs(log, 4, interleaved);
    }
}
#endif

TEST_CASE("Branches of a coroutine write to its request side by side, and their requests are its children") {
    constexpr int kBranches = 20;
    for (const int threads : {1, 2}) {
        for (const bool of_coroutine : {false, true}) {
            RecordedEvents log;
            net::io_context io(threads);
            const auto branch = [&](int id) -> net::awaitable<void> {
                co_await suspend(id);
                wl::add("branches", 1);
                wl::Request child{"branch", log.recorder()};
                wl::set("id", id);
                co_await suspend(kBranches - id);
                wl::set("id.after", id);
            };
            const auto whole = [&]() -> net::awaitable<void> {
                wl::Request request{"whole", log.recorder()};
                std::atomic<int> left = kBranches;
                net::steady_timer all(co_await net::this_coro::executor, net::steady_timer::time_point::max());
                const auto begin = [&](const auto& beside, int id) {
                    net::co_spawn(beside, branch(id), [&](std::exception_ptr) {
                        if (--left == 0) net::post(all.get_executor(), [&] { all.cancel(); });
                    });
                };
                for (int id = 0; id < kBranches; ++id) {
                    if (of_coroutine)
                        begin(wl::asio::branch(co_await net::this_coro::executor), id);
                    else
                        begin(wl::asio::branch(io), id);
                }
                boost::system::error_code cancelled;
                co_await all.async_wait(net::redirect_error(net::use_awaitable, cancelled));
                wl::set("own", true);
            };
            net::co_spawn(wl::asio::flow(io), whole, net::detached);
            run(io, threads);

            const Json event = log.event("whole");
            CHECK(event.at("branches") == kBranches);
            CHECK(event.at("own") == true);
            int branches = 0;
            for (const Json& one : log.events()) {
                if (one.at("name") != "branch") continue;
                ++branches;
                CHECK(one.at("parent_span_id") == event.at("span_id"));
                CHECK(one.at("id") == one.at("id.after"));
            }
            CHECK(branches == kBranches);
            CHECK(log.stats().late_writes == 0);
            CHECK(log.stats().in_flight == 0);
        }
    }
}

TEST_CASE("A flow that is begun in a coroutine's flow is no part of its request") {
    RecordedEvents log;
    net::io_context io(1);
    const auto inner = [&]() -> net::awaitable<void> {
        wl::Request request{"inner", log.recorder()};
        co_await suspend(1);
        wl::set("of", "inner");
    };
    const auto outer = [&]() -> net::awaitable<void> {
        wl::Request request{"outer", log.recorder()};
        net::co_spawn(wl::asio::flow(co_await net::this_coro::executor), inner, net::detached);
        co_await suspend(100);
        wl::set("of", "outer");
    };
    net::co_spawn(wl::asio::flow(io), outer, net::detached);
    io.run();
    CHECK(log.event("inner").at("of") == "inner");
    CHECK_FALSE(log.event("inner").contains("parent_span_id"));
    CHECK(log.event("outer").at("of") == "outer");
}

TEST_CASE("A flow runs one piece of work at a time, on a pool of threads too") {
    net::thread_pool pool(4);
    const auto flow = wl::asio::flow(pool);
    std::atomic<int> inside = 0;
    std::atomic<bool> together = false;
    int done = 0;
    for (int i = 0; i < 10'000; ++i) {
        net::post(flow, [&] {
            if (inside.fetch_add(1) != 0) together = true;
            ++done;
            inside.fetch_sub(1);
        });
    }
    pool.join();
    CHECK_FALSE(together);
    CHECK(done == 10'000);
}

TEST_CASE("Coroutines that are destroyed while they are suspended end their requests") {
    RecordedEvents log;
    {
        net::io_context io(1);
        int suspended = 0;
        for (int id = 0; id < kRequests; ++id) {
            net::co_spawn(
                wl::asio::flow(io),
                [&, id]() -> net::awaitable<void> {
                    wl::Request request{"suspended", log.recorder()};
                    wl::set("id", id);
                    co_await suspend(id);
                    net::steady_timer forever(co_await net::this_coro::executor, net::steady_timer::time_point::max());
                    ++suspended;
                    co_await forever.async_wait(net::use_awaitable);
                },
                net::detached);
        }
        while (suspended < kRequests) io.run_one();
    }
    CHECK(log.events().size() == kRequests);
    CHECK(log.stats().in_flight == 0);
    CHECK(nothing_is_current());
}

TEST_CASE("Coroutines that share a thread without flows are counted as interleaved") {
    RecordedEvents log;
    const std::uint64_t before = log.stats().interleaved;
    net::io_context io(1);
    for (int id = 0; id < kRequests; ++id)
        net::co_spawn(io, coroutine_job(log.recorder(), id, [id] { return suspend(id); }), net::detached);
    io.run();
    CHECK(log.stats().interleaved > before + kRequests / 2);
}

TEST_CASE("Of requests that overlap on one thread, a sample estimates how many there were") {
    constexpr int kRuns = 100;
    constexpr double kOverlapping = 2000;
    const double deviation = std::sqrt(kOverlapping * 0.1 * 0.9) / 0.1;  // of one estimate
    int within = 0;
    double sum = 0;
    for (int run = 0; run < kRuns; ++run) {
        RecordedEvents log({.sampler = wl::TailSampler{}.otherwise(0.1)});
        overlapping_requests(log.recorder(), static_cast<int>(kOverlapping));
        double estimate = 0;
        for (const Json& event : log.events()) estimate += event.at("sample_weight").get<double>();
        sum += estimate;
        if (std::abs(estimate - kOverlapping) <= 1.96 * deviation) ++within;
        REQUIRE(log.stats().started == static_cast<std::uint64_t>(kOverlapping));
    }
    INFO("within their interval: " << within << ", mean: " << sum / kRuns);
    CHECK(within >= 85);  // 95 of 100, and 4.6 standard deviations
    CHECK(std::abs(sum / kRuns - kOverlapping) < 4.6 * deviation / std::sqrt(kRuns));
}

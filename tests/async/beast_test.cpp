// <wideline/beast.hpp>: what the events of a server hold, for 200 clients at once.
#include <utility>  // Boost 1.74's awaitable.hpp needs it and does not say so

#include <wideline/asio.hpp>
#include <wideline/beast.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace net = boost::asio;

#include <optional>

#include "coroutines.hpp"

namespace wl = wideline;
namespace http = boost::beast::http;
using namespace async_test;
using net::ip::tcp;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

namespace {

constexpr const char* kCaller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

net::awaitable<Response> send(tcp::endpoint server, Request request) {
    tcp::socket socket(co_await net::this_coro::executor);
    co_await socket.async_connect(server, net::use_awaitable);
    co_await http::async_write(socket, request, net::use_awaitable);
    boost::beast::flat_buffer buffer;
    Response response;
    co_await http::async_read(socket, buffer, response, net::use_awaitable);
    co_return response;
}

net::awaitable<void> session(tcp::socket socket, tcp::endpoint self, const wl::Recorder& recorder) {
    boost::beast::flat_buffer buffer;
    Request request;
    co_await http::async_read(socket, buffer, request, net::use_awaitable);
    wl::beast::ServerRequest event{request, recorder};
    const int id = std::stoi(std::string(request["X-Id"]));
    Response response{http::status::ok, 11};
    if (request.method() == http::verb::post) {
        event.set_route("/users/{id}");
        wl::set("id", id);
        wl::append("steps", id);
        co_await suspend(id);
        wl::append("steps", id);
        {
            wl::Call call{"upstream"};
            Request up{http::verb::get, "/up", 11};
            up.set("X-Id", std::to_string(id));
            wl::beast::inject(call, up);
            const Response answer = co_await send(self, std::move(up));
            wl::beast::set_response(call, answer);
            response.body() = answer.body();
        }
        wl::append("steps", id);
    } else {
        wl::set("of", id);
        co_await suspend(id);
        if (id % 10 == 5) response.result(http::status::service_unavailable);
        response.body() = "from upstream";
    }
    response.prepare_payload();
    event.set_response(response);
    co_await http::async_write(socket, response, net::use_awaitable);
}

net::awaitable<void> serve(tcp::acceptor& acceptor, net::io_context& io, const wl::Recorder& recorder) {
    for (;;) {
        tcp::socket socket = co_await acceptor.async_accept(net::use_awaitable);
        net::co_spawn(wl::asio::flow(io), session(std::move(socket), acceptor.local_endpoint(), recorder),
                      net::detached);
    }
}

}  // namespace

TEST_CASE("Each request to a server of Beast has its name, route, status, sizes, user agent and place in the trace") {
    for (const int threads : {1, 2}) {
        INFO("threads: " << threads);
        RecordedEvents log;
        const std::uint64_t interleaved = log.stats().interleaved;
        {
            net::io_context server(threads);
            tcp::acceptor acceptor(server, {net::ip::address_v4::loopback(), 0});
            acceptor.listen(1024);
            net::co_spawn(server, serve(acceptor, server, log.recorder()), net::detached);
            std::vector<std::jthread> pool;
            for (int t = 0; t < threads; ++t) pool.emplace_back([&] { server.run(); });

            net::io_context clients(1);
            int answered = 0;
            for (int id = 0; id < kRequests; ++id) {
                const auto client = [&, id]() -> net::awaitable<void> {
                    Request request{http::verb::post, "/users/" + std::to_string(id) + "?password=secret", 11};
                    request.set("X-Id", std::to_string(id));
                    request.set(http::field::user_agent, "test/1");
                    if (id == 7) request.set("traceparent", kCaller);
                    request.body() = std::string(static_cast<std::size_t>(id), 'x');
                    request.prepare_payload();
                    const Response response = co_await send(acceptor.local_endpoint(), std::move(request));
                    if (response.body() == "from upstream") ++answered;
                };
                net::co_spawn(clients, client, net::detached);
            }
            clients.run();
            CHECK(answered == kRequests);
            while (log.stats().in_flight > 0) std::this_thread::sleep_for(1ms);
            server.stop();
        }
        std::vector<Json> users(kRequests);
        std::vector<Json> ups(kRequests);
        for (Json& event : log.events()) {
            if (event.contains("id"))
                users.at(event.at("id").get<std::size_t>()) = event;
            else
                ups.at(event.at("of").get<std::size_t>()) = event;
        }
        for (int id = 0; id < kRequests; ++id) {
            INFO("request " << id);
            const Json& user = users[static_cast<std::size_t>(id)];
            const Json& up = ups[static_cast<std::size_t>(id)];
            REQUIRE(user.is_object());
            CHECK(user.at("name") == "POST /users/{id}");
            CHECK(user.at("steps") == Json(std::vector<int>(3, id)));
            CHECK(user.at("http.request.method") == "POST");
            CHECK(user.at("http.route") == "/users/{id}");
            CHECK(user.at("url.path") == "/users/" + std::to_string(id));
            CHECK(user.at("user_agent.original") == "test/1");
            CHECK(user.at("http.request.body.size") == id);
            CHECK(user.at("http.response.status_code") == 200);
            CHECK(user.at("http.response.body.size") == 13);
            CHECK(user.contains("parent_span_id") == (id == 7));
            if (id == 7) CHECK(user.at("parent_span_id") == "b7ad6b7169203331");
            REQUIRE(up.is_object());
            CHECK(up.at("name") == "GET");  // nobody said its route
            CHECK(up.at("trace_id") == user.at("trace_id"));
            CHECK(up.at("parent_span_id") == user.at("calls").at(0).at("span_id"));
            CHECK(up.at("http.response.status_code") == (id % 10 == 5 ? 503 : 200));
            CHECK(up.at("outcome") == (id % 10 == 5 ? "error" : "success"));
            CHECK(user.at("calls").at(0).at("outcome") == (id % 10 == 5 ? "error" : "success"));
            if (id % 10 == 5) CHECK(user.at("calls").at(0).at("error.type") == "503");
        }
        CHECK(nothing_is_current());
        CHECK(log.stats().started == 2 * kRequests);
        CHECK(log.stats().late_writes == 0);
        CHECK(log.stats().interleaved == interleaved);
    }
}

TEST_CASE("A method that HTTP does not know is no part of a name") {
    RecordedEvents log;
    const wl::http::Received received{.method = "GET-0123456789", .target = "/"};
    { const wl::http::ServerRequest request{received, log.recorder()}; }
    CHECK(log.event().at("name") == "HTTP");
    CHECK(log.event().at("http.request.method") == "_OTHER");
    CHECK(log.event().at("http.request.method_original") == "GET-0123456789");
}

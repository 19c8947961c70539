// Boost.Beast: an HTTP server and its client, as coroutines. Each request has a name, a route, its status, its sizes
// and the caller's trace; the call that it makes carries the trace on.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <nlohmann/json.hpp>
#include <wideline/asio.hpp>
#include <wideline/beast.hpp>
#include <wideline/wideline.hpp>

namespace net = boost::asio;
namespace http = boost::beast::http;
namespace wl = wideline;
using net::ip::tcp;

namespace {

using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

// A call that the current request makes.
net::awaitable<std::string> ask(tcp::endpoint server, std::string target) {
    wl::Call call{"stock"};
    Request request{http::verb::get, target, 11};
    wl::beast::inject(call, request);
    tcp::socket socket(co_await net::this_coro::executor);
    co_await socket.async_connect(server, net::use_awaitable);
    co_await http::async_write(socket, request, net::use_awaitable);
    boost::beast::flat_buffer buffer;
    Response response;
    co_await http::async_read(socket, buffer, response, net::use_awaitable);
    wl::beast::set_response(call, response);
    co_return response.body();
}

// What a router does: the route that a target was matched with, and no value of it.
std::string_view route_of(std::string_view target) {
    if (target.starts_with("/items/")) return "/items/{id}";
    if (target.starts_with("/stock/")) return "/stock/{id}";
    return {};
}

net::awaitable<Response> answer(const Request& request, tcp::endpoint self) {
    Response response{http::status::ok, request.version()};
    const std::string_view target{request.target().data(), request.target().size()};
    if (target.starts_with("/items/")) {
        wl::set("item.id", target.substr(7));
        response.body() = co_await ask(self, "/stock/" + std::string(target.substr(7)));
    } else if (target.starts_with("/stock/")) {
        response.body() = "12 in stock";
    } else {
        response.result(http::status::not_found);
    }
    response.prepare_payload();
    co_return response;
}

net::awaitable<void> session(tcp::socket socket, tcp::endpoint self) {
    boost::beast::flat_buffer buffer;
    for (bool alive = true; alive;) {
        Request request;
        boost::system::error_code ended;
        co_await http::async_read(socket, buffer, request, net::redirect_error(net::use_awaitable, ended));
        if (ended) co_return;
        wl::beast::ServerRequest event{request, route_of({request.target().data(), request.target().size()})};
        const Response response = co_await answer(request, self);
        event.set_response(response);
        co_await http::async_write(socket, response, net::use_awaitable);
        alive = response.keep_alive();
    }
}

net::awaitable<void> serve(tcp::acceptor& acceptor) {
    for (;;) {
        tcp::socket socket = co_await acceptor.async_accept(net::use_awaitable);
        net::co_spawn(wl::asio::flow(net::make_strand(socket.get_executor())),
                      session(std::move(socket), acceptor.local_endpoint()), net::detached);
    }
}

}  // namespace

int main() {
    std::vector<nlohmann::json> events;
    std::string body;
    {
        wl::Recorder recorder = wl::install({.service = {.name = "shop"}, .sinks = {wl::memory_sink(&events)}});
        net::io_context io(1);
        tcp::acceptor acceptor(io, {net::ip::address_v4::loopback(), 0});
        net::co_spawn(io, serve(acceptor), net::detached);
        net::co_spawn(
            wl::asio::flow(io),
            [&]() -> net::awaitable<void> {
                body = co_await ask(acceptor.local_endpoint(), "/items/7");
                io.stop();
            },
            net::detached);
        io.run();
        // What was suspended when the loop stopped ends here, before the recorder.
    }
    nlohmann::json item;
    nlohmann::json stock;
    for (const nlohmann::json& event : events) (event.at("name") == "GET /items/{id}" ? item : stock) = event;
    return body == "12 in stock" && item.at("stock.count") == 1 && item.at("http.response.status_code") == 200 &&
                   stock.at("name") == "GET /stock/{id}" && stock.at("trace_id") == item.at("trace_id") &&
                   stock.at("parent_span_id") == item.at("calls").at(0).at("span_id")
               ? 0
               : 1;
}

// Two requests of a Boost.Asio server, at once on one thread. Each line of execution is a flow, so what is current
// stays so across co_await.
#include <chrono>
#include <utility>  // which some versions of Asio forget

#include <boost/asio.hpp>
#include <wideline/asio.hpp>
#include <wideline/wideline.hpp>

namespace net = boost::asio;
namespace wl = wideline;
using namespace std::chrono_literals;

net::awaitable<int> find_stock(int book) {
    auto timing = wl::time("stock");
    net::steady_timer database(co_await net::this_coro::executor, 2ms);
    co_await database.async_wait(net::use_awaitable);
    wl::add("db.queries", 1);
    co_return book % 2;
}

net::awaitable<void> order(int book) {
    WIDELINE_REQUEST("order");
    wl::set("book.id", book);
    if (co_await find_stock(book) == 0) wl::fail({.type = "out_of_stock", .fix = "order it from the publisher"});
}

int main() {
    wl::Recorder recorder = wl::install({.service = {.name = "books"}});
    net::io_context io;
    for (int book : {42, 43}) net::co_spawn(wl::asio::flow(io), order(book), net::detached);
    io.run();
}

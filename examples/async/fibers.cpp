// Boost.Fiber: many requests at once, as fibers. The scheduler gives each fiber a flow.
#include <chrono>
#include <vector>

#include <boost/fiber/algo/round_robin.hpp>
#include <boost/fiber/fiber.hpp>
#include <boost/fiber/operations.hpp>
#include <nlohmann/json.hpp>
#include <wideline/fiber.hpp>
#include <wideline/wideline.hpp>

#include "each_alone.hpp"

namespace wl = wideline;
using namespace std::chrono_literals;

namespace {

void checkout(int id) {
    WIDELINE_REQUEST("checkout");
    wl::set("id", id);
    wl::append("steps", id);
    boost::this_fiber::sleep_for(100us * (id % 10));
    wl::append("steps", id);  // still this checkout's
    boost::this_fiber::yield();
    wl::append("steps", id);
}

void serve() {
    boost::fibers::use_scheduling_algorithm<wl::fiber::aware<boost::fibers::algo::round_robin>>();
    std::vector<boost::fibers::fiber> all;
    for (int id = 0; id < 200; ++id) all.emplace_back(checkout, id);
    for (boost::fibers::fiber& one : all) one.join();
}

}  // namespace

int main() {
    std::vector<nlohmann::json> events;
    {
        wl::Recorder recorder = wl::install({.service = {.name = "shop"}, .sinks = {wl::memory_sink(&events)}});
        serve();
    }
    return each_alone(events, 200) ? 0 : 1;
}

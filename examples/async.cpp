// One request whose work is done by several threads: all of them write to its one event.
#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <wideline/wideline.hpp>

using namespace std::chrono_literals;
namespace wl = wideline;

namespace {

/// Runs on a thread of its own. The handle is a cheap copy, and may outlive the request: what is written after the
/// request has ended is counted, and goes nowhere.
void ask_supplier(const wl::Handle& handle, int supplier) {
    wl::Attach attach{handle};
    auto timing = wl::time("supplier.call");
    std::this_thread::sleep_for(1ms * supplier);
    wl::add("supplier.answers", 1);
    wl::append("supplier.ids", supplier);
}

void find_offers() {
    wl::Request request{"find_offers"};
    std::vector<std::jthread> calls;
    for (int supplier = 1; supplier <= 3; ++supplier) calls.emplace_back(ask_supplier, request.handle(), supplier);
    calls.clear();  // joins: every answer is in the event from here on
    wl::set("offers.complete", true);
}

/// The request moves on with the work: the event ends where the last owner lets go of it, on whatever thread that is.
void send_later() {
    wl::Request request{"send_later"};
    wl::set("mail.queued", true);
    std::jthread sender{[request = std::move(request)]() mutable {
        request.event().set("mail.sent", true);
        request.finish();
    }};
}

}  // namespace

int main() {
    std::vector<nlohmann::json> events;
    {
        wl::Recorder recorder = wl::install({.service = {.name = "offers"}, .sinks = {wl::memory_sink(&events)}});
        find_offers();
        send_later();
    }
    for (const nlohmann::json& event : events) std::cout << event.dump(2) << '\n';
    return events.size() == 2 && events[0].at("supplier.answers") == 3 && events[1].at("mail.sent") == true ? 0 : 1;
}

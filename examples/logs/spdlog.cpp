// A service whose old code logs by spdlog: what it logs within a request is in the request's event.
#include <iostream>
#include <memory>
#include <vector>

#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>
#include <wideline/spdlog.hpp>
#include <wideline/wideline.hpp>

namespace wl = wideline;

namespace {

void reserve(int item) {  // as it was written years ago
    if (item == 7) SPDLOG_WARN("item {} is short", item);
}

void order(int item) {
    WIDELINE_REQUEST("order");
    wl::set("item", item);
    reserve(item);
}

}  // namespace

int main() {
    std::vector<nlohmann::json> events;
    {
        wl::Recorder recorder = wl::install({.service = {.name = "shop"}, .sinks = {wl::memory_sink(&events)}});
        spdlog::default_logger()->sinks().push_back(std::make_shared<wl::spdlog_sink>());
        order(6);
        order(7);
    }
    std::cout << events.at(1).at("notes") << '\n';
    const nlohmann::json& note = events.at(1).at("notes").at(0);
    const bool right = !events.at(0).contains("notes") && note.at("text") == "item 7 is short" &&
                       note.at("level") == "warning" && note.at("line") == 16 &&
                       events.at(1).at("outcome") == "success";
    return right ? 0 : 1;
}

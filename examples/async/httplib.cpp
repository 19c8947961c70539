// cpp-httplib: one call gives each request of a server an event, and the server /metrics.
#include <string>
#include <thread>
#include <vector>

#include <httplib.h>
#include <nlohmann/json.hpp>
#include <wideline/httplib.hpp>
#include <wideline/wideline.hpp>

namespace wl = wideline;

int main() {
    std::vector<nlohmann::json> events;
    std::string body;
    std::string metrics;
    {
        wl::Recorder recorder = wl::install({.service = {.name = "shop"}, .sinks = {wl::memory_sink(&events)}});

        httplib::Server server;
        const int port = server.bind_to_any_port("127.0.0.1");
        httplib::Client http("127.0.0.1", port);
        wl::httplib::Client stock{"stock", http};

        wl::httplib::instrument(server);
        server.Get(R"(/items/(\d+))", [&](const httplib::Request& request, httplib::Response& response) {
            wl::set("item.id", request.matches[1].str());
            const auto found = stock.Get("/stock/" + request.matches[1].str());
            response.set_content(found ? found->body : "unknown", "text/plain");
        });
        server.Get(R"(/stock/(\d+))", [](const httplib::Request&, httplib::Response& response) {
            response.set_content("12 in stock", "text/plain");
        });

        std::jthread serving([&] { server.listen_after_bind(); });
        httplib::Client client("127.0.0.1", port);
        while (!server.is_running()) std::this_thread::yield();
        if (const auto result = client.Get("/items/7")) body = result->body;
        if (const auto result = client.Get("/metrics")) metrics = result->body;
        server.stop();
    }
    nlohmann::json item;
    nlohmann::json found;
    for (const nlohmann::json& event : events) (event.at("name") == "GET /items/{1}" ? item : found) = event;
    return events.size() == 2 && body == "12 in stock" &&
                   metrics.find("wideline_requests_total") != std::string::npos &&
                   item.at("http.response.status_code") == 200 && found.at("name") == "GET /stock/{1}" &&
                   found.at("trace_id") == item.at("trace_id") &&
                   found.at("parent_span_id") == item.at("calls").at(0).at("span_id")
               ? 0
               : 1;
}

#include "view/metrics_server.hpp"

#include <httplib.h>

#include <charconv>
#include <thread>
#include <utility>

namespace wideline::view {

struct MetricsServer::Http {
    Answers answers;
    httplib::Server server;
    std::jthread serving;

    explicit Http(Answers given) : answers(std::move(given)) {
        server.Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
            response.set_content(answers.metrics(), "text/plain; version=0.0.4");
        });
        server.Get("/ready", [this](const httplib::Request&, httplib::Response& response) {
            const std::string trouble = answers.trouble();
            response.status = trouble.empty() ? 200 : 503;
            response.set_content(trouble.empty() ? "ready\n" : trouble, "text/plain");
        });
        server.set_keep_alive_timeout(1);  // Idle connections hold a thread each, and hold up the end.
    }
};

MetricsServer::MetricsServer(Answers answers) : http_(std::make_unique<Http>(std::move(answers))) {}

MetricsServer::~MetricsServer() { http_->server.stop(); }

std::optional<std::string> MetricsServer::bind(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    if (colon == std::string::npos) return std::nullopt;
    std::string host = address.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    int port = -1;
    const char* const end = address.data() + address.size();
    const auto [stop, error] = std::from_chars(address.data() + colon + 1, end, port);
    constexpr int kMostPort = 65535;
    if (error != std::errc() || stop != end || port < 0 || port > kMostPort) return std::nullopt;
    if (port == 0) {
        port = http_->server.bind_to_any_port(host);
    } else if (!http_->server.bind_to_port(host, port)) {
        port = -1;
    }
    if (port < 0) return std::nullopt;
    http_->serving = std::jthread([this] { http_->server.listen_after_bind(); });
    while (!http_->server.is_running()) std::this_thread::yield();  // Else a stop() that comes first is lost.
    return address.substr(0, colon) + ":" + std::to_string(port);
}

}  // namespace wideline::view

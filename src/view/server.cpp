#include "view/server.hpp"

#include <httplib.h>

#include <algorithm>
#include <cctype>

#include "view/api.hpp"
#include "view/page_files.hpp"

namespace wideline::view {
namespace {

// Nothing but the page's own files may run, load or be asked for, whatever an event holds.
constexpr const char* kContentPolicy =
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

void set_safe_headers(httplib::Response& response) {
    response.set_header("Content-Security-Policy", kContentPolicy);
    response.set_header("X-Content-Type-Options", "nosniff");
    response.set_header("Referrer-Policy", "no-referrer");
    response.set_header("Cross-Origin-Resource-Policy", "same-origin");
    response.set_header("Cache-Control", "no-store");
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

std::string in_an_address(const std::string& host) {
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

}  // namespace

bool is_own_host(const std::string& header, const std::string& host) {
    const std::size_t bracket = header.rfind(']');
    const std::size_t colon = header.rfind(':');
    const bool has_port = colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
    const std::string name = lower(has_port ? header.substr(0, colon) : header);
    return name == "localhost" || name == "127.0.0.1" || name == "[::1]" || name == lower(in_an_address(host));
}

struct Server::Http {
    Options options;
    Api api;
    httplib::Server server;

    explicit Http(const Options& given) : options(given), api(platform::FileSystem::real(), given.paths) {
        server.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
            set_safe_headers(response);
            if (is_own_host(request.get_header_value("Host"), options.host))
                return httplib::Server::HandlerResponse::Unhandled;
            response.status = 403;
            response.set_content("This server answers to its own address only.\n", "text/plain");
            return httplib::Server::HandlerResponse::Handled;
        });
        for (const PageFile& file : page_files())
            server.Get(std::string(file.path), [&file](const httplib::Request&, httplib::Response& response) {
                response.set_content(file.content.data(), file.content.size(), std::string(file.type));
            });
        server.Get("/api/.*", [this](const httplib::Request& request, httplib::Response& response) {
            const Answer answer = api.get(request.path, request.params);
            response.status = answer.status;
            response.set_content(answer.body, "application/json");
        });
        server.set_keep_alive_timeout(1);  // Idle connections hold a thread each, and hold up the end.
    }
};

Server::Server(const Options& options) : http_(std::make_unique<Http>(options)) {}
Server::~Server() = default;

std::optional<std::string> Server::bind() {
    const std::string& host = http_->options.host;
    const int wanted = http_->options.port.value_or(kUsualPort);
    int port = wanted;
    if (wanted == 0 || !http_->server.bind_to_port(host, wanted)) {
        if (wanted != 0 && http_->options.port) return std::nullopt;
        port = http_->server.bind_to_any_port(host);
    }
    if (port <= 0) return std::nullopt;
    return "http://" + in_an_address(host) + ":" + std::to_string(port) + "/";
}

void Server::serve() { http_->server.listen_after_bind(); }
void Server::stop() { http_->server.stop(); }

}  // namespace wideline::view

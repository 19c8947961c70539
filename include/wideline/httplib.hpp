// cpp-httplib (0.11 or newer): one call gives a server an event for each request, and /metrics; a client whose calls
// belong to the current request. See docs/async.md.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <httplib.h>

#include <wideline/call.hpp>
#include <wideline/http.hpp>
#include <wideline/recorder.hpp>

namespace wideline::httplib {

struct ServerOptions {
    /// What paths are matched with, `/users/{id}`, the first one that fits. Only for patterns that hold no capturing
    /// group for what varies: see instrument().
    std::vector<std::string> routes{};
    std::string metrics_path = "/metrics";  ///< empty: none
    const Recorder* recorder = nullptr;     ///< null: the installed one. Outlives the server

    /// The server's own handlers, which instrument() would replace otherwise.
    ::httplib::Server::HandlerWithResponse pre_routing{};
    ::httplib::Server::ExceptionHandler exception{};
    ::httplib::Logger logger{};
};

namespace detail {

/// The request that this thread is answering: cpp-httplib answers each on one thread, from its handlers to its logger.
inline std::optional<http::ServerRequest>& answered_here() noexcept {
    thread_local std::optional<http::ServerRequest> request;
    return request;
}

/// Whether each segment of the path is the route's, or the route's is `{…}`.
[[nodiscard]] inline bool fits(std::string_view path, std::string_view route) noexcept {
    while (!path.empty() && !route.empty()) {
        const std::size_t path_end = std::min(path.find('/', 1), path.size());
        const std::size_t route_end = std::min(route.find('/', 1), route.size());
        const std::string_view segment = path.substr(0, path_end);
        const std::string_view wanted = route.substr(0, route_end);
        const bool any = wanted.starts_with("/{") && wanted.ends_with('}') && segment.size() > 1;
        if (!any && segment != wanted) return false;
        path.remove_prefix(path_end);
        route.remove_prefix(route_end);
    }
    return path.empty() && route.empty();
}

/// The path with what the pattern's groups captured replaced by their numbers: `/users/{1}`.
[[nodiscard]] inline std::string route_of_captures(const ::httplib::Request& request) {
    std::string route;
    std::size_t copied = 0;
    for (std::size_t group = 1; group < request.matches.size(); ++group) {
        const auto at = static_cast<std::size_t>(request.matches.position(group));
        if (!request.matches[group].matched || at < copied) continue;  // optional, or within another group
        route.append(request.path, copied, at - copied).append("{").append(std::to_string(group)).append("}");
        copied = at + static_cast<std::size_t>(request.matches.length(group));
    }
    return route.append(request.path, copied);
}

template <class Request>  // a template, for older versions' requests have no matched_route
[[nodiscard]] std::string route_of(const Request& request, const std::vector<std::string>& routes) {
    if constexpr (requires { request.matched_route; })
        if (!request.matched_route.empty()) return request.matched_route;
    for (const std::string& route : routes)
        if (fits(request.path, route)) return route;
    return request.matches.empty() ? std::string() : route_of_captures(request);
}

template <class Message>
[[nodiscard]] std::optional<std::uint64_t> body_size(const Message& message) {
    if (!message.body.empty()) return message.body.size();
    const std::string length = message.get_header_value("Content-Length");
    std::uint64_t size = 0;
    const auto read = std::from_chars(length.data(), length.data() + length.size(), size);
    return read.ec == std::errc() && read.ptr == length.data() + length.size() ? std::optional(size) : std::nullopt;
}

inline void begin_answer(const ::httplib::Request& request, const Recorder* recorder) {
    const std::string user_agent = request.get_header_value("User-Agent");
    const std::string traceparent = request.get_header_value("traceparent");
    const std::string tracestate = request.get_header_value("tracestate");
    const http::Received received{.method = request.method,
                                  .target = request.path,
                                  .user_agent = user_agent,
                                  .traceparent = traceparent,
                                  .tracestate = tracestate};
    if (recorder != nullptr)
        answered_here().emplace(received, *recorder);
    else
        answered_here().emplace(received);
}

inline void end_answer(const ::httplib::Request& request, const ::httplib::Response& response,
                       const std::vector<std::string>& routes) {
    std::optional<http::ServerRequest>& answer = answered_here();
    if (!answer) return;  // not even a request: its first line or its headers were malformed
    answer->set_route(route_of(request, routes));
    if (const auto size = body_size(request)) answer->set_request_size(*size);
    answer->set_response(response.status, request.method == "HEAD" ? std::nullopt : body_size(response));
    answer.reset();
}

}  // namespace detail

/// Gives each request that the server answers an event (see http::ServerRequest), current in its handler, and serves
/// the recorder's metrics. Call it before the server listens. It takes the place of the server's pre-routing handler,
/// exception handler and logger: give yours in the options.
///
/// The route, and with it the name, is what the server says that it matched, if this version of cpp-httplib does. In
/// older ones it is the path in which each capturing group of the matched pattern is replaced by its number:
/// `/users/{1}` of `/users/(\d+)`. So put what varies into groups, or name the route in ServerOptions::routes.
///
/// An exception that leaves a handler is recorded; the client gets status 500, and its text only from your own
/// exception handler.
inline void instrument(::httplib::Server& server, ServerOptions options = {}) {
    const Recorder* const recorder = options.recorder;
    if (!options.metrics_path.empty()) {
        server.Get(options.metrics_path, [recorder](const ::httplib::Request&, ::httplib::Response& response) {
            response.set_content(recorder != nullptr ? recorder->metrics() : wideline::metrics(),
                                 "application/openmetrics-text; version=1.0.0; charset=utf-8");
        });
    }
    server.set_pre_routing_handler([recorder, metrics = options.metrics_path, next = std::move(options.pre_routing)](
                                       const ::httplib::Request& request, ::httplib::Response& response) {
        if (metrics.empty() || request.path != metrics) detail::begin_answer(request, recorder);
        return next ? next(request, response) : ::httplib::Server::HandlerResponse::Unhandled;
    });
    server.set_exception_handler([next = std::move(options.exception)](const ::httplib::Request& request,
                                                                       ::httplib::Response& response,
                                                                       std::exception_ptr thrown) {
        if (auto& answer = detail::answered_here()) answer->event().fail(thrown);
        response.status = 500;
        if (next) next(request, response, std::move(thrown));
    });
    server.set_logger([routes = std::move(options.routes), next = std::move(options.logger)](
                          const ::httplib::Request& request, const ::httplib::Response& response) {
        detail::end_answer(request, response, routes);
        if (next) next(request, response);
    });
}

/// A client whose calls are calls of the current request: each carries its trace context, and is timed and logged as
/// wl::Call does.
///
///     httplib::Client http{"http://payments:8080"};
///     wl::httplib::Client payments{"payments", http};
///     httplib::Result result = payments.Post("/charge", json, "application/json");
///
/// A call fails if no response came, by cpp-httplib's name of the error, or if the status is 400 or more, by that.
/// Threads: as the httplib::Client, which must outlive this.
class Client {
public:
    Client(TimerKey name, ::httplib::Client& client) noexcept : name_(name), client_(client) {}

    ::httplib::Result Get(const std::string& path, ::httplib::Headers headers = {}) {
        return send("GET", path, std::move(headers));
    }
    ::httplib::Result Head(const std::string& path, ::httplib::Headers headers = {}) {
        return send("HEAD", path, std::move(headers));
    }
    ::httplib::Result Delete(const std::string& path, ::httplib::Headers headers = {}) {
        return send("DELETE", path, std::move(headers));
    }
    ::httplib::Result Post(const std::string& path, std::string body, const std::string& content_type,
                           ::httplib::Headers headers = {}) {
        return send("POST", path, std::move(headers), std::move(body), content_type);
    }
    ::httplib::Result Put(const std::string& path, std::string body, const std::string& content_type,
                          ::httplib::Headers headers = {}) {
        return send("PUT", path, std::move(headers), std::move(body), content_type);
    }
    ::httplib::Result Patch(const std::string& path, std::string body, const std::string& content_type,
                            ::httplib::Headers headers = {}) {
        return send("PATCH", path, std::move(headers), std::move(body), content_type);
    }
    /// Any request: what the others do.
    ::httplib::Result send(::httplib::Request request) {
        Call call{name_};
        if (const std::string parent = call.traceparent(); !parent.empty()) request.set_header("traceparent", parent);
        if (const std::string state = call.tracestate(); !state.empty()) request.set_header("tracestate", state);
        ::httplib::Result result = client_.send(request);
        if (!result)
            call.fail(::httplib::to_string(result.error()));
        else if (result->status >= 400)
            call.fail(std::to_string(result->status));
        return result;
    }

private:
    ::httplib::Result send(const char* method, const std::string& path, ::httplib::Headers headers,
                           std::string body = {}, const std::string& content_type = {}) {
        ::httplib::Request request;
        request.method = method;
        request.path = path;
        request.headers = std::move(headers);
        request.body = std::move(body);
        if (!content_type.empty()) request.set_header("Content-Type", content_type);
        return send(std::move(request));
    }

    TimerKey name_;
    ::httplib::Client& client_;
};

}  // namespace wideline::httplib

// What an HTTP server logs about a request, whichever library it uses: one name and the fields of OpenTelemetry's
// semantic conventions (https://opentelemetry.io/docs/specs/semconv/http/). <wideline/beast.hpp> and
// <wideline/httplib.hpp> fill it in by themselves. See docs/async.md.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <wideline/event.hpp>
#include <wideline/recorder.hpp>
#include <wideline/request.hpp>
#include <wideline/text.hpp>

namespace wideline::http {

/// A request as it arrived. The texts need only live as long as the call that takes them.
struct Received {
    Text method{};
    Text target{};  ///< `/users/7?full=1`: the path is written, the query is not
    Text route{};   ///< what the path was matched with, `/users/{id}`; empty if not known yet
    Text user_agent{};
    Text traceparent{};
    Text tracestate{};
};

/// The method if HTTP knows it, else `_OTHER`: a client cannot invent names. Always a literal.
[[nodiscard]] constexpr std::string_view known_method(std::string_view method) noexcept {
    for (const std::string_view known :
         {"GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "CONNECT", "TRACE"})
        if (method == known) return known;
    return "_OTHER";
}

/// `GET /users/{id}`; without a route `GET`. At most 128 bytes, as the name of a request.
class RequestName {
public:
    constexpr RequestName(std::string_view method, std::string_view route) noexcept {
        put(method == "_OTHER" ? "HTTP" : method);
        if (route.empty()) return;
        put(" ");
        put(route);
    }
    [[nodiscard]] constexpr operator std::string_view() const noexcept { return {text_.data(), size_}; }

private:
    constexpr void put(std::string_view text) noexcept {
        text = text.substr(0, text_.size() - size_);
        std::copy(text.begin(), text.end(), text_.begin() + size_);
        size_ += text.size();
    }

    std::array<char, 128> text_{};
    std::size_t size_ = 0;
};

/// The request that a server answers, from construction to destruction. It is current in the scope, or in the flow,
/// that it is constructed in; it continues the caller's trace or begins one. It writes `span.kind`,
/// `http.request.method`, `url.path`, `user_agent.original`, `http.route`, and, once they are known,
/// `http.response.status_code` and the body sizes. Nothing here throws or allocates.
class ServerRequest {
public:
    explicit ServerRequest(const Received& received) noexcept
        : method_(known_method(received.method)), request_(RequestName(method_, received.route), caller_of(received)) {
        begin(received);
    }
    /// The same, written to `recorder`.
    ServerRequest(const Received& received, const Recorder& recorder) noexcept
        : method_(known_method(received.method)),
          request_(RequestName(method_, received.route), recorder, caller_of(received)) {
        begin(received);
    }
    ServerRequest(const ServerRequest&) = delete;
    ServerRequest& operator=(const ServerRequest&) = delete;

    /// What the path was matched with, if that was not known before. Becomes part of the name, so it must not hold
    /// values: `/users/{id}`, not `/users/7`.
    void set_route(std::string_view route) noexcept {
        if (route.empty()) return;
        request_.event().rename(RequestName(method_, route));
        request_.event().set("http.route", route);
    }
    void set_request_size(std::uint64_t body_bytes) noexcept {
        request_.event().set("http.request.body.size", body_bytes);
    }
    /// A status of 500 or more makes the request an error (`Options::error_when`).
    void set_response(int status, std::optional<std::uint64_t> body_bytes = std::nullopt) noexcept {
        request_.event().set("http.response.status_code", status);
        if (body_bytes) request_.event().set("http.response.body.size", *body_bytes);
    }

    [[nodiscard]] Request& request() noexcept { return request_; }
    [[nodiscard]] Event& event() noexcept { return request_.event(); }

private:
    static Caller caller_of(const Received& received) noexcept {
        return {.traceparent = received.traceparent, .tracestate = received.tracestate};
    }
    void begin(const Received& received) noexcept {
        Event& event = request_.event();
        event.kind(Kind::server);
        event.set("http.request.method", method_);
        if (method_ == "_OTHER") event.set("http.request.method_original", received.method);
        event.set("url.path", received.target.substr(0, received.target.find('?')));
        if (!received.route.empty()) event.set("http.route", received.route);
        if (!received.user_agent.empty()) event.set("user_agent.original", received.user_agent);
    }

    std::string_view method_;
    Request request_;
};

}  // namespace wideline::http

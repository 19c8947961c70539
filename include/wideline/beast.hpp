// Boost.Beast: an event for each request that a server answers, and the headers of the calls that it makes. Runs in any
// style that Beast does; in coroutines and handlers give each session a flow, by <wideline/asio.hpp>. See
// docs/async.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/beast/http/field.hpp>
#include <boost/beast/http/message.hpp>

#include <wideline/call.hpp>
#include <wideline/http.hpp>
#include <wideline/recorder.hpp>

namespace wideline::beast {

namespace net_http = ::boost::beast::http;

/// The request that a server answers: after it was read, and until its response was written.
///
///     wl::beast::ServerRequest event{request, "/users/{id}"};
///     http::response<http::string_body> response = co_await answer(request);
///     event.set_response(response);
///     co_await http::async_write(stream, response, use_awaitable);
///
/// See http::ServerRequest for what it writes.
class ServerRequest : public http::ServerRequest {
public:
    /// `route` as in set_route; empty if it is not known yet.
    template <class Body, class Fields>
    explicit ServerRequest(const net_http::request<Body, Fields>& request, std::string_view route = {})
        : http::ServerRequest(received(request, route)) {
        set_size(request);
    }
    /// The same, written to `recorder`.
    template <class Body, class Fields>
    ServerRequest(const net_http::request<Body, Fields>& request, const Recorder& recorder, std::string_view route = {})
        : http::ServerRequest(received(request, route), recorder) {
        set_size(request);
    }

    using http::ServerRequest::set_response;
    /// The status, and the body's size if it has one.
    template <class Body, class Fields>
    void set_response(const net_http::response<Body, Fields>& response) {
        set_response(static_cast<int>(response.result_int()), body_size(response));
    }

private:
    static std::string_view view(::boost::beast::string_view text) noexcept { return {text.data(), text.size()}; }

    template <class Request>
    static http::Received received(const Request& request, std::string_view route) {
        return {.method = view(request.method_string()),
                .target = view(request.target()),
                .route = route,
                .user_agent = view(request[net_http::field::user_agent]),
                .traceparent = view(request["traceparent"]),
                .tracestate = view(request["tracestate"])};
    }
    template <class Request>
    void set_size(const Request& request) {
        if (const auto size = body_size(request)) set_request_size(*size);
    }
    template <class Message>
    static std::optional<std::uint64_t> body_size(const Message& message) {
        const auto size = message.payload_size();
        return size ? std::optional<std::uint64_t>(*size) : std::nullopt;
    }
};

/// Gives a request that is about to be sent the headers of `call`:
///
///     wl::Call call{"payments"};
///     wl::beast::inject(call, request);
///     co_await http::async_write(stream, request, use_awaitable);
///     co_await http::async_read(stream, buffer, response, use_awaitable);
///     wl::beast::set_response(call, response);
template <class Body, class Fields>
void inject(const Call& call, net_http::request<Body, Fields>& request) {
    if (const std::string parent = call.traceparent(); !parent.empty()) request.set("traceparent", parent);
    if (const std::string state = call.tracestate(); !state.empty()) request.set("tracestate", state);
}

/// The call failed if the status is 400 or more, by that status.
template <class Body, class Fields>
void set_response(Call& call, const net_http::response<Body, Fields>& response) {
    if (response.result_int() >= 400) call.fail(std::to_string(response.result_int()));
}

}  // namespace wideline::beast

#include "site.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <charconv>
#include <memory>
#include <string_view>
#include <utility>

#include "visit.hpp"

namespace wl = wideline;

namespace site {
namespace {

using Clock = std::chrono::steady_clock;

template <typename Number>
Number number_in(const std::string& text, Number otherwise) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? number : otherwise;
}

/// The site's content is not at hand, only a record of how it was served. So each request carries what the record says
/// of its answer, and the service answers just that: the stand-in for a directory of pages and files.
struct Recorded {
    int status = 200;
    std::size_t bytes = 0;
    std::uint32_t client = 0;
};

Recorded recorded_answer(const httplib::Request& http) {
    return {.status = number_in(http.get_header_value("X-Demo-Status"), 200),
            .bytes = number_in(http.get_header_value("X-Demo-Bytes"), std::size_t{1024}),
            .client = number_in(http.get_header_value("X-Demo-Client"), 0U)};
}

std::string_view host_of(std::string_view url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos) return {};
    url.remove_prefix(scheme + 3);
    return url.substr(0, url.find('/'));
}

// Names follow OpenTelemetry's semantic conventions where those have one.
void tell_connection(const httplib::Request& http) {
    wl::set("url.scheme", "http");
    wl::set("server.address", http.local_addr);
    wl::set("server.port", http.local_port);
    wl::set("network.peer.address", http.remote_addr);
    wl::set("network.peer.port", http.remote_port);
    wl::set("network.protocol.name", "http");
    wl::set("network.protocol.version", http.version.substr(http.version.find('/') + 1));
    wl::set("thread.id", ::gettid());
}

void tell_request(const httplib::Request& http, const Resource& resource) {
    const std::size_t query = http.target.find('?');
    wl::set("http.request.method", http.method);
    wl::set("http.route", resource.route);
    wl::set("url.path", std::string_view{http.target}.substr(0, query));
    if (query != std::string::npos) wl::set("url.query", std::string_view{http.target}.substr(query + 1));
    wl::set("asset.kind", resource.kind);
    if (!resource.extension.empty()) wl::set("asset.extension", resource.extension);

    const std::string referrer = http.get_header_value("Referer");
    if (!referrer.empty()) wl::set("http.request.header.referer", referrer);
    wl::set("referrer.host", host_of(referrer));
    wl::set("referrer.kind", referrer_kind(host_of(referrer)));
}

void tell_visitor(const httplib::Request& http, const Visitor& visitor) {
    wl::set("client.address", visitor.client);
    wl::set("user", visitor);  // user.id and user.plan: see describe() in visit.cpp
    if (visitor.account % 2 == 1) wl::append("feature_flags", "new_search");
    if (visitor.plan >= Plan::pro) wl::append("feature_flags", "no_ads");

    const std::string user_agent = http.get_header_value("User-Agent");
    const Agent agent = agent_of(user_agent);
    wl::set("user_agent.original", user_agent);
    wl::set("user_agent.name", agent.name);
    if (!agent.os.empty()) wl::set("user_agent.os.name", agent.os);
    if (agent.bot) wl::set("user_agent.synthetic.type", "bot");
}

}  // namespace

void Site::route(httplib::Server& server) {
    server.Get("/healthz", [](const httplib::Request&, httplib::Response& response) {
        WIDELINE_REQUEST("GET /healthz");
        wl::set("http.route", "/healthz");
        wl::set("http.response.status_code", 200);
        response.set_content("ok\n", "text/plain");
    });
    const auto answer = [this](const httplib::Request& http, httplib::Response& response) {
        const Resource resource = resource_of(http.target);
        wl::Request request{
            fmt::format("{} {}", http.method, resource.route),
            {.traceparent = http.get_header_value("traceparent"), .tracestate = http.get_header_value("tracestate")}};
        serve(http, response, resource, std::move(request));
    };
    server.Get(".*", answer);
    server.Post(".*", answer);
    server.Options(".*", answer);
}

void Site::serve(const httplib::Request& http, httplib::Response& response, const Resource& resource,
                 wl::Request request) {
    const Recorded recorded = recorded_answer(http);
    const Visitor visitor = visitor_of(recorded.client);
    tell_connection(http);
    tell_request(http, resource);
    tell_visitor(http, visitor);
    wl::set("server.requests.in_flight", in_flight_.fetch_add(1, std::memory_order_relaxed) + 1);
    wl::set("process.uptime", std::chrono::duration<double>{Clock::now() - started_}.count());

    const Content content = content_.load(http.target, resource, visitor);
    wl::set("response.stale", !content.failure.empty());
    // Beside the recorded answer, the client is told of a failure: it counts the truth that the events are held
    // against.
    if (!content.failure.empty()) {
        wl::note("served a stale copy instead");
        response.set_header("X-Demo-Failure", std::string{content.failure});
    }

    // A recorded 5xx needs no fail(): Options::error_when sees the status.
    response.status = recorded.status;
    wl::set("http.response.status_code", recorded.status);
    wl::set("http.response.header.content-type", resource.content_type);
    if (recorded.status == 301) response.set_header("Location", http.target + "/");
    send_body(response, recorded.bytes, resource.content_type, std::move(request));
}

/// httplib sends the body after the handler has returned, and the request goes along with it: the event ends when the
/// last byte is out, or the visitor gone, and holds what was really sent.
class Site::Sending {
public:
    Sending(wl::Request request, std::size_t bytes, std::atomic<int>& in_flight)
        : request_(std::move(request)), left_(bytes), in_flight_(in_flight) {}
    Sending(const Sending&) = delete;
    Sending& operator=(const Sending&) = delete;

    ~Sending() {
        wl::Event& event = request_.event();
        event.set("http.response.body.size", sent_);
        event.set("response.send.duration_ms", Clock::now() - begin_);
        if (left_ > 0)
            event.fail({.type = "client_gone", .message = "the visitor closed the connection before the last byte"});
        in_flight_.fetch_sub(1, std::memory_order_relaxed);
    }

    bool send(std::string_view content, httplib::DataSink& visitor) {
        const std::string_view part = content.substr(0, left_);
        if (!visitor.write(part.data(), part.size())) return false;
        sent_ += part.size();
        left_ -= part.size();
        return true;
    }

private:
    wl::Request request_;
    std::size_t left_;
    std::size_t sent_ = 0;
    std::atomic<int>& in_flight_;
    const Clock::time_point begin_ = Clock::now();
};

void Site::send_body(httplib::Response& response, std::size_t bytes, std::string_view content_type,
                     wl::Request request) {
    const auto sending = std::make_shared<Sending>(std::move(request), bytes, in_flight_);
    // httplib asks a provider of nothing for ever, so an empty body is set at once.
    if (bytes == 0) return response.set_content(std::string{}, std::string{content_type});
    response.set_content_provider(bytes, std::string{content_type},
                                  [this, sending](std::size_t, std::size_t, httplib::DataSink& visitor) {
                                      return sending->send(some_content_, visitor);
                                  });
}

}  // namespace site

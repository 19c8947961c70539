// <wideline/httplib.hpp>: what the events of a server hold, for many clients at once.
#include <wideline/httplib.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "interleaved_requests.hpp"

namespace wl = wideline;
using namespace async_test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kCaller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// A server on a port of its own, until the end of the scope.
class Serving {
public:
    explicit Serving(httplib::Server& server) : server_(server), port_(server.bind_to_any_port("127.0.0.1")) {
        thread_ = std::jthread([this] { server_.listen_after_bind(); });
        while (!server_.is_running()) std::this_thread::sleep_for(1ms);
    }
    ~Serving() { server_.stop(); }
    Serving(const Serving&) = delete;
    Serving& operator=(const Serving&) = delete;

    [[nodiscard]] int port() const { return port_; }

private:
    httplib::Server& server_;
    int port_;
    std::jthread thread_;
};

Json event_of_path(RecordedEvents& log, const std::string& path) {
    for (const auto until = std::chrono::steady_clock::now() + 60s; std::chrono::steady_clock::now() < until;) {
        for (const Json& event : log.events())
            if (event.at("url.path") == path) return event;
        std::this_thread::sleep_for(1ms);  // the client has its answer before the server has ended the request
    }
    throw std::runtime_error("there is no event of " + path);
}

}  // namespace

TEST_CASE(
    "Each request to a server of cpp-httplib has its name, route, status, sizes, user agent and place in the trace") {
    auto log = RecordedEvents::installed();
    const std::uint64_t interleaved = log.stats().interleaved;
    httplib::Server upstream;
    wl::httplib::instrument(upstream);
    upstream.Get("/up", [](const httplib::Request& request, httplib::Response& response) {
        const int id = std::stoi(request.get_header_value("X-Id"));
        wl::set("of", id);
        if (id % 10 == 5) response.status = 503;
        response.set_content("from upstream", "text/plain");
    });
    const Serving serving_upstream(upstream);

    httplib::Server server;
    wl::httplib::instrument(server);
    server.Post(R"(/users/(\d+)/(cart|orders))", [&](const httplib::Request& request, httplib::Response& response) {
        const int id = std::stoi(request.matches[1].str());
        wl::set("id", id);
        wl::append("steps", id);
        std::this_thread::sleep_for(std::chrono::microseconds(100 + id * 37 % 900));
        wl::append("steps", id);
        httplib::Client http("127.0.0.1", serving_upstream.port());
        wl::httplib::Client client{"upstream", http};
        const auto result = client.Get("/up", {{"X-Id", std::to_string(id)}});
        wl::append("steps", id);
        if (result) response.set_content(result->body, "text/plain");
    });
    {
        const Serving serving(server);
        std::vector<std::jthread> clients;
        for (int first = 0; first < 8; ++first) {
            clients.emplace_back([&, first] {
                for (int id = first; id < kRequests; id += 8) {
                    httplib::Client client("127.0.0.1", serving.port());
                    httplib::Headers headers{{"User-Agent", "test/1"}};
                    if (id == 7) headers.emplace("traceparent", kCaller);
                    const std::string path = "/users/" + std::to_string(id) + (id % 2 == 0 ? "/cart" : "/orders");
                    (void)client.Post((path + "?password=secret").c_str(), headers,
                                      std::string(static_cast<std::size_t>(id), 'x'), "text/plain");
                }
            });
        }
    }
    while (log.stats().in_flight > 0) std::this_thread::sleep_for(1ms);
    std::vector<Json> users(kRequests);
    std::vector<Json> ups(kRequests);
    for (Json& event : log.events()) {
        if (event.contains("id"))
            users.at(event.at("id").get<std::size_t>()) = event;
        else
            ups.at(event.at("of").get<std::size_t>()) = event;
    }
    for (int id = 0; id < kRequests; ++id) {
        INFO("request " << id);
        const Json& user = users[static_cast<std::size_t>(id)];
        const Json& up = ups[static_cast<std::size_t>(id)];
        REQUIRE(user.is_object());
        CHECK(user.at("name") == "POST /users/{1}/{2}");
        CHECK(user.at("http.route") == "/users/{1}/{2}");
        CHECK(user.at("steps") == Json(std::vector<int>(3, id)));
        CHECK(user.at("url.path") == "/users/" + std::to_string(id) + (id % 2 == 0 ? "/cart" : "/orders"));
        CHECK(user.at("user_agent.original") == "test/1");
        CHECK(user.at("http.request.body.size") == id);
        CHECK(user.at("http.response.status_code") == 200);
        CHECK(user.at("http.response.body.size") == 13);
        CHECK(user.contains("parent_span_id") == (id == 7));
        if (id == 7) CHECK(user.at("parent_span_id") == "b7ad6b7169203331");
        REQUIRE(up.is_object());
        CHECK(up.at("name") == "GET /up");
        CHECK(up.at("trace_id") == user.at("trace_id"));
        CHECK(up.at("parent_span_id") == user.at("calls").at(0).at("span_id"));
        CHECK(up.at("outcome") == (id % 10 == 5 ? "error" : "success"));
        CHECK(user.at("calls").at(0).at("outcome") == (id % 10 == 5 ? "error" : "success"));
    }
    CHECK(log.stats().started == 2 * kRequests);
    CHECK(log.stats().late_writes == 0);
    CHECK(log.stats().interleaved == interleaved);
}

TEST_CASE("A server of cpp-httplib logs what it did not route, what threw, and no scrape of its metrics") {
    auto log = RecordedEvents::installed();
    std::atomic<int> asked = 0;
    std::atomic<int> threw = 0;
    std::atomic<int> logged = 0;
    httplib::Server server;
    wl::httplib::instrument(
        server, {.routes = {"/files/{name}", "/files/{name}/{part}"},
                 .pre_routing =
                     [&](const httplib::Request&, httplib::Response&) {
                         ++asked;
                         return httplib::Server::HandlerResponse::Unhandled;
                     },
                 .exception = [&](const httplib::Request&, httplib::Response&, std::exception_ptr) { ++threw; },
                 .logger = [&](const httplib::Request&, const httplib::Response&) { ++logged; }});
    server.Get("/throws", [](const httplib::Request&, httplib::Response&) { throw std::runtime_error("no stock"); });
    server.Get("/files/.*", [](const httplib::Request&, httplib::Response& response) {
        response.set_content("text", "text/plain");
    });
    std::optional<Serving> serving{server};
    httplib::Client client("127.0.0.1", serving->port());

    CHECK(client.Get("/nowhere")->status == 404);
    CHECK(event_of_path(log, "/nowhere").at("name") == "GET");
    CHECK(event_of_path(log, "/nowhere").at("http.response.status_code") == 404);

    const auto result = client.Get("/throws");
    CHECK(result->status == 500);
    CHECK_FALSE(result->has_header("EXCEPTION_WHAT"));
    const Json thrown = event_of_path(log, "/throws");
    CHECK(thrown.at("outcome") == "error");
    CHECK(thrown.at("error.type") == "std::runtime_error");
    CHECK(thrown.at("error.message") == "no stock");

    (void)client.Get("/files/a.txt");
    CHECK(event_of_path(log, "/files/a.txt").at("name") == "GET /files/{name}");
    (void)client.Get("/files/a.txt/1");
    CHECK(event_of_path(log, "/files/a.txt/1").at("name") == "GET /files/{name}/{part}");

    const auto metrics = client.Get("/metrics");
    CHECK(metrics->body.find("wideline_requests_total{name=\"GET /files/{name}\"") != std::string::npos);
    serving.reset();  // after the last one was logged
    CHECK(log.stats().started == 4);
    CHECK(asked == 5);
    CHECK(threw == 1);
    CHECK(logged == 5);
}

TEST_CASE("A call of cpp-httplib that gets no answer fails, and its request does not") {
    auto log = RecordedEvents::installed();
    {
        wl::Request request{"asks"};
        httplib::Client http("127.0.0.1", 1);
        wl::httplib::Client client{"nobody", http};
        CHECK_FALSE(client.Get("/"));
    }
    const Json event = log.event();
    CHECK(event.at("outcome") == "success");
    CHECK(event.at("calls").at(0).at("name") == "nobody");
    CHECK(event.at("calls").at(0).at("outcome") == "error");
}

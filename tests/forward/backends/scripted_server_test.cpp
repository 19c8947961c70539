// Backends against a server that does what a test says.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

#include <wideline/forward/clickhouse.hpp>
#include <wideline/forward/http.hpp>

#include "catch.hpp"
#include "forward/wire/http_client.hpp"

using namespace wideline;
using namespace std::chrono_literals;

namespace {

/// Answers each request with the bytes that `answer` gives, and closes the connection after it.
class ScriptedServer {
public:
    struct Request {
        std::string head;
        std::string body;
    };
    explicit ScriptedServer(std::function<std::string(const Request&)> answer) : answer_(std::move(answer)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        socklen_t size = sizeof address;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        ::listen(listener_, 16);
        thread_ = std::thread([this] { serve(); });
    }
    ~ScriptedServer() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }
    [[nodiscard]] std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }
    [[nodiscard]] std::vector<Request> requests() {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

private:
    void serve() {
        for (;;) {
            const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (connection < 0) return;
            Request request = read_request(connection);
            if (!request.head.empty()) {
                {
                    const std::lock_guard lock(mutex_);
                    requests_.push_back(request);
                }
                const std::string bytes = answer_(request);
                (void)::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            }
            ::close(connection);
        }
    }
    static Request read_request(int connection) {
        std::string all;
        char part[4096];
        std::size_t end = std::string::npos;
        std::size_t length = 0;
        while (end == std::string::npos || all.size() < end + 4 + length) {
            const ssize_t got = ::recv(connection, part, sizeof part, 0);
            if (got <= 0) return {};
            all.append(part, static_cast<std::size_t>(got));
            if (end == std::string::npos && (end = all.find("\r\n\r\n")) != std::string::npos)
                if (const std::size_t at = all.find("Content-Length: "); at < end)
                    length = std::stoul(all.substr(at + 16));
        }
        return {all.substr(0, end), all.substr(end + 4)};
    }

    std::function<std::string(const Request&)> answer_;
    int listener_ = -1;
    int port_ = 0;
    std::mutex mutex_;
    std::vector<Request> requests_;
    std::thread thread_;
};

std::string answer(int status, const std::string& body = {}, const std::string& headers = {}) {
    return fmt::format("HTTP/1.1 {} X\r\nContent-Length: {}\r\nConnection: close\r\n{}\r\n{}", status, body.size(),
                       headers, body);
}

const std::string kLines = "{\"a\":1}\n{\"a.b\":2}\n";
const std::vector<std::string_view> kEvents = {std::string_view(kLines).substr(0, 7),
                                               std::string_view(kLines).substr(8, 9)};

Verdict send_to(const TargetPtr& target, std::chrono::milliseconds timeout = 2s) {
    return target->connect(2s)->send({kEvents, kLines, "0123456789abcdef0123456789abcdef", 1, 2}, timeout);
}

TargetPtr clickhouse_at(const ScriptedServer& server) {
    return forward::clickhouse({.url = server.url(),
                                .database = "logs",
                                .table = "events",
                                .user = "writer",
                                .password = secret("s3cret"),
                                .compression = "none"});
}

/// What ClickHouse says when it is asked for its settings.
bool asks_for_settings(const ScriptedServer::Request& request) {
    return request.body.find("system.settings") != std::string::npos;
}
const char* const kSettings = "async_insert\ninsert_deduplicate\ninsert_deduplication_token\nwait_for_async_insert\n";

}  // namespace

TEST_CASE("JSON lines arrive as they are, with what tells a repeat, and any 2xx delivers") {
    ScriptedServer server([](const auto&) { return answer(204); });
    const auto target =
        forward::http({.url = server.url() + "/in", .headers = {{"X-Team", "shop"}}, .token = secret("tok")});
    CHECK(send_to(target).kind == Verdict::delivered);
    const auto request = server.requests().at(0);
    CHECK(request.body == kLines);
    for (const char* const line : {"POST /in HTTP/1.1", "Content-Type: application/x-ndjson",
                                   "Idempotency-Key: 0123456789abcdef0123456789abcdef", "X-Team: shop",
                                   "Authorization: Bearer tok", "User-Agent: wideline/", "Content-Length: 18"})
        CHECK(request.head.find(line) != std::string::npos);
    CHECK(request.head.find("Expect") == std::string::npos);
    CHECK(request.head.find("Accept-Encoding") == std::string::npos);
}

TEST_CASE("Each answer of an HTTP server means what the contract says") {
    std::atomic<int> status{200};
    ScriptedServer server([&](const auto&) { return answer(status, "because"); });
    const auto target = forward::http({.url = server.url()});
    for (const auto& [code, kind] : {std::pair{201, Verdict::delivered},
                                     {400, Verdict::data},
                                     {422, Verdict::data},
                                     {413, Verdict::too_large},
                                     {429, Verdict::busy},
                                     {503, Verdict::busy},
                                     {500, Verdict::unavailable},
                                     {401, Verdict::configuration},
                                     {403, Verdict::configuration},
                                     {404, Verdict::configuration},
                                     {301, Verdict::configuration}}) {
        status = code;
        const Verdict verdict = send_to(target);
        CHECK(verdict.kind == kind);
        CHECK(verdict.status == code);
        CHECK(verdict.answer == "because");
    }
}

TEST_CASE("An answer that is not whole delivers nothing") {
    std::string bytes;
    ScriptedServer server([&](const auto&) { return bytes; });
    const auto target = forward::http({.url = server.url()});
    for (const char* const cut : {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"}) {
        bytes = cut;
        CHECK(send_to(target).kind == Verdict::unavailable);
    }
}

TEST_CASE("A server that never answers costs the timeout, and can be left at once") {
    ScriptedServer server([](const auto&) {
        std::this_thread::sleep_for(600ms);
        return std::string();
    });
    const auto target = forward::http({.url = server.url()});
    auto began = std::chrono::steady_clock::now();
    CHECK(send_to(target, 100ms).kind == Verdict::unavailable);
    CHECK(std::chrono::steady_clock::now() - began < 500ms);
    const auto backend = target->connect(2s);
    std::thread cancelling([&] {
        std::this_thread::sleep_for(50ms);
        backend->cancel();
    });
    began = std::chrono::steady_clock::now();
    CHECK(backend->send({kEvents, kLines, "t", 1, 2}, 60s).kind == Verdict::unavailable);
    CHECK(std::chrono::steady_clock::now() - began < 5s);
    cancelling.join();
}

TEST_CASE("No server at all is unavailable, not a reason to drop anything") {
    CHECK(send_to(forward::http({.url = "http://127.0.0.1:1"})).kind == Verdict::unavailable);
    CHECK(send_to(forward::clickhouse({.url = "http://127.0.0.1:1", .table = "t"})).kind == Verdict::unavailable);
}

TEST_CASE("Retry-After is read as seconds and as a date, and nonsense is not a pause") {
    const auto now = std::chrono::system_clock::from_time_t(1'795'471'200);  // Mon, 23 Nov 2026 22:00:00 GMT
    const auto of = [&](const std::string& value) {
        delivery::HttpAnswer one;
        one.headers["retry-after"] = value;
        return delivery::retry_after_of(one, now);
    };
    CHECK(of("3") == 3000ms);
    CHECK(of("Mon, 23 Nov 2026 22:00:30 GMT") == 30000ms);
    CHECK(of("Mon, 23 Nov 2026 21:00:00 GMT") == 0ms);
    CHECK(of("1000000000") >= 24h);
    CHECK(of("99999999999999999999999") >= 24h);
    CHECK_FALSE(of("-1"));
    CHECK_FALSE(of("soon"));
}

TEST_CASE("ClickHouse gets settings that it knows, the token, and its credentials in headers") {
    ScriptedServer server([](const auto& request) { return answer(200, asks_for_settings(request) ? kSettings : ""); });
    CHECK(send_to(clickhouse_at(server)).kind == Verdict::delivered);
    const auto requests = server.requests();
    REQUIRE(requests.size() == 2);
    const std::string& head = requests[1].head;
    for (const char* const part :
         {"POST /?database=logs&query=INSERT%20INTO%20%60logs%60.%60events%60%20FORMAT%20JSONEachRow",
          "&wait_end_of_query=1", "&async_insert=0", "&insert_deduplicate=1",
          "&insert_deduplication_token=0123456789abcdef0123456789abcdef", "X-ClickHouse-User: writer",
          "X-ClickHouse-Key: s3cret"})
        CHECK(head.find(part) != std::string::npos);
    CHECK(head.find("date_time_input_format") == std::string::npos);  // This server does not know it.
    CHECK(head.substr(0, head.find("\r\n")).find("s3cret") == std::string::npos);
    CHECK(requests[1].body == kLines);
}

TEST_CASE("ClickHouse's code decides, not its status: a 200 with an error inside delivers nothing") {
    std::string bytes;
    ScriptedServer server(
        [&](const auto& request) { return asks_for_settings(request) ? answer(200, kSettings) : bytes; });
    const auto target = clickhouse_at(server);
    const auto kind_of = [&](std::string with) {
        bytes = std::move(with);
        return send_to(target).kind;
    };
    CHECK(kind_of(answer(200, "", "X-ClickHouse-Exception-Code: 209\r\n")) == Verdict::unavailable);
    CHECK(kind_of(answer(200, "Code: 241. DB::Exception: Memory limit")) == Verdict::busy);
    CHECK(kind_of(answer(200, "anything")) == Verdict::unavailable);
    CHECK(kind_of(answer(500, "Code: 27, e.displayText() = DB::Exception: Cannot parse input")) == Verdict::data);
    CHECK(kind_of(answer(500, "Code: 164, e.displayText() = DB::Exception: readonly")) == Verdict::configuration);
    CHECK(kind_of(answer(404, "Code: 60, e.displayText() = DB::Exception: Table does not exist")) ==
          Verdict::configuration);
    CHECK(kind_of(answer(500, "Code: 252, Too many parts")) == Verdict::busy);
    CHECK(kind_of(answer(500, "")) == Verdict::unavailable);
    bytes = answer(500, "Code: 27, e.displayText() = DB::Exception: Cannot parse: (at row 2)");
    CHECK(send_to(target).culprit == 1U);
}

TEST_CASE("Memory that does not suffice for the same batch twice halves it, but never refuses a single event") {
    ScriptedServer server([](const auto& request) {
        return asks_for_settings(request) ? answer(200, kSettings) : answer(500, "Code: 241, Memory limit");
    });
    const auto backend = clickhouse_at(server)->connect(2s);
    CHECK(backend->send({kEvents, kLines, "t1", 1, 2}, 2s).kind == Verdict::busy);
    CHECK(backend->send({kEvents, kLines, "t1", 1, 2}, 2s).kind == Verdict::too_large);
    const std::span<const std::string_view> one(kEvents.data(), 1);
    CHECK(backend->send({one, "{\"a\":1}\n", "t2", 1, 2}, 2s).kind == Verdict::busy);
    CHECK(backend->send({one, "{\"a\":1}\n", "t2", 1, 2}, 2s).kind == Verdict::busy);
}

TEST_CASE("Dots in keys become what the table has, and compressed bodies are what they say") {
    ScriptedServer server([](const auto& request) { return answer(200, asks_for_settings(request) ? kSettings : ""); });
    const auto target = forward::clickhouse({.url = server.url(), .table = "t", .dots = "_", .compression = "none"});
    CHECK(send_to(target).kind == Verdict::delivered);
    CHECK(server.requests().at(1).body == "{\"a\":1}\n{\"a_b\":2}\n");
    CHECK(send_to(forward::clickhouse({.url = server.url(), .table = "t"})).kind == Verdict::delivered);
    const auto compressed = server.requests().back();
    CHECK(compressed.head.find("Content-Encoding: gzip") != std::string::npos);
    CHECK(compressed.body.starts_with("\x1F\x8B"));
}

TEST_CASE("Credentials that would be seen are refused, and options that make no sense") {
    CHECK_THROWS_AS(forward::http({.url = "http://logs.example", .token = secret("t")}), std::invalid_argument);
    CHECK_NOTHROW(forward::http({.url = "http://logs.example", .token = secret("t"), .plain = true}));
    CHECK_NOTHROW(forward::http({.url = "http://127.0.0.1:9", .token = secret("t")}));
    CHECK_THROWS_AS(forward::http({.url = "https://user:pass@logs.example"}), std::invalid_argument);
    CHECK_THROWS_AS(forward::http({.url = "file:///etc/passwd"}), std::invalid_argument);
    CHECK_THROWS_AS(forward::http({.url = "logs.example"}), std::invalid_argument);
    CHECK_THROWS_AS(forward::http({.url = "https://logs.example", .format = "xml"}), std::invalid_argument);
    CHECK_THROWS_AS(forward::clickhouse({.url = "https://ch.example"}), std::invalid_argument);
    CHECK_THROWS_AS(forward::clickhouse({.url = "https://ch.example", .table = "t", .compression = "lz4"}),
                    std::invalid_argument);
}

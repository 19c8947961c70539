// Events as a service writes them, 45 fields and 1.4 KiB a line: ids that come once, users and tenants of whom few come
// often, a hundred routes of which most are rare, numbers of every size. What compresses and filters as real events do;
// the same for the same seed.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>
#include <utility>

namespace wideline::testing_journal {

class ServiceTraffic {
public:
    explicit ServiceTraffic(std::uint64_t seed = 1) : random_(seed) {}

    /// One event, its '\n' included; each begins 10 to 100 ms after the one before.
    std::string line() {
        line_.clear();
        time_us_ += 10'000 + random_() % 90'000;
        const auto seconds = static_cast<unsigned>(time_us_ / 1'000'000);
        const bool failed = random_() % 20 == 0;
        char time[64];
        std::snprintf(time, sizeof time, "2026-11-%02uT%02u:%02u:%02u.%06uZ", 1 + seconds / 86400 % 28,
                      seconds / 3600 % 24, seconds / 60 % 60, seconds % 60,
                      static_cast<unsigned>(time_us_ % 1'000'000));
        text("timestamp", time);
        text("name", "checkout");
        number("duration_ms", decimal(std::exp(static_cast<double>(random_() % 8000) / 1000), 6));
        text("outcome", failed ? "error" : "success");
        trace_id_ = hex(32);
        text("trace_id", trace_id_);
        text("span_id", hex(16));
        if (random_() % 2 == 0) text("parent_span_id", hex(16));
        text("event_id", "0194" + hex(4) + "-" + hex(4) + "-7" + hex(3) + "-a" + hex(3) + "-" + hex(12));
        text("service.name", "checkout");
        text("service.version", "1.4.2");
        text("service.environment", "production");
        text("service.instance", "checkout-7d9f8c6b5-x2x4q:4711");
        number("sample_weight", failed ? "1.0" : "20.0");
        text("sample_rule", failed ? "error" : "otherwise");
        put_request();
        put_work();
        return line_ + "}\n";
    }

    /// Lines of `bytes` at most, and as many as fit.
    std::string lines(std::size_t bytes) {
        std::string all = std::exchange(left_over_, {});
        for (;;) {
            std::string next = line();
            if (all.size() + next.size() > bytes && !all.empty()) {
                left_over_ = std::move(next);
                return all;
            }
            all += next;
        }
    }

    [[nodiscard]] const std::string& last_trace_id() const noexcept { return trace_id_; }
    static std::string route(std::size_t number) { return "/api/v2/resource" + std::to_string(number) + "/{id}"; }
    static std::string user(std::size_t number) { return "usr_" + std::to_string(number * 2654435761 % 4294967296); }

private:
    void put_request() {
        const std::string id = "c_" + hex(10);
        text("http.request.method", random_() % 3 == 0 ? "POST" : "GET");
        text("http.route", route(few_often(100)));
        text("url.path", "/api/v2/checkout/" + id);
        text("url.scheme", "https");
        text("user_agent.original", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) Chrome/" +
                                        std::to_string(20 + few_often(90)) + "." + std::to_string(few_often(9)));
        const std::size_t user_number = few_often(200'000);
        text("client.address", std::to_string(user_number % 223 + 1) + ".0." + std::to_string(user_number % 113) + "." +
                                   std::to_string(user_number % 251));
        text("server.address", "checkout-7d9f8c6b5-x2x4q");
        text("cloud.region", "eu-central-1");
        text("user.id", user(user_number));
        text("user.plan", user_number % 3 == 0 ? "enterprise" : "free");
        text("session.id", "s_" + hex(16));
        text("tenant", "tenant-" + std::to_string(few_often(2000)));
        text("cart.id", id);
        text("cache.key", "cart:" + id);
        number("http.response.status_code", random_() % 20 == 0 ? "500" : "200");
        number("http.request.body.size", std::to_string(200 + few_often(5000)));
        number("http.response.body.size", std::to_string(random_() % 60'000));
        number("client.port", std::to_string(32768 + random_() % 28'000));
    }

    void put_work() {
        text("cart.currency", random_() % 9 == 0 ? "USD" : "EUR");
        text("payment.provider", "stripe");
        text("payment.method", random_() % 5 == 0 ? "invoice" : "card");
        text("db.system", "postgresql");
        text("build", "1.4.2+g8f2e1b7");
        number("cart.items", std::to_string(few_often(30)));
        number("db.queries", std::to_string(few_often(40)));
        number("retries", "0");
        number("queue.depth", std::to_string(few_often(100)));
        for (const char* key : {"cart.total", "cart.tax", "db.duration_ms", "payment.duration_ms", "cache.duration_ms"})
            number(key, decimal(static_cast<double>(random_() % 10'000'000) / 10'000, 4));
        number("cache.hit", random_() % 3 == 0 ? "false" : "true");
        number("user.new", random_() % 9 == 0 ? "true" : "false");
        number("fraud.checked", "true");
        line_ += ",\"cart.item_ids\":[" + std::to_string(random_() % 100'000) + "," +
                 std::to_string(few_often(10'000)) + R"(],"feature_flags":["new_checkout","fast_tax"])";
    }

    void text(std::string_view key, std::string_view value) {
        number(key, std::string("\"").append(value).append("\""));
    }
    void number(std::string_view key, std::string_view value) {
        line_.append(line_.empty() ? "{\"" : ",\"").append(key).append("\":").append(value);
    }

    std::string hex(int digits) {
        std::string made;
        for (; digits > 0; --digits) made.push_back("0123456789abcdef"[random_() % 16]);
        return made;
    }
    static std::string decimal(double value, int digits) {
        char made[64];
        std::snprintf(made, sizeof made, "%.*f", digits, value);
        return made;
    }
    /// Below `count`, the number n with a probability of about 1 / n.
    std::size_t few_often(std::size_t count) {
        const double share = static_cast<double>(random_() >> 11) * 0x1p-53;
        return std::min(count - 1, static_cast<std::size_t>(std::exp(share * std::log(count)) - 1));
    }

    std::mt19937_64 random_;
    std::uint64_t time_us_ = 0;
    std::string line_;
    std::string trace_id_;
    std::string left_over_;
};

}  // namespace wideline::testing_journal

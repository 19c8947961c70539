// What the library stamps on every line: which keys, in which order, and what they mean.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

#include "catch.hpp"
#include "event/event_log.hpp"

using namespace std::chrono_literals;
using event_test::EventLog;
using event_test::Json;

namespace {

wideline::Options checkout() {
    wideline::Options options;
    options.service = {.name = "checkout", .version = "1.4.2", .environment = "production", .instance = "web-\"7\":12"};
    options.schema_version = 3;
    return options;
}

/// A line with everything that differs from run to run replaced by its form.
std::string masked(std::string line) {
    const auto mask = [&](const char* form, const char* by) { line = std::regex_replace(line, std::regex(form), by); };
    mask("\"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z\"", "TIME");
    mask("\"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\"", "UUID7");
    mask("\"[0-9a-f]{32}\"", "ID128");
    mask("\"[0-9a-f]{16}\"", "ID64");
    mask("\"((?:at|duration|[a-z.]*duration)_ms)\":[0-9.e-]+", "\"$1\":MS");
    return line;
}

std::vector<std::string> keys_of(const Json& event) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : event.items()) keys.push_back(key);
    return keys;
}

/// Milliseconds since 1970 of an RFC 3339 time as the library writes it.
std::int64_t milliseconds_of(const std::string& time) {
    const auto number = [&](std::size_t at, std::size_t size) { return std::atoi(time.substr(at, size).c_str()); };
    const std::chrono::sys_days day = std::chrono::year(number(0, 4)) / number(5, 2) / number(8, 2);
    return std::chrono::duration_cast<std::chrono::milliseconds>(day.time_since_epoch()).count() +
           ((number(11, 2) * 60 + number(14, 2)) * 60 + number(17, 2)) * 1'000 + number(20, 3);
}

}  // namespace

TEST_CASE("A whole line of a failed request is as the design has it, byte for byte") {
    EventLog log(checkout());
    const std::string line = log.line([] {
        wideline::set("user.id", "u7");
        wideline::add("db.queries", 2);
        wideline::append("feature_flags", "new_checkout");
        { const auto timing = wideline::time("payment"); }
        wideline::note("retrying payment");
        wideline::fail({.type = "card_declined",
                        .message = "card was declined by the issuer",
                        .why = "insufficient funds",
                        .fix = "ask for another card",
                        .link = "https://runbooks/7"});
        wideline::set(wideline::runtime(""), 1);
        wideline::set("last", nullptr);
    });
    const std::string golden =
        R"({"timestamp":TIME,"name":"test","duration_ms":MS,"outcome":"error","trace_id":ID128,"span_id":ID64,)"
        R"("event_id":UUID7,"service.name":"checkout","service.version":"1.4.2","service.environment":"production",)"
        R"("service.instance":"web-\"7\":12","sample_weight":1.0,"sample_rule":"error","schema_version":3,)"
        R"("error.type":"card_declined","error.message":"card was declined by the issuer",)"
        R"("error.why":"insufficient funds","error.fix":"ask for another card","error.link":"https://runbooks/7",)"
        R"("wideline.truncated":1,"user.id":"u7","db.queries":2,"feature_flags":["new_checkout"],)"
        R"("payment.duration_ms":MS,"payment.count":1,"notes":[{"at_ms":MS,"text":"retrying payment"}],"last":null})";
    CHECK(masked(line) == golden);
}

TEST_CASE("What has no value is absent, and the instance is host and process") {
    EventLog log;
    const Json event = log.event([] {});
    CHECK(keys_of(event) == std::vector<std::string>{"timestamp", "name", "duration_ms", "outcome", "trace_id",
                                                     "span_id", "event_id", "service.instance", "sample_weight",
                                                     "sample_rule"});
    CHECK(event.at("outcome") == "success");
    CHECK(event.at("sample_weight").dump() == "1.0");
    CHECK(event.at("sample_rule") == "otherwise");
    char host[256] = {};
    REQUIRE(::gethostname(host, sizeof host - 1) == 0);
    CHECK(event.at("service.instance") == std::string(host) + ":" + std::to_string(::getpid()));
}

TEST_CASE("A request with a parent says so, after its own span") {
    EventLog log;
    {
        wideline::Request request("child", log.recorder(),
                                  {.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"});
        const wideline::Request inner("grandchild", log.recorder());
    }
    const std::vector<std::string> lines = log.take_lines();
    REQUIRE(lines.size() == 2);
    const Json inner = event_test::parse(lines[0]);
    const Json outer = event_test::parse(lines[1]);
    CHECK(outer.at("trace_id") == "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK(outer.at("parent_span_id") == "00f067aa0ba902b7");
    CHECK(inner.at("trace_id") == outer.at("trace_id"));
    CHECK(inner.at("parent_span_id") == outer.at("span_id"));
    CHECK(inner.at("event_id") != outer.at("event_id"));
    CHECK(keys_of(outer)[6] == "parent_span_id");
}

TEST_CASE("The event id is a UUIDv7 of the timestamp, and no two are the same") {
    EventLog log;
    std::set<std::string> ids;
    for (int i = 0; i < 5'000; ++i) log.log([] {});
    for (const std::string& line : log.take_lines()) {
        const Json event = event_test::parse(line);
        const auto id = event.at("event_id").get<std::string>();
        REQUIRE(id.size() == 36);
        CHECK(id[14] == '7');
        CHECK(std::string_view("89ab").find(id[19]) != std::string_view::npos);
        const std::string time = id.substr(0, 8) + id.substr(9, 4);
        CHECK(std::stoll(time, nullptr, 16) == milliseconds_of(event.at("timestamp")));
        ids.insert(id);
    }
    CHECK(ids.size() == 5'000);
}

TEST_CASE("The timestamp is when the request began, the duration how long it took") {
    EventLog log;
    const auto before = std::chrono::system_clock::now();
    const auto started = std::chrono::steady_clock::now();
    const Json event = log.event([] { std::this_thread::sleep_for(20ms); });
    const std::chrono::duration<double, std::milli> all = std::chrono::steady_clock::now() - started;
    const auto since_1970 = std::chrono::duration_cast<std::chrono::milliseconds>(before.time_since_epoch()).count();
    // The wall clock is read now and then; in between, the monotonic one is added.
    CHECK(std::llabs(milliseconds_of(event.at("timestamp")) - since_1970) < 1'000);
    CHECK(event.at("duration_ms").get<double>() >= 20);
    CHECK(event.at("duration_ms").get<double>() <= all.count());
}

TEST_CASE("The rule that kept an event and its weight are stamped") {
    wideline::Options options;
    options.sampler = wideline::TailSampler{}
                          .keep("slow \"one\"", wideline::field("slow") == true)
                          .sample("half", wideline::field("half") == true, 0.5)
                          .sample("rare", wideline::field("rare") == true, 1.0 / 3);
    EventLog log(options);
    CHECK(log.event([] { wideline::set("slow", true); }).at("sample_rule") == "slow \"one\"");
    for (int i = 0; i < 200; ++i) {
        log.log([] { wideline::set("half", true); });
        log.log([] { wideline::set("rare", true); });
    }
    for (const std::string& line : log.take_lines()) {
        const Json event = event_test::parse(line);
        const bool half = event.contains("half");
        CHECK(event.at("sample_rule") == (half ? "half" : "rare"));
        CHECK(event.at("sample_weight").get<double>() == Approx(half ? 2.0 : 3.0).epsilon(1e-9));
    }
}

TEST_CASE("An error that a rule would drop is stamped as kept by its outcome") {
    wideline::Options options;
    options.sampler = wideline::TailSampler{}.drop("all", wideline::name() == "test").otherwise(0);
    EventLog log(options);
    const Json event = log.event([] { wideline::set("http.response.status_code", 503); });
    CHECK(event.at("outcome") == "error");
    CHECK(event.at("sample_rule") == "error");
    CHECK(event.at("sample_weight").dump() == "1.0");
    CHECK_FALSE(event.contains("error.type"));
}

TEST_CASE("Defaults stand before the fields, unless the event writes them itself") {
    wideline::Options options;
    options.defaults = {
        {"region", "eu-\"1\"\xff"}, {"shard", 7},        {"ratio", 0.5},
        {"canary", false},          {"big", UINT64_MAX}, {"nan", std::numeric_limits<double>::quiet_NaN()}};
    EventLog log(options);
    CHECK(log.fields([] { wideline::set("a", 1); }).dump() ==
          "{\"region\":\"eu-\\\"1\\\"\ufffd\",\"shard\":7,\"ratio\":0.5,\"canary\":false,\"big\":18446744073709551615,"
          "\"nan\":null,\"a\":1}");
    CHECK(log.fields([] {
                 wideline::set("a", 1);
                 wideline::set("shard", "mine");
                 wideline::set(wideline::runtime("canary"), nullptr);
                 wideline::add("ratio", 1);
             })
              .dump() ==
          "{\"region\":\"eu-\\\"1\\\"\ufffd\",\"big\":18446744073709551615,\"nan\":null,\"a\":1,\"shard\":\"mine\","
          "\"canary\":null,\"ratio\":1}");
}

TEST_CASE("The schema version is a number or a text") {
    for (const auto& [version, text] :
         std::vector<std::pair<wideline::Constant, std::string>>{{7, "7"}, {"2026-11", "\"2026-11\""}, {1.5, "1.5"}}) {
        wideline::Options options;
        options.schema_version = version;
        CHECK(EventLog(options).event([] {}).at("schema_version").dump() == text);
    }
}

TEST_CASE("A hostile name of service or request is one valid line") {
    const std::string hostile("\"\\\n\xff\0{", 6);
    wideline::Options options;
    options.service = {.name = hostile, .version = hostile, .environment = hostile, .instance = hostile};
    options.schema_version = hostile;
    EventLog log(options);
    { const wideline::Request request(hostile, log.recorder()); }
    const std::vector<std::string> lines = log.take_lines();
    REQUIRE(lines.size() == 1);
    const Json event = event_test::parse(lines.front());
    const std::string valid("\"\\\n\xef\xbf\xbd\0{", 8);
    for (const char* key :
         {"name", "service.name", "service.version", "service.environment", "service.instance", "schema_version"})
        CHECK(event.at(key) == valid);
}

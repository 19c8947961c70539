// An event outgrows its arena: whatever is being written at that moment, nothing is lost and nothing changes its place.
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "catch.hpp"
#include "event/event_log.hpp"

using event_test::EventLog;
using event_test::Json;

namespace {

std::string key_of(int i) { return "key." + std::to_string(i); }

/// Writes one field of every kind, so that each finds the arena at its end for some filling.
void write_each_kind(Json& model) {
    wideline::set("int", -7);
    wideline::set("double", 2.5);
    wideline::set("bool", true);
    wideline::set("short", "text");
    wideline::set("long", std::string(700, 'l'));
    wideline::set("array", std::vector<std::string>{"a", "bb", ""});
    wideline::set("nested", std::vector<std::vector<int>>{{1, 2}, {}, {3}});
    wideline::set("json", nlohmann::json{{"k", {1, 2}}});
    wideline::add("sum", 1);
    wideline::add("sum", 2);
    wideline::append("items", 1);
    wideline::append("items", "two");
    wideline::set(wideline::runtime("run-time"), nullptr);
    model["int"] = -7;
    model["double"] = 2.5;
    model["bool"] = true;
    model["short"] = "text";
    model["long"] = std::string(700, 'l');
    model["array"] = {"a", "bb", ""};
    model["nested"] = {{1, 2}, Json::array(), {3}};
    model["json"] = {{"k", {1, 2}}};
    model["sum"] = 3;
    model["items"] = {1, "two"};
    model["run-time"] = nullptr;
}

}  // namespace

TEST_CASE("Growth loses nothing, whatever room was left and whatever was being written") {
    EventLog log;
    // The first arena has 4 KiB, the next 16 and 64; each rest before their ends comes up, in steps of a record's
    // grain.
    for (const std::size_t before : {2'000U, 14'000U, 62'000U}) {
        bool equal = true;
        for (std::size_t filling = before; filling < before + 2'000; filling += 8) {
            Json model;
            const Json fields = log.fields([&] {
                for (std::size_t left = filling; left > 0;) {
                    const std::size_t piece = std::min<std::size_t>(left, 3'000);
                    const std::string key = "filling." + std::to_string(left);
                    wideline::set(wideline::runtime(key), std::string(piece, 'f'));
                    model[key] = std::string(piece, 'f');
                    left -= piece;
                }
                write_each_kind(model);
            });
            equal = equal && fields.dump() == model.dump();
        }
        CAPTURE(before);
        CHECK(equal);
    }
    CHECK(log.stats().truncated_events == 0);
}

TEST_CASE("A million writes of one key leave room for all others, and keep the order of the first writes") {
    EventLog log;
    const Json fields = log.fields([] {
        wideline::set("first", 1);
        for (int i = 0; i < 1'000'000; ++i) wideline::set("changing", i);
        for (int i = 0; i < 100; ++i) wideline::set(wideline::runtime(key_of(i)), std::string(100, 'x'));
        wideline::set("first", 2);
        wideline::set("last", true);
    });
    Json model = {{"first", 2}, {"changing", 999'999}};
    for (int i = 0; i < 100; ++i) model[key_of(i)] = std::string(100, 'x');
    model["last"] = true;
    CHECK(fields.dump() == model.dump());
    CHECK(log.stats().truncated_events == 0);
}

TEST_CASE("A million writes over changing keys and kinds keep every last value in its first place") {
    EventLog log;
    Json model;
    const Json fields = log.fields([&] {
        for (int i = 0; i < 1'000'000; ++i) {
            const std::string key = key_of(i * 7 % 100);
            if (i % 3 == 0) {
                wideline::set(wideline::runtime(key), i);
                model[key] = i;
            } else if (i % 3 == 1) {
                wideline::set(wideline::runtime(key), std::to_string(i));
                model[key] = std::to_string(i);
            } else {
                wideline::set(wideline::runtime(key), std::vector<int>{i});
                model[key] = {i};
            }
        }
    });
    CHECK(fields.dump() == model.dump());
}

TEST_CASE("100,000 sums over 100 keys are exact") {
    EventLog log;
    const Json fields = log.fields([] {
        for (int i = 0; i < 100'000; ++i) {
            wideline::add(wideline::runtime(key_of(i % 100)), i);
            wideline::add(wideline::runtime("double." + key_of(i % 100)), 0.5);
            wideline::maximum(wideline::runtime("most." + key_of(i % 100)), i);
        }
    });
    REQUIRE(fields.size() == 300);
    for (int k = 0; k < 100; ++k) {
        CHECK(fields.at(key_of(k)) == 1'000 * k + 100 * 999 * 1'000 / 2);
        CHECK(fields.at("double." + key_of(k)).dump() == "500.0");
        CHECK(fields.at("most." + key_of(k)) == 99'900 + k);
    }
}

TEST_CASE("Growth does not take a replaced value, a cleared array or a wider sum for what it was") {
    EventLog log;
    const auto overflow = [](int times) {
        for (int i = 0; i < times; ++i) wideline::set("filling", std::string(1'000, 'f'));
    };
    const Json fields = log.fields([&] {
        wideline::append("array", 1);
        wideline::set("wide", 1);
        wideline::add("max of", 4);
        overflow(5);
        wideline::set("array", "scalar");
        wideline::append("array", 2);
        wideline::add("wide", INT64_MAX);
        wideline::maximum("max of", 9.5);
        overflow(20);
        wideline::append("array", 3);
        wideline::add("wide", INT64_MAX);
        wideline::add("max of", 1);
        overflow(80);
        wideline::add("array number", 1);
        wideline::append("array number", 1);
        wideline::add("array number", 5);
        overflow(300);
        wideline::add("array number", 5);
    });
    CHECK(fields.dump() == R"({"array":["scalar",2,3],"wide":18446744073709551615,"max of":10.5,"filling":")" +
                               std::string(1'000, 'f') + R"(","array number":10})");
}

TEST_CASE("Rules see the last value after growth") {
    wideline::Options options;
    options.sampler = wideline::TailSampler{}
                          .keep("user", wideline::field("user.id") == "u7")
                          .keep("sum", wideline::field("hits") == 12)
                          .otherwise(1);
    EventLog log(options);
    const auto rule_of = [&](auto write) {
        return log.event([&] {
            write();
            for (int i = 0; i < 100; ++i) wideline::set("filling", std::string(1'000, 'f'));
        })["sample_rule"];
    };
    CHECK(rule_of([] {
              wideline::set("user.id", "u1");
              wideline::set("user.id", "u7");
          }) == "user");
    CHECK(rule_of([] {
              wideline::set("user.id", "u7");
              wideline::set("user.id", "u1");
          }) == "otherwise");
    CHECK(rule_of([] {
              wideline::set("hits", 2);
              wideline::add("hits", 5);
              wideline::add("hits", 5);
          }) == "sum");
}

TEST_CASE("Small events do not hold large arenas, however often they are rewritten") {
    wideline::Options options;
    options.memory = std::size_t{4} << 20;
    EventLog log(options);
    std::vector<wideline::Request> requests;
    for (int i = 0; i < 40; ++i) {
        requests.emplace_back("many", log.recorder());
        for (int n = 0; n < 30'000; ++n) requests.back().event().set("changing", n);
        requests.back().event().set("last", true);
    }
    requests.clear();
    const std::vector<std::string> lines = log.take_lines();
    REQUIRE(lines.size() == 40);
    for (const std::string& line : lines)
        CHECK(EventLog::without_stamps(event_test::parse(line)).dump() == R"({"changing":29999,"last":true})");
    CHECK(log.stats().lost.total() == 0);
}

TEST_CASE("Growth sums what a thread adds only as far as no other thread wrote in between") {
    EventLog log;
    {
        wideline::Request request("test", log.recorder());
        const wideline::Attach attach(request.handle());  // writes as another thread does, to memory of its own
        wideline::add("raised", 1);
        wideline::append("list", "a");
        request.event().set("raised", 10);
        request.event().set("list", "b");
        for (int i = 0; i < 1'000; ++i) wideline::add("raised", 2);
        wideline::append("list", "c");
        for (int i = 0; i < 1'000; ++i) wideline::set("filling", i);
    }
    const std::vector<std::string> lines = log.take_lines();
    REQUIRE(lines.size() == 1);
    CHECK(EventLog::without_stamps(event_test::parse(lines.front())).dump() ==
          R"({"raised":2010,"list":["b","c"],"filling":999})");
}

TEST_CASE("A shared event gives back the arenas that it outgrew, whichever side of a sum counted then") {
    wideline::Options options;
    options.memory = std::size_t{4} << 20;
    EventLog log(options);
    for (int i = 0; i < 1'000; ++i) {
        wideline::Request request("test", log.recorder());
        static_cast<void>(request.handle());  // from here on it is shared
        for (int n = 0; n <= i % 4; ++n) wideline::add("sum", 1);
        for (int n = 0; n < 40; ++n) wideline::set(wideline::runtime(key_of(n)), std::string(200, 'x'));
        if (i % 25 == 24) CHECK(log.recorder().flush(std::chrono::seconds(10)));
    }
    const std::vector<std::string> lines = log.take_lines();
    REQUIRE(lines.size() == 1'000);
    for (const std::string& line : lines) CHECK(EventLog::without_stamps(event_test::parse(line)).size() == 41);
    CHECK(log.stats().lost.total() == 0);
}

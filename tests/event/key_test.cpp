// Names of fields: checked by the compiler, or made valid at run time.
#include <wideline/key.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "event/event_log.hpp"

using namespace std::string_view_literals;
using event_test::EventLog;
using event_test::Json;
using event_test::logged;

namespace {

constexpr std::string_view kStamped[] = {"timestamp",
                                         "name",
                                         "duration_ms",
                                         "outcome",
                                         "trace_id",
                                         "span_id",
                                         "parent_span_id",
                                         "event_id",
                                         "service.name",
                                         "service.version",
                                         "service.environment",
                                         "service.instance",
                                         "sample_weight",
                                         "sample_rule",
                                         "schema_version",
                                         "error.type",
                                         "error.message",
                                         "error.why",
                                         "error.fix",
                                         "error.link",
                                         "wideline.truncated"};

}  // namespace

TEST_CASE("A literal key and the same name at run time are one field") {
    CHECK(logged([] {
              wideline::add("hits", 1);
              wideline::add(wideline::runtime("hits"), 2);
              wideline::set("f\u00fcnf \u20ac", 5);
              wideline::set(wideline::runtime("f\u00fcnf \u20ac"), 6);
          }) == "{\"hits\":3,\"f\u00fcnf \u20ac\":6}");
}

TEST_CASE("A key may hold anything printable, to 128 bytes") {
    CHECK(logged([] {
              wideline::set("a\"b\\c/d e", 1);
              wideline::set(
                  "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"
                  "1234567890"
                  "123456789012345678",
                  2);
          }) ==
          R"({"a\"b\\c/d e":1,)"
          R"("1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890)"
          R"(1234567890123456789012345678":2})");
}

TEST_CASE("A run-time name that the library stamps, or an empty one, is left out and counted") {
    EventLog log;
    const Json event = log.event([] {
        for (const std::string_view name : kStamped) wideline::set(wideline::runtime(name), "forged");
        wideline::set(wideline::runtime(""), 1);
        wideline::add(wideline::runtime("duration_ms"), 1e9);
        wideline::maximum(wideline::runtime(""), 1);
        wideline::append(wideline::runtime("error.type"), "x");
        wideline::set("kept", 1);
    });
    for (const auto& [key, value] : event.items()) CHECK(value != "forged");
    CHECK(event.at("wideline.truncated") == std::size(kStamped) + 4);
    CHECK(event.at("kept") == 1);
    CHECK(event.at("outcome") == "success");
    CHECK(log.stats().truncated_events == 1);
}

TEST_CASE("A run-time name that is too long is cut at a character and counted") {
    std::string euros;
    while (euros.size() < 200) euros += "\u20ac";
    EventLog log;
    const Json fields = log.fields([&] {
        wideline::set(wideline::runtime(std::string(1000, 'k')), 1);
        wideline::set(wideline::runtime(std::string(129, 'k')), 2);  // the same when cut
        wideline::set(wideline::runtime(euros), 3);
    });
    CHECK(fields.at(std::string(128, 'k')) == 2);
    CHECK(fields.at(euros.substr(0, 126)) == 3);
    CHECK(fields.at("wideline.truncated") == 3);
    CHECK(log.stats().invalid_utf8 == 0);
}

TEST_CASE("Invalid UTF-8 in a run-time name becomes U+FFFD, and names that become the same are one field") {
    EventLog log;
    const Json fields = log.fields([] {
        wideline::set(wideline::runtime("a\xff"), 1);
        wideline::set(wideline::runtime("a\xfe"), 2);
        wideline::set(wideline::runtime("a\ufffd"), 3);
        wideline::set(wideline::runtime(std::string(128, '\x80')), 4);
    });
    CHECK(fields.at("a\ufffd") == 3);
    std::string cut;
    for (int i = 0; i < 42; ++i) cut += "\ufffd";
    CHECK(fields.at(cut) == 4);
    CHECK(fields.size() == 3);  // the last name, made valid, is longer than 128 bytes and cut
    CHECK(fields.at("wideline.truncated") == 1);
    CHECK(log.stats().invalid_utf8 == 130);
}

TEST_CASE("Control characters, quotes and NUL in a run-time name are escaped") {
    const std::vector<std::string_view> hostile = {"\0"sv, "a\0b"sv, "\n",     "\"",  "\\",   "\x7f",
                                                   "\x1f", " ",      "\u2028", "{\"", "a\":", ","};
    const Json fields = EventLog().fields([&] {
        for (const std::string_view name : hostile) wideline::set(wideline::runtime(name), name);
    });
    CHECK(fields.size() == hostile.size());
    for (const std::string_view name : hostile) CHECK(fields.at(std::string(name)) == std::string(name));
}

TEST_CASE("Keys whose hashes collide are different fields") {
    // FNV-1a of 32 bits collides for these two pairs, found by search.
    CHECK(logged([] {
              wideline::set("costarring", 1);
              wideline::set("liquid", 2);
              wideline::add("declinate", 3);
              wideline::add("macallums", 4);
              wideline::add("declinate", 3);
              wideline::set("costarring", 5);
          }) == R"({"costarring":5,"liquid":2,"declinate":6,"macallums":4})");
    CHECK(wideline::Key("costarring").hash() == wideline::Key("liquid").hash());
    CHECK(wideline::Key("declinate").hash() == wideline::Key("macallums").hash());
}

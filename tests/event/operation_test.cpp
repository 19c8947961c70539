// What set, add, maximum, append, note, time and fail make of a field, alone and one after the other.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "event/event_log.hpp"

using namespace std::string_literals;
using event_test::EventLog;
using event_test::Json;
using event_test::logged;

namespace {

constexpr auto kInt64Max = std::numeric_limits<std::int64_t>::max();
constexpr auto kInt64Min = std::numeric_limits<std::int64_t>::min();
constexpr auto kUint64Max = std::numeric_limits<std::uint64_t>::max();

}  // namespace

TEST_CASE("The last write of a key wins, and the key stays where it was first written") {
    CHECK(logged([] {
              wideline::set("a", 1);
              wideline::set("b", 2);
              wideline::set("a", "three");
              wideline::set(wideline::runtime("b"), nullptr);
              wideline::set("c", true);
          }) == R"({"a":"three","b":null,"c":true})");
}

TEST_CASE("An event without a field is whole") {
    CHECK(logged([] {}) == "{}");
}

TEST_CASE("What is added is summed, and begins at 0") {
    CHECK(logged([] {
              for (int i = 0; i < 100; ++i) {
                  wideline::add("int", 2);
                  wideline::add("double", 0.25);
                  wideline::add("unsigned", 3U);
                  wideline::add("mixed", i % 2 == 0 ? 1 : -1);
              }
              wideline::add("mixed", 0.5);
          }) == R"({"int":200,"double":25.0,"unsigned":300,"mixed":0.5})");
}

TEST_CASE("A sum of integers is exact to the ends of 64 bits, and a double beyond") {
    CHECK(logged([] {
              wideline::add("up", kInt64Max);
              wideline::add("up", 1);
              wideline::add("to the end", kInt64Max);
              wideline::add("to the end", kInt64Max);
              wideline::add("to the end", 1);
              wideline::add("over", kUint64Max);
              wideline::add("over", kUint64Max);
              wideline::add("under", kInt64Min);
              wideline::add("under", kInt64Min);
              wideline::add("back", kUint64Max);
              wideline::add("back", kInt64Min);
          }) == R"({"up":9223372036854775808,"to the end":18446744073709551615,"over":3.6893488147419103e+19,)"
                R"("under":-1.8446744073709552e+19,"back":9223372036854775807})");
}

TEST_CASE("The maximum is the greatest number of any type, and no NaN takes its place") {
    CHECK(
        logged([] {
            for (const int i : {3, 9, -4}) wideline::maximum("int", i);
            for (const double d : {-3.5, -1.5, -2.5}) wideline::maximum("double", d);
            wideline::maximum("unsigned", 5U);
            wideline::maximum("unsigned", kUint64Max);
            wideline::maximum("unsigned", -1);
            wideline::maximum("mixed", 2);
            wideline::maximum("mixed", 2.5);
            wideline::maximum("mixed", 1);
            wideline::maximum("negative", -7);
            for (const double d : {5.0, std::nan(""), 3.0}) wideline::maximum("nan", d);
            for (const double d : {std::nan(""), 3.0, 2.0}) wideline::maximum("first nan", d);
        }) ==
        R"({"int":9,"double":-1.5,"unsigned":18446744073709551615,"mixed":2.5,"negative":-7,"nan":5.0,"first nan":3.0})");
}

TEST_CASE("A number that was set can be raised, and a raised one set") {
    CHECK(logged([] {
              wideline::set("a", 10);
              wideline::add("a", 5);
              wideline::maximum("a", 12);
              wideline::maximum("a", 20);
              wideline::add("a", 1);
              wideline::add("b", 5);
              wideline::set("b", 1);
              wideline::add("c", 5);
              wideline::set("c", 1);
              wideline::add("c", 5);
              wideline::set("d", kUint64Max);
              wideline::add("d", -1);
              wideline::set("e", 1.5);
              wideline::add("e", 1);
              wideline::set("f", 7U);
              wideline::maximum("f", 6.5);
              wideline::add("g", 1);
              wideline::add("g", 1.0);
              wideline::add("g", 1);
          }) == R"({"a":21,"b":1,"c":6,"d":18446744073709551614,"e":2.5,"f":7,"g":3.0})");
}

TEST_CASE("A number that is added to what is none takes its place") {
    CHECK(logged([] {
              wideline::set("text", "7");
              wideline::add("text", 1);
              wideline::set("null", nullptr);
              wideline::add("null", 2);
              wideline::set("bool", true);
              wideline::maximum("bool", -3);
              wideline::append("array", 1);
              wideline::add("array", 4);
              wideline::add("array", 4);
          }) == R"({"text":1,"null":2,"bool":-3,"array":8})");
}

TEST_CASE("Appended items become an array, of any types, behind what was set before") {
    CHECK(logged([] {
              wideline::append("new", "a");
              wideline::append("new", 1);
              wideline::append("new", std::optional<int>());
              wideline::append("one", 2.5);
              wideline::set("scalar", 7);
              wideline::append("scalar", true);
              wideline::set("array", std::vector{1, 2});
              wideline::append("array", 3);
              wideline::append("array", std::vector{4, 5});
              wideline::append("nested", std::vector{1});
              wideline::append("nested", std::vector<int>{});
              wideline::append("json", nlohmann::json{{"k", 1}});
              wideline::add("sum", 1);
              wideline::add("sum", 1);
              wideline::append("sum", 9);
              wideline::append("replaced", 1);
              wideline::set("replaced", 2);
              wideline::append("again", 1);
              wideline::set("again", 2);
              wideline::append("again", 3);
              wideline::append("numbers", 1);
              wideline::add("numbers", 2);
              wideline::append("numbers", 3);
              wideline::append(wideline::runtime("run-time"), "x");
          }) == R"({"new":["a",1,null],"one":[2.5],"scalar":[7,true],"array":[1,2,3,[4,5]],"nested":[[1],[]],)"
                R"("json":[{"k":1}],"sum":[2,9],"replaced":2,"again":[2,3],"numbers":[2,3],"run-time":["x"]})");
}

TEST_CASE("A note is a breadcrumb with the milliseconds since the start") {
    const Json fields = EventLog().fields([] {
        wideline::note("first");
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        wideline::note("sec\xffond");
        wideline::note("");
    });
    const Json& notes = fields.at("notes");
    REQUIRE(notes.size() == 3);
    for (const Json& note : notes) {
        REQUIRE(note.size() == 2);
        CHECK(note.at("at_ms").is_number_float());
        CHECK(note.at("at_ms") >= 0.0);
    }
    CHECK(notes[0].at("text") == "first");
    CHECK(notes[1].at("text") == "sec\ufffdond");
    CHECK(notes[2].at("text") == "");
    CHECK(notes[1].at("at_ms").get<double>() >= notes[0].at("at_ms").get<double>() + 2);
}

TEST_CASE("A timer sums its time and counts, until its scope ends") {
    EventLog log;
    std::optional<wideline::Request> moved;
    const Json event = log.event([] {
        for (int i = 0; i < 3; ++i) {
            const auto outer = wideline::time("payment");
            const auto inner = wideline::time("payment.bank");
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    });
    CHECK(event.at("payment.count").dump() == "3");
    CHECK(event.at("payment.bank.count").dump() == "3");
    CHECK(event.at("payment.duration_ms").get<double>() >= 3);
    CHECK(event.at("payment.duration_ms").get<double>() >= event.at("payment.bank.duration_ms").get<double>());
    CHECK(event.at("payment.duration_ms").get<double>() <= event.at("duration_ms").get<double>());
}

TEST_CASE("A timer that outlives its request writes nowhere, and is counted") {
    EventLog log;
    const std::uint64_t before = log.stats().late_writes;
    {
        wideline::Request request("test", log.recorder());
        const auto timing = wideline::time("late");
        request.finish();
        wideline::Request next("test", log.recorder());  // may well have the same memory
    }
    for (const std::string& line : log.take_lines()) CHECK(EventLog::without_stamps(event_test::parse(line)).empty());
    CHECK(log.stats().late_writes == before + 1);
}

TEST_CASE("The first failure names the error, later ones become notes") {
    const Json event = EventLog().event([] {
        wideline::set("before", 1);
        wideline::fail({.type = "card_declined",
                        .message = "card was declined",
                        .why = "insufficient funds",
                        .fix = "another card",
                        .link = "https://runbook"});
        wideline::fail({.type = "timeout", .message = "second"});
        wideline::fail({.message = "only a message"});
        wideline::fail({.type = "only_a_type", .message = {}});
        wideline::set("after", 2);
    });
    CHECK(event.at("outcome") == "error");
    CHECK(event.at("sample_rule") == "error");
    CHECK(event.at("error.type") == "card_declined");
    CHECK(event.at("error.message") == "card was declined");
    CHECK(event.at("error.why") == "insufficient funds");
    CHECK(event.at("error.fix") == "another card");
    CHECK(event.at("error.link") == "https://runbook");
    REQUIRE(event.at("notes").size() == 3);
    CHECK(event.at("notes")[0].at("text") == "timeout: second");
    CHECK(event.at("notes")[1].at("text") == "only a message");
    CHECK(event.at("notes")[2].at("text") == "only_a_type");
    CHECK(event.at("after") == 2);
}

TEST_CASE("A failure without a word is a failure") {
    const Json event = EventLog().event([] { wideline::fail({}); });
    CHECK(event.at("outcome") == "error");
    CHECK_FALSE(event.contains("error.type"));
}

TEST_CASE("A later failure's long message is cut at a character, and that is counted") {
    std::string message;
    while (message.size() < 2000) message += "\u20ac";
    EventLog log;
    const Json event = log.event([&] {
        wideline::fail({.type = "first"});
        wideline::fail({.type = "second", .message = message});
    });
    const auto text = event.at("notes")[0].at("text").get<std::string>();
    CHECK(text.starts_with("second: \u20ac\u20ac"));
    CHECK(text.ends_with("\u20ac"));
    CHECK(event.at("wideline.truncated") == 1);
    CHECK(log.stats().invalid_utf8 == 0);
}

TEST_CASE("Writes without a request are counted and go nowhere") {
    EventLog log;
    const std::uint64_t before = log.stats().orphan_writes;
    wideline::set("a", 1);
    wideline::set("long", std::string(1000, 'x'));
    wideline::set("array", std::vector{1, 2});
    wideline::set("json", nlohmann::json{{"k", 1}});
    wideline::set(wideline::runtime("key"), 1);
    wideline::set(wideline::runtime(""), 1);
    wideline::add("a", 1);
    wideline::maximum("a", 1.5);
    wideline::append("a", "x");
    wideline::note("x");
    wideline::fail({.type = "x"});
    CHECK(log.stats().orphan_writes == before + 11);
    CHECK(log.take_lines().empty());
}

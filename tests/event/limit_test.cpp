// Past a limit a write is cut or left out and counted; the event is never lost, and neither is what came before.
#include <wideline/limits.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "catch.hpp"
#include "event/event_log.hpp"

using event_test::EventLog;
using event_test::Json;

namespace {

EventLog with(wideline::Limits limits) {
    wideline::Options options;
    options.limits = limits;
    return EventLog(options);
}

std::string numbered(const char* name, int i) { return name + std::to_string(i); }

/// `levels` arrays around a 1.
nlohmann::json deep_array(int levels) {
    nlohmann::json value = 1;
    for (int i = 0; i < levels; ++i) value = nlohmann::json::array({value});
    return value;
}

}  // namespace

TEST_CASE("Of 10,000 fields the first 512 are kept and the rest are counted") {
    EventLog log;
    const Json fields = log.fields([] {
        for (int i = 0; i < 10'000; ++i) wideline::set(wideline::runtime(numbered("field.", i)), i);
    });
    REQUIRE(fields.size() == 513);
    for (int i = 0; i < 512; ++i) CHECK(fields.at(numbered("field.", i)) == i);
    CHECK(fields.at("wideline.truncated") == 10'000 - 512);
    CHECK(log.stats().truncated_events == 1);
}

TEST_CASE("A field that is there already can be written past the limit of fields") {
    EventLog log = with({.fields = 2});
    CHECK(log.fields([] {
                 wideline::set("a", 1);
                 wideline::set("b", 2);
                 wideline::set("c", 3);
                 wideline::add("b", 2);
                 wideline::set("a", "new");
             })
              .dump() == R"({"wideline.truncated":1,"a":"new","b":4})");
}

TEST_CASE("A string of 10 MB is cut to its limit and counted") {
    const std::string huge(10'000'000, 'x');
    EventLog log;
    const Json fields = log.fields([&] {
        wideline::set("set", huge);
        wideline::append("append", huge);
        wideline::set("array", std::vector{huge, std::string("next")});
        wideline::set("json", nlohmann::json{{"k", huge}});
        wideline::note(huge);
        wideline::fail({.type = "t", .message = huge});
        wideline::set("after", 1);
    });
    const std::string cut(16'384, 'x');
    CHECK(fields.at("set") == cut);
    CHECK(fields.at("append").at(0) == cut);
    CHECK(fields.at("array").at(0) == cut);
    CHECK(fields.at("array").at(1) == "next");
    CHECK(fields.at("json").at("k") == cut);
    CHECK(fields.at("notes").at(0).at("text") == cut);
    CHECK(fields.at("error.message") == cut);
    CHECK(fields.at("after") == 1);
    CHECK(fields.at("wideline.truncated") == 6);
}

TEST_CASE("A string is cut between two characters") {
    for (const std::string character : {"\u00e4", "\u20ac", "\U0001f600"}) {
        for (std::uint32_t limit = 4; limit < 12; ++limit) {
            std::string text;
            while (text.size() < 400) text += character;
            EventLog log = with({.string_bytes = limit});
            const Json fields = log.fields([&] {
                wideline::set("short", text.substr(0, 24));
                wideline::set("long", text);
                wideline::set("array", std::vector{text});
                wideline::set("json", nlohmann::json{{"k", text}});
                wideline::note(text);
            });
            const std::string kept = text.substr(0, limit / character.size() * character.size());
            CHECK(fields.at("short") == kept);
            CHECK(fields.at("long") == kept);
            CHECK(fields.at("array").at(0) == kept);
            CHECK(fields.at("json").at("k") == kept);
            CHECK(fields.at("notes").at(0).at("text") == kept);
            CHECK(fields.at("wideline.truncated") == 5);
            CHECK(log.stats().invalid_utf8 == 0);
        }
    }
}

TEST_CASE("A string that is no UTF-8 loses no more than a character by being cut") {
    const std::string text(100, '\x80');
    EventLog log = with({.string_bytes = 10});
    const Json fields = log.fields([&] {
        wideline::set("plain", text);
        wideline::set("json", nlohmann::json(text));
    });
    CHECK(fields.at("plain").get<std::string>().size() >= 7 * 3);
    CHECK(fields.at("json") == fields.at("plain"));
}

TEST_CASE("Values nested deeper than the limit are null there, and counted") {
    EventLog log;
    const std::vector<std::vector<std::vector<int>>> three = {{{1}}};
    CHECK(log.fields([&] {
                 wideline::set("fits", deep_array(8));
                 wideline::set("deep", deep_array(9));
                 wideline::set("abyss", deep_array(500));
                 wideline::set("range", std::vector{deep_array(7), deep_array(8)});
                 wideline::set("after", true);
             })
              .dump() == R"({"wideline.truncated":3,"fits":[[[[[[[[1]]]]]]]],"deep":[[[[[[[[null]]]]]]]],)"
                         R"("abyss":[[[[[[[[null]]]]]]]],"range":[[[[[[[[1]]]]]]],[[[[[[[null]]]]]]]],"after":true})");
    EventLog shallow = with({.depth = 2});
    CHECK(shallow
              .fields([&] {
                  wideline::set("range", three);
                  wideline::append("append", std::vector<std::vector<int>>{{1}});
                  wideline::append("append", nlohmann::json{{"k", {1}}});
                  wideline::set("flat", std::vector{1});
              })
              .dump() == R"({"wideline.truncated":3,"range":[[null]],"append":[[null],{"k":null}],"flat":[1]})");
}

TEST_CASE("An array has at most its limit of items, however it was made") {
    EventLog log = with({.array_items = 3});
    const std::vector<int> five = {1, 2, 3, 4, 5};
    CHECK(log.fields([&] {
                 wideline::set("range", five);
                 wideline::set("nested", std::vector<std::vector<int>>{five, {6}});
                 wideline::set("json", nlohmann::json(five));
                 wideline::set("object", nlohmann::json{{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}});
                 for (const int i : five) wideline::append("appended", i);
                 wideline::set("both", std::vector{1, 2});
                 wideline::append("both", 3);
                 wideline::append("both", 4);
                 wideline::set("exact", std::vector{1, 2, 3});
             })
              .dump() == R"({"wideline.truncated":7,"range":[1,2,3],"nested":[[1,2,3],[6]],"json":[1,2,3],)"
                         R"("object":{"a":1,"b":2,"c":3},"appended":[1,4,5],"both":[1,3,4],"exact":[1,2,3]})");
}

TEST_CASE("An array of a million items is cut, and what follows is kept") {
    EventLog log;
    const Json fields = log.fields([] {
        for (int i = 0; i < 1'000'000; ++i) wideline::append("appended", i);
        wideline::set("range", std::vector<int>(1'000'000, 7));
        wideline::set("after", 1);
    });
    REQUIRE(fields.at("appended").size() == 1'024);
    for (int i = 0; i < 1'024; ++i)
        CHECK(fields.at("appended").at(static_cast<std::size_t>(i)) == (i < 64 ? i : 1'000'000 - 1'024 + i));
    CHECK(fields.at("range").size() == 1'024);
    CHECK(fields.at("after") == 1);
    CHECK(fields.at("wideline.truncated") == 1'000'000 - 1'024 + 1);
}

TEST_CASE("Of more notes than an event holds the first and the last are kept, and those left out are counted") {
    for (const int notes : {1'024, 1'025, 1'500, 10'000}) {
        for (const std::size_t size : {std::size_t{10}, std::size_t{70}}) {
            EventLog log;
            const Json event = log.event([&] {
                for (int i = 0; i < notes; ++i) wideline::note(numbered("step ", i) + std::string(size, 'x'));
                wideline::fail({.type = "first"});
                wideline::fail({.type = "second", .message = "the failure's own"});
            });
            const Json& kept = event.at("notes");
            CAPTURE(notes, size);
            REQUIRE(kept.size() == 1'024);
            for (std::size_t i = 0; i < 64; ++i)
                CHECK(kept[i].at("text") == numbered("step ", static_cast<int>(i)) + std::string(size, 'x'));
            CHECK(kept[1'022].at("text") == numbered("step ", notes - 1) + std::string(size, 'x'));
            CHECK(kept[1'023].at("text") == "second: the failure's own");
            CHECK(event.at("wideline.truncated") == notes + 1 - 1'024);
        }
    }
}

TEST_CASE("The last notes are kept when the event is full of notes") {
    EventLog log;
    constexpr int kNotes = 3'000;
    const Json event = log.event([&] {
        for (int i = 0; i < kNotes; ++i) wideline::note(numbered("step ", i) + std::string(2'000, '\n'));
        wideline::note("the last");
        wideline::set("after", 1);
    });
    CHECK(event.dump().size() <= 262'144);
    CHECK(event.at("notes").back().at("text") == "the last");
    CHECK(event.at("notes").front().at("text").get<std::string>().starts_with("step 0"));
    CHECK(event.at("notes").size() > 16);
    CHECK(event.at("wideline.truncated") == kNotes + 1 - event.at("notes").size());
    CHECK(event.at("after") == 1);
}

TEST_CASE("A line is never longer than its limit, and says what is missing") {
    for (const std::uint32_t limit : {1'024U, 1'025U, 3'000U, 65'536U, 262'144U}) {
        EventLog log = with({.event_bytes = limit});
        const std::string line = log.line([] {
            for (int i = 0; i < 400; ++i)
                wideline::set(wideline::runtime(numbered("field.", i)), std::string(1'000, i % 2 == 0 ? 'x' : '\n'));
            wideline::set("small", 1);
        });
        CAPTURE(limit);
        CHECK(line.size() <= limit);
        const Json event = event_test::parse(line);
        CHECK(event.at("wideline.truncated") >= 1);
        CHECK(event.at("trace_id").get<std::string>().size() == 32);
        CHECK(log.stats().truncated_events == 1);
    }
}

TEST_CASE("Small fields fill a line to its limit and no further") {
    for (std::uint32_t limit = 1'024; limit < 1'060; ++limit) {
        EventLog log = with({.event_bytes = limit});
        const std::string line = log.line([] {
            for (int i = 0; i < 300; ++i) wideline::set(wideline::runtime(numbered("k", i)), 1);
        });
        CAPTURE(limit);
        CHECK(line.size() < limit);  // and the line's end
        CHECK(line.size() > limit - 60);
    }
}

TEST_CASE("A field too large for what is left does not cost the smaller ones behind it") {
    EventLog log = with({.string_bytes = 262'143, .event_bytes = 65'536});
    const Json fields = log.fields([] {
        wideline::set("first", 1);
        for (int i = 0; i < 8; ++i)
            wideline::set(wideline::runtime(numbered("large.", i)), std::string(60'000 + 20'000 * i, 'x'));
        for (int i = 0; i < 300; ++i) wideline::set(wideline::runtime(numbered("small.", i)), i);
    });
    CHECK(fields.at("first") == 1);
    CHECK(fields.at("large.0").get<std::string>().size() == 60'000);
    for (int i = 0; i < 300; ++i) CHECK(fields.value(numbered("small.", i), -1) == i);
    CHECK(fields.at("wideline.truncated") == 7);
}

TEST_CASE("Strings and notes as long as any limit allows are whole") {
    EventLog log = with({.string_bytes = 262'143, .event_bytes = 1U << 24});
    const std::string longest(262'143, 'x');
    const Json fields = log.fields([&] {
        wideline::set("string", longest);
        wideline::note(longest);
        wideline::note(longest + "y");
        wideline::set("after", 1);
    });
    CHECK(fields.at("string") == longest);
    CHECK(fields.at("notes").at(0).at("text").get<std::string>().size() >= 262'000);
    CHECK(fields.at("notes").at(1).at("text").get<std::string>().size() >= 262'000);
    CHECK(fields.at("after") == 1);
}

TEST_CASE("An array whose items do not fit is cut between two of them") {
    EventLog log;
    const std::string item(16'000, 'x');
    const Json fields = log.fields([&] {
        wideline::set("array", std::vector<std::string>(100, item));
        wideline::set("after", 1);
    });
    CHECK(fields.at("array").size() >= 10);
    for (const Json& one : fields.at("array")) CHECK(one == item);
    CHECK(fields.at("after") == 1);
    CHECK(fields.at("wideline.truncated") >= 1);
}

TEST_CASE("A failure finds room in an event that is full") {
    EventLog log;
    const std::string long_text(3'000, 'm');
    const Json event = log.event([&] {
        for (int i = 0; i < 1'000; ++i)
            wideline::set(wideline::runtime(numbered("field.", i)), std::string(1'000, 'x'));
        for (int i = 0; i < 1'000; ++i) wideline::set(wideline::runtime(numbered("small.", i)), i);
        wideline::fail({.type = "card_declined", .message = long_text, .why = "insufficient funds", .fix = "retry"});
    });
    CHECK(event.at("outcome") == "error");
    CHECK(event.at("error.type") == "card_declined");
    const auto message = event.at("error.message").get<std::string>();
    CHECK(message.size() >= 100);
    CHECK(long_text.starts_with(message));
    CHECK(event.at("error.why") == "insufficient funds");
    CHECK(event.at("error.fix") == "retry");
}

TEST_CASE("A status written into a full event still makes it an error") {
    EventLog log;
    const Json event = log.event([&] {
        for (int i = 0; i < 100'000; ++i) wideline::set(wideline::runtime(numbered("field.", i)), i);
        wideline::set("http.response.status_code", 500);
    });
    CHECK(event.at("outcome") == "error");
}

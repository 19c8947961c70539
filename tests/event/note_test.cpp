// What a breadcrumb says beside its text.
#include <limits>
#include <string>

#include "catch.hpp"
#include "event/event_log.hpp"

using event_test::EventLog;
using event_test::Json;
namespace wl = wideline;

namespace {

Json without_time(Json note) {
    CHECK(note.at("at_ms").get<double>() >= 0);
    note.erase("at_ms");
    return note;
}

}  // namespace

TEST_CASE("A note tells the level and the place that it is given, and nothing of what it is not") {
    EventLog log;
    const int line = __LINE__;  // not std::source_location, which clang 14 does not have
    const Json notes = log.fields([&] {
                              wl::note("plain");
                              wl::note("line", {.level = "warn", .file = "checkout.cpp", .line = 42});
                              wl::note("level", {.level = "info"});
                              wl::note("place", {.file = __FILE__, .line = line});
                              wl::event().note("", {.line = 7});
                              wl::note("null", {.level = nullptr, .file = nullptr, .line = -1});
                              wl::note("last");
                          })
                           .at("notes");
    REQUIRE(notes.size() == 7);
    CHECK(without_time(notes[0]) == Json({{"text", "plain"}}));
    CHECK(without_time(notes[1]) ==
          Json({{"text", "line"}, {"level", "warn"}, {"file", "checkout.cpp"}, {"line", 42}}));
    CHECK(without_time(notes[2]) == Json({{"text", "level"}, {"level", "info"}}));
    CHECK(without_time(notes[3]) == Json({{"text", "place"}, {"file", __FILE__}, {"line", line}}));
    CHECK(without_time(notes[4]) == Json({{"text", ""}, {"line", 7}}));
    CHECK(without_time(notes[5]) == Json({{"text", "null"}}));
    CHECK(without_time(notes[6]) == Json({{"text", "last"}}));
}

TEST_CASE("A note whose level or place is too long is cut, and counted") {
    EventLog log;
    const std::string huge(100'000, 'x');
    const Json event = log.fields([&] {
        wl::note(huge, {.level = huge, .file = huge, .line = std::numeric_limits<std::int64_t>::max()});
        wl::note("next", {.level = "info"});
    });
    const Json& note = event.at("notes").at(0);
    CHECK(note.at("level") == std::string(64, 'x'));
    CHECK(note.at("file") == std::string(1024, 'x'));
    CHECK(note.at("text") == std::string(16 * 1024, 'x'));
    CHECK(note.at("line") == std::numeric_limits<std::uint32_t>::max());
    CHECK(event.at("notes").at(1).at("level") == "info");
    CHECK(event.at("wideline.truncated") == 1);
}

TEST_CASE("Level and place of a note are valid text, whatever bytes they were") {
    EventLog log;
    const Json event = log.fields([] { wl::note("\xff", {.level = "w\"\n\xff", .file = "\xc3(", .line = 1}); });
    const Json& note = event.at("notes").at(0);
    CHECK(note.at("level") == "w\"\n\xef\xbf\xbd");
    CHECK(note.at("file") == "\xef\xbf\xbd(");
    CHECK(note.at("text") == "\xef\xbf\xbd");
}

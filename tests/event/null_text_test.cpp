// A null C string is an empty text wherever the library takes one: what reports a failure must not crash.
#include <wideline/reader.hpp>
#include <wideline/wideline.hpp>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include "catch.hpp"
#include "event/event_log.hpp"

namespace wl = wideline;
using event_test::EventLog;
using event_test::Json;

namespace {

// What dlerror() and getenv() return when there is nothing to tell.
const char* const kNone = nullptr;

std::size_t size_of(wl::Text text) { return text.size(); }

template <class Call>
bool refuses(Call call) {
    try {
        call();
    } catch (const std::invalid_argument&) {
        return true;
    }
    return false;
}

}  // namespace

TEST_CASE("A failure, a note and a request's name and trace of null pointers are empty texts") {
    EventLog log;
    {
        wl::Request request{kNone, log.recorder(), {.traceparent = kNone, .tracestate = kNone}};
        wl::fail({.type = "dl", .message = kNone, .why = kNone, .fix = kNone, .link = kNone});
        wl::fail({.type = kNone, .message = kNone});
        wl::note(kNone);
        wl::note(nullptr);
        wl::set(wl::runtime(kNone), 1);
        wl::set("after", 1);
    }
    const Json event = event_test::parse(log.take_lines().at(0));
    CHECK(event.at("name") == "");
    CHECK(event.at("error.type") == "dl");
    CHECK_FALSE(event.contains("error.message"));
    CHECK(event.at("notes").size() == 3);
    CHECK(event.at("notes")[2].at("text") == "");
    CHECK(event.at("wideline.truncated") == 1);  // the write under an empty key
    CHECK(event.at("after") == 1);
    CHECK(log.stats().malformed_traceparents == 0);
}

TEST_CASE("Options, rules and conditions made of null pointers are those of empty texts") {
    EventLog log(
        {.service = {.name = "x", .version = kNone, .environment = kNone, .instance = kNone},
         .sampler = wl::TailSampler{}
                        .drop("empty", wl::field("plan") == kNone)
                        .keep("any", wl::field("text").contains(kNone) && wl::field("text").starts_with(kNone)),
         .defaults = {{"region", kNone}},
         .watch = kNone});
    log.log([] { wl::set("plan", ""); });
    const Json event = log.event([] { wl::set("text", "x"); });
    CHECK(event.at("region") == "");
    CHECK(event.at("sample_rule") == "any");
    CHECK_FALSE(event.contains("service.version"));
    CHECK(refuses([] { static_cast<void>(wl::TailSampler{}.keep(kNone, wl::failed())); }));
    CHECK(refuses([] { static_cast<void>(wl::TailSampler{}.dry(kNone)); }));
    CHECK(refuses([] { static_cast<void>(wl::field(kNone)); }));
    CHECK_THROWS(wl::load(kNone));
    CHECK_THROWS(wl::Recorder({.sinks = {wl::journal(kNone)}}));
    CHECK_THROWS(wl::Reader(kNone));
}

TEST_CASE("A text parameter takes whatever is a text, and ends at an array's NUL or its end") {
    const char full[4] = {'a', 'b', 'c', 'd'};
    char part[8] = "ab";
    std::string string = "string";
    CHECK(size_of(full) == 4);
    CHECK(size_of(part) == 2);
    CHECK(size_of(string) == 6);
    CHECK(size_of(std::string_view("view")) == 4);
    CHECK(size_of({full, 3}) == 3);
    CHECK(size_of({}) == 0);
    CHECK(size_of(kNone) == 0);
    static_assert(wl::Text("literal").size() == 7);
    static_assert(wl::Text("a\0b").size() == 1);

    wl::Service service{.name = "x", .instance = full};
    CHECK(service.instance == "abcd");
    service.name = kNone;
    CHECK(service.name.empty());
    service.name = string + "s";
    CHECK(service.name == "strings");
    CHECK(wl::String(std::filesystem::path("/a")) == "/a");
}

#include "request/recorded_events.hpp"

#include <wideline/testing.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "catch.hpp"

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using request_test::Json;
using request_test::RecordedEvents;
namespace wl = wideline;

namespace {

wl::SinkPtr nowhere() {
    return wl::callback_sink([](const wl::Batch&) {});
}

}  // namespace

TEST_CASE("A second install while a recorder lives throws, and the first one goes on") {
    auto log = RecordedEvents::installed();
    CHECK_THROWS_AS(wl::install({.sinks = {nowhere()}}), std::logic_error);
    CHECK_THROWS_AS(wl::testing::Capture(), std::logic_error);
    { WIDELINE_REQUEST("still"); }
    CHECK(log.event().at("name") == "still");
    std::ignore = log.end();
    wl::Recorder next = wl::install({.sinks = {nowhere()}});
    { WIDELINE_REQUEST("next"); }
    CHECK(next.stats().started == 1);
}

TEST_CASE("Recorders that are not installed may be many, beside one that is") {
    auto installed = RecordedEvents::installed();
    const RecordedEvents a;
    const RecordedEvents b;
    CHECK_NOTHROW(RecordedEvents());
}

TEST_CASE("A recorder that moves goes on, and what it moved from does nothing") {
    std::vector<std::string> lines;
    {
        wl::Recorder first = wl::install({.sinks = {wl::memory_sink(&lines)}});
        { WIDELINE_REQUEST("before"); }
        wl::Recorder second{std::move(first)};
        { WIDELINE_REQUEST("after"); }
        { wl::Request request{"of nobody", first}; }  // NOLINT: what is left of it is the point
        CHECK(first.flush(0s));
        CHECK(first.stats().started == 0);
        CHECK(second.stats().started == 2);
        wl::Recorder third{{.sinks = {nowhere()}}};
        third = std::move(second);
        CHECK(third.stats().started == 2);
        { WIDELINE_REQUEST("at last"); }
    }
    CHECK(lines.size() == 3);
}

TEST_CASE("Options that make no sense are refused by a sentence that names the value") {
    const auto refused = [](wl::Options options, const std::string& value) {
        options.sinks = {nowhere()};
        CHECK_THROWS_AS(wl::Recorder(options), std::invalid_argument);
        CHECK_THROWS_WITH(wl::Recorder(options), Contains(value));
    };
    refused({.memory = 1000}, "1000");
    refused({.memory = (std::size_t{4} << 20) - 1}, "4194303");
    refused({.limits = {.fields = 0}}, "fields is 0");
    refused({.limits = {.fields = 70'000}}, "70000");
    refused({.limits = {.string_bytes = 0}}, "string_bytes is 0");
    refused({.limits = {.string_bytes = 1U << 20}}, "1048576");
    refused({.limits = {.event_bytes = 100}}, "100");
    refused({.limits = {.event_bytes = 1U << 25}}, "33554432");
    refused({.limits = {.depth = 0}}, "depth is 0");
    refused({.limits = {.depth = 100}}, "100");
    refused({.limits = {.array_items = 0}}, "array_items");
    refused({.flush_interval = 0ms}, "0 ms");
    refused({.flush_interval = std::chrono::milliseconds(2h)}, "7200000");
    refused({.shutdown_timeout = -1ms}, "-1");
    refused({.defaults = {{"", 1}}}, "\"\"");
    refused({.defaults = {{"region", "a"}, {"region", "b"}}}, "region");
    refused({.defaults = {{"timestamp", 1}}}, "timestamp");
    refused({.defaults = {{std::string(129, 'k'), 1}}}, "kkk");
    wl::Options null_sink;
    null_sink.sinks = {nullptr};
    CHECK_THROWS_AS(wl::Recorder(null_sink), std::invalid_argument);
    CHECK_THROWS_AS(wl::memory_sink(static_cast<std::vector<std::string>*>(nullptr)), std::invalid_argument);
    CHECK_THROWS_AS(wl::callback_sink({}), std::invalid_argument);
}

TEST_CASE("More memory than there is addresses for is refused without harm") {
    CHECK_THROWS(wl::Recorder({.sinks = {nowhere()}, .memory = std::numeric_limits<std::size_t>::max()}));
    const RecordedEvents log;
}

TEST_CASE("install that throws leaves room for the next one") {
    CHECK_THROWS_AS(wl::install({.sinks = {nowhere()}, .memory = 1}), std::invalid_argument);
    auto log = RecordedEvents::installed();
    { WIDELINE_REQUEST("works"); }
    CHECK(log.events().size() == 1);
}

TEST_CASE("A journal that cannot be written to is refused at install, naming the path") {
    for (const std::string& path : {std::string("/proc/wideline"), std::string("/dev/null")}) {
        CHECK_THROWS_AS(wl::install({.sinks = {wl::journal(path)}}), std::system_error);
        CHECK_THROWS_WITH(wl::install({.sinks = {wl::journal(path)}}), Contains(path));
    }
}

TEST_CASE("Defaults and the schema version are on every event, unless the event says otherwise") {
    RecordedEvents log{{.service = {.name = "shop", .version = "2", .environment = "test", .instance = "i-1"},
                        .defaults = {{"region", "eu-1"}, {"build", 17}},
                        .schema_version = 3}};
    { wl::Request request{"plain", log.recorder()}; }
    {
        wl::Request request{"own", log.recorder()};
        wl::set("region", "us-2");
    }
    CHECK(log.event("plain").at("region") == "eu-1");
    CHECK(log.event("plain").at("build") == 17);
    CHECK(log.event("plain").at("schema_version") == 3);
    CHECK(log.event("plain").at("service.name") == "shop");
    CHECK(log.event("plain").at("service.instance") == "i-1");
    CHECK(log.event("own").at("region") == "us-2");
}

TEST_CASE("Capture gives a test what its service logged") {
    wl::testing::Capture capture;
    {
        WIDELINE_REQUEST("checkout");
        wl::set("user.id", 7);
    }
    REQUIRE(capture.events().size() == 1);
    CHECK(capture.events()[0].at("user.id") == 7);
    capture.clear();
    CHECK(capture.events().empty());
    { WIDELINE_REQUEST("again"); }
    CHECK(capture.events().size() == 1);
    CHECK(capture.recorder().stats().delivered == 2);
}

TEST_CASE("Capture takes the service's own options, but for its sinks") {
    std::vector<std::string> lines;
    {
        wl::testing::Capture capture({.service = {.name = "shop"},
                                      .sampler = wl::TailSampler{}.otherwise(0),
                                      .sinks = {wl::memory_sink(&lines)}});
        { WIDELINE_REQUEST("dropped"); }
        {
            WIDELINE_REQUEST("kept");
            wl::fail({.type = "failed"});
        }
        REQUIRE(capture.events().size() == 1);
        CHECK(capture.events()[0].at("service.name") == "shop");
    }
    CHECK(lines.empty());
}

#include "request/recorded_events.hpp"

#include <string>
#include <thread>

#include "catch.hpp"

using request_test::Json;
using request_test::RecordedEvents;
namespace wl = wideline;

TEST_CASE("A request has its last name: in its event, before the rules, and in the metrics") {
    RecordedEvents log{{.sampler = wl::TailSampler{}.keep("books", wl::name() == "GET /books/{id}").otherwise(0)}};
    {
        wl::Request request{"GET", log.recorder()};
        wl::set("book", 7);
        wl::rename("GET /{something}");
        wl::set("book", 8);
        request.rename("GET /books/{id}");
    }
    const Json event = log.event();
    CHECK(event.at("name") == "GET /books/{id}");
    CHECK(event.at("book") == 8);
    CHECK(event.at("sample_rule") == "books");
    const std::string metrics = log.recorder().metrics();
    CHECK(metrics.find("wideline_requests_total{name=\"GET /books/{id}\"} 1\n") != std::string::npos);
    CHECK(metrics.find("name=\"GET\"") == std::string::npos);
}

TEST_CASE("A name survives growth, and a hundred thousand names take the room of two") {
    RecordedEvents log{{.memory = std::size_t{4} << 20}};
    {
        wl::Request request{
            "first",
            log.recorder(),
            {.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", .tracestate = "vendor=opaque"}};
        for (int i = 0; i < 100'000; ++i) wl::rename("name " + std::to_string(i));
        wl::set("text", std::string(9000, 't'));
        wl::set("more", std::string(9000, 'm'));
        CHECK(request.tracestate() == "vendor=opaque");
    }
    const Json event = log.event();
    CHECK(event.at("name") == "name 99999");
    CHECK(event.at("text").get<std::string>().size() == 9000);
    CHECK_FALSE(event.contains("wideline.truncated"));
}

TEST_CASE("Any thread of a request may rename it, the last one wins, and a late one is counted") {
    RecordedEvents log;
    wl::Handle handle;
    const auto rename_elsewhere = [&](const char* name) {
        std::thread([&] {
            const wl::Attach attach{handle};
            wl::rename(name);
        }).join();
    };
    {
        wl::Request request{"first", log.recorder()};
        handle = request.handle();
        rename_elsewhere("second");
        wl::set("text", std::string(9000, 't'));
        wl::rename("third");
        for (int i = 0; i < 1000; ++i) rename_elsewhere("fourth");
    }
    const auto late = log.stats().late_writes;
    rename_elsewhere("fifth");
    CHECK(log.event().at("name") == "fourth");
    CHECK(log.stats().late_writes == late + 1);
}

TEST_CASE("A name of more than 128 bytes is cut between characters, and one that is empty is a name") {
    RecordedEvents log;
    {
        wl::Request request{"first", log.recorder()};
        wl::rename(std::string(127, 'x') + "ä");
    }
    CHECK(log.event().at("name") == std::string(127, 'x'));
    RecordedEvents other;
    {
        wl::Request request{"first", other.recorder()};
        wl::rename("");
    }
    CHECK(other.event().at("name") == "");
    const auto orphans = log.stats().orphan_writes;
    wl::rename("nothing");
    CHECK(log.stats().orphan_writes == orphans + 1);
}

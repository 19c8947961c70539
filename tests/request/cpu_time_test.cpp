// Options::cpu_time: each nanosecond that a thread runs is of the request that is current on it, and of no other.
#include <time.h>

#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include <wideline/flow.hpp>

#include "catch.hpp"
#include "request/recorded_events.hpp"

using namespace std::chrono_literals;
using request_test::Json;
using request_test::RecordedEvents;
namespace wl = wideline;

namespace {

double cpu_ms() {
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) * 1e3 + static_cast<double>(used.tv_nsec) / 1e6;
}

/// Runs for that long, and gives how long it ran by the thread's own clock.
double burn(double milliseconds) {
    const double began = cpu_ms();
    double now = began;
    while (now < began + milliseconds) now = cpu_ms();
    return now - began;
}

wl::Options timed() {
    wl::Options options;
    options.cpu_time = true;
    return options;
}

/// What was burned, and little more: the clock is the same, so a busy machine takes nothing from it.
void check_time(const Json& event, double burned) {
    CAPTURE(event.dump(), burned);
    CHECK(event.at("cpu.time_ms").get<double>() >= burned);
    CHECK(event.at("cpu.time_ms").get<double>() < burned + 2);
}

}  // namespace

TEST_CASE("A request costs the CPU time that its thread ran in it, not that it slept") {
    RecordedEvents log = RecordedEvents::installed(timed());
    double burned = 0;
    {
        WIDELINE_REQUEST("r");
        burned += burn(5);
        std::this_thread::sleep_for(20ms);
        burned += burn(5);
    }
    burn(10);
    check_time(log.event(), burned);
}

TEST_CASE("The CPU time of a request within a request is its own, and counted once") {
    RecordedEvents log = RecordedEvents::installed(timed());
    double outer = 0;
    double inner = 0;
    {
        WIDELINE_REQUEST("outer");
        outer += burn(3);
        {
            WIDELINE_REQUEST("inner");
            inner += burn(12);
        }
        outer += burn(3);
    }
    check_time(log.event("outer"), outer);
    check_time(log.event("inner"), inner);
}

TEST_CASE("Of requests that share a thread in flows each costs what it ran itself") {
    RecordedEvents log = RecordedEvents::installed(timed());
    double burned[3] = {};
    {
        struct Line {
            wl::Flow flow;
            std::optional<wl::Request> request;
        } lines[3];
        for (int step = 0; step < 4; ++step)
            for (int line = 0; line < 3; ++line) {
                const wl::InFlow in{lines[line].flow};
                if (step == 0) lines[line].request.emplace(std::to_string(line), wl::Caller{});
                burned[line] += burn(1 + 2 * line);
            }
        for (Line& line : lines) {
            const wl::InFlow in{line.flow};
            line.request.reset();
        }
    }
    for (int line = 0; line < 3; ++line) check_time(log.event(std::to_string(line)), burned[line]);
}

TEST_CASE("A request costs what all of its threads ran for it") {
    RecordedEvents log = RecordedEvents::installed(timed());
    double burned = 0;
    {
        WIDELINE_REQUEST("r");
        burned += burn(2);
        double there = 0;
        std::thread([handle = wl::handle(), &there] {
            burn(5);  // of nobody
            const wl::Attach attach{handle};
            there = burn(4);
        }).join();
        std::thread(wl::carry([&there] { there += burn(3); })).join();
        burned += there;
    }
    check_time(log.event(), burned);
}

TEST_CASE("A rule can ask for the CPU time, and without the option there is none") {
    wl::Options options = timed();
    options.sampler = wl::TailSampler{}.keep("dear", wl::field("cpu.time_ms") > 3).otherwise(0);
    RecordedEvents log(std::move(options));
    RecordedEvents without;
    for (const double milliseconds : {0.0, 6.0}) {
        wl::Request request{"r", log.recorder()};
        wl::Request other{"r", without.recorder()};
        other.finish();
        burn(milliseconds);
    }
    CHECK(log.event().at("sample_rule") == "dear");
    for (const Json& event : without.events()) CHECK_FALSE(event.contains("cpu.time_ms"));
}

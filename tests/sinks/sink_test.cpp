#include "request/recorded_events.hpp"

#include <zstd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "catch.hpp"

using namespace std::chrono_literals;
using request_test::Json;
using request_test::RecordedEvents;
namespace wl = wideline;

namespace {

std::string decompressed(std::string_view frame) {
    const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
    REQUIRE(size != ZSTD_CONTENTSIZE_UNKNOWN);
    REQUIRE(size != ZSTD_CONTENTSIZE_ERROR);
    CHECK(ZSTD_findFrameCompressedSize(frame.data(), frame.size()) == frame.size());
    std::string text(size, '\0');
    CHECK(ZSTD_decompress(text.data(), text.size(), frame.data(), frame.size()) == text.size());
    return text;
}

std::string rfc3339(wl::Batch::TimePoint time) {
    const auto us = time.time_since_epoch().count();
    const std::time_t seconds = us / 1'000'000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[40];
    const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    std::string fraction = std::to_string(us % 1'000'000);
    return std::string(text, size) + "." + std::string(6 - fraction.size(), '0') + fraction + "Z";
}

}  // namespace

TEST_CASE("A batch's figures are those of its lines, and its frame is its lines compressed") {
    std::vector<std::uint64_t> sequences;
    std::vector<std::uint64_t> streams;
    std::uint64_t events = 0;
    wl::Options options{.sampler = wl::TailSampler{}.sample("half", wl::field("i") < 5000, 0.5),
                        .memory = std::size_t{128} << 20,
                        .flush_interval = 20ms};
    options.sinks.push_back(wl::callback_sink([&](const wl::Batch& batch) {
        sequences.push_back(batch.sequence());
        streams.push_back(batch.stream());
        std::uint64_t lines = 0;
        std::uint64_t errors = 0;
        double weight = 0;
        std::string first = "9";
        std::string last;
        std::string_view rest = batch.json_lines();
        CHECK((rest.empty() || rest.back() == '\n'));
        while (!rest.empty()) {
            const Json event = Json::parse(rest.substr(0, rest.find('\n')));
            rest.remove_prefix(rest.find('\n') + 1);
            ++lines;
            if (event.at("outcome") == "error") ++errors;
            weight += event.at("sample_weight").get<double>();
            first = std::min(first, event.at("timestamp").get<std::string>());
            last = std::max(last, event.at("timestamp").get<std::string>());
        }
        CHECK(batch.events() == lines);
        CHECK(batch.errors() == errors);
        CHECK(batch.weight() == Approx(weight));
        if (lines != 0) {
            CHECK(rfc3339(batch.first()) == first);
            CHECK(rfc3339(batch.last()) == last);
        }
        CHECK(decompressed(batch.zstd_frame()) == batch.json_lines());
        CHECK(batch.zstd_frame().data() == batch.zstd_frame().data());  // compressed once
        events += lines;
    }));
    {
        wl::Recorder recorder{options};
        for (int i = 0; i < 6000; ++i) {
            wl::Request request{"r", recorder};
            wl::set("i", i);
            wl::set("filler", std::string(300, 'x'));
            if (i % 100 == 0) wl::fail({.type = "failed"});
            if (i % 1000 == 0) REQUIRE(recorder.flush(60s));
        }
        REQUIRE(recorder.flush(60s));
        CHECK(recorder.stats().delivered == events);
        CHECK(recorder.stats().lost.total() == 0);
    }
    REQUIRE(sequences.size() > 3);
    for (std::size_t i = 0; i < sequences.size(); ++i) CHECK(sequences[i] == i);
    CHECK(std::all_of(streams.begin(), streams.end(), [&](std::uint64_t one) { return one == streams[0]; }));
}

TEST_CASE("Every sink is given every batch, in the order in which the sinks were named, on one thread") {
    std::string order;
    std::vector<std::thread::id> threads;
    wl::Options options{.flush_interval = 1ms};
    for (const char name : {'a', 'b', 'c'})
        options.sinks.push_back(wl::callback_sink([&, name](const wl::Batch& batch) {
            order += name + std::to_string(batch.sequence());
            threads.push_back(std::this_thread::get_id());
        }));
    wl::Recorder recorder{options};
    for (int i = 0; i < 2; ++i) {
        { wl::Request request{"r", recorder}; }
        REQUIRE(recorder.flush(60s));
    }
    CHECK(order == "a0b0c0a1b1c1");
    CHECK(threads == std::vector<std::thread::id>(6, threads[0]));
    CHECK(threads[0] != std::this_thread::get_id());
}

TEST_CASE("A sink that throws disturbs no other, its batch is counted as lost and its sentence is kept") {
    std::vector<std::string> lines;
    int calls = 0;
    wl::Options options;
    options.sinks = {wl::callback_sink([&](const wl::Batch&) {
                         switch (calls++) {
                             case 0:
                                 throw std::runtime_error("the disk is full");
                             case 1:
                                 throw 42;
                             default:
                                 return;
                         }
                     }),
                     wl::memory_sink(&lines)};
    wl::Recorder recorder{options};
    std::vector<std::string> said;
    for (int i = 0; i < 3; ++i) {
        {
            wl::Request request{"r", recorder};
            if (i == 0) wl::fail({.type = "failed"});
        }
        REQUIRE(recorder.flush(60s));
        said.push_back(recorder.stats().last_error);
    }
    const wl::Stats stats = recorder.stats();
    CHECK(lines.size() == 3);
    CHECK(stats.lost.sink_failed == 2);
    CHECK(stats.lost_errors == 1);
    CHECK(stats.delivered == 1);
    CHECK(stats.batches == 3);
    CHECK(said[0] == "the disk is full");
    CHECK(said[1] != said[0]);
    CHECK_FALSE(said[1].empty());
}

TEST_CASE("What open throws comes out of the recorder's constructor, and close's is kept to itself") {
    struct Refusing : wl::Sink {
        void open(const wl::Service&) override { throw std::runtime_error("no such place"); }
        void deliver(const wl::Batch&) override {}
    };
    struct Grumbling : wl::Sink {
        void deliver(const wl::Batch&) override {}
        void close() override { throw std::runtime_error("too late"); }
    };
    CHECK_THROWS_WITH(wl::Recorder({.sinks = {std::make_shared<Refusing>()}}), "no such place");
    CHECK_NOTHROW(wl::Recorder({.sinks = {std::make_shared<Grumbling>()}}));
}

TEST_CASE("memory_sink gives lines without their ends, or parsed") {
    std::vector<std::string> lines;
    std::vector<Json> events;
    {
        wl::Recorder recorder{{.sinks = {wl::memory_sink(&lines), wl::memory_sink(&events)}}};
        for (int i = 0; i < 3; ++i) {
            wl::Request request{"r", recorder};
            wl::set("text", "line\nbreak");
            wl::set("i", i);
        }
    }
    REQUIRE(lines.size() == 3);
    REQUIRE(events.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(lines[i].front() == '{');
        CHECK(lines[i].back() == '}');
        CHECK(Json::parse(lines[i]) == events[i]);
        CHECK(events[i].at("i") == i);
        CHECK(events[i].at("text") == "line\nbreak");
    }
}

TEST_CASE("The events of one thread come in the order in which they ended") {
    RecordedEvents log{{.flush_interval = 1ms}};
    std::vector<std::jthread> threads;
    for (int t = 0; t < 3; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 1500; ++i) {
                wl::Request request{"r", log.recorder()};
                wl::set("thread", t);
                wl::set("i", i);
            }
        });
    threads.clear();
    std::vector<int> next(3, 0);
    for (const Json& event : log.events()) CHECK(event.at("i") == next[event.at("thread").get<std::size_t>()]++);
    CHECK(next == std::vector<int>(3, 1500));
}

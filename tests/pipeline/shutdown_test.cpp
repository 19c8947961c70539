#include "request/recorded_events.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using request_test::RecordedEvents;
namespace wl = wideline;

TEST_CASE("A recorder's end delivers what is queued and closes each sink once, after its last batch") {
    struct Closing : wl::Sink {
        explicit Closing(std::string& into) : log(into) {}
        void open(const wl::Service& service) override { log += "open " + service.name + ';'; }
        void deliver(const wl::Batch& batch) override { log += std::to_string(batch.events()) + ';'; }
        void close() override { log += "close;"; }
        std::string& log;
    };
    std::string first;
    std::string second;
    {
        wl::Recorder recorder{{.service = {.name = "s"},
                               .sinks = {std::make_shared<Closing>(first), std::make_shared<Closing>(second)},
                               .flush_interval = std::chrono::hours(1)}};
        for (int i = 0; i < 10; ++i) wl::Request request{"r", recorder};
    }
    CHECK(first == "open s;10;close;");
    CHECK(second == first);
}

TEST_CASE("A recorder's end waits as long as it was told to, also where that is for ever") {
    std::atomic<std::uint64_t> delivered{0};
    {
        wl::Recorder recorder{{.sinks = {wl::callback_sink([&](const wl::Batch& batch) {
                                   std::this_thread::sleep_for(100ms);
                                   delivered += batch.events();
                               })},
                               .shutdown_timeout = std::chrono::milliseconds::max()}};
        for (int i = 0; i < 10; ++i) wl::Request request{"r", recorder};
    }
    CHECK(delivered == 10);
}

TEST_CASE("A sink that never returns holds the recorder's end no longer than its timeout") {
    auto gate = std::make_shared<std::promise<void>>();
    auto left = std::make_shared<std::promise<void>>();
    auto future = left->get_future();
    std::optional<wl::Recorder> recorder{
        std::in_place,
        wl::Options{.sinks = {wl::callback_sink([gone = gate->get_future().share(), left](const wl::Batch&) {
                        gone.wait();
                        left->set_value();
                    })},
                    .flush_interval = 1ms,
                    .shutdown_timeout = 100ms}};
    { wl::Request request{"r", *recorder}; }
    wl::Request open{"open", *recorder};
    CHECK_FALSE(recorder->flush(20ms));
    const Clock::time_point begin = Clock::now();
    recorder.reset();
    CHECK(Clock::now() - begin >= 100ms);
    CHECK(Clock::now() - begin < 10s);
    open.finish();
    auto next = RecordedEvents::installed();
    { WIDELINE_REQUEST("next"); }
    CHECK(next.events().size() == 1);
    gate->set_value();  // whoever comes back after all finds its recorder still there
    CHECK(future.wait_for(60s) == std::future_status::ready);
}

TEST_CASE("A recorder may be ended by its own sink") {
    auto recorder = std::make_shared<std::optional<wl::Recorder>>();
    auto ended = std::make_shared<std::promise<void>>();
    auto future = ended->get_future();
    recorder->emplace(wl::Options{.sinks = {wl::callback_sink([recorder, ended](const wl::Batch&) {
                                      if (!recorder->has_value()) return;
                                      recorder->reset();
                                      ended->set_value();
                                  })},
                                  .flush_interval = 1ms});
    { wl::Request request{"r", **recorder}; }
    CHECK(future.wait_for(60s) == std::future_status::ready);
}

TEST_CASE("A recorder's end writes requests that are still open as far as they came, once") {
    RecordedEvents log{{.sampler = wl::TailSampler{}.errors(0).otherwise(0)}};
    wl::Request open{"open", log.recorder()};
    open.event().set("filler", std::string(9000, 'x'));
    open.event().set("step", 1);
    wl::Request inner{"inner", log.recorder()};
    wl::Request shared{"shared", log.recorder()};
    std::thread([handle = shared.handle()] {
        const wl::Attach attach{handle};
        wl::set("by", "another thread");
    }).join();
    wl::Request discarded{"discarded", log.recorder()};
    discarded.discard();
    { wl::Request ended{"ended", log.recorder()}; }
    const std::uint64_t late = log.stats().late_writes;

    const auto written = log.end();
    open.event().set("step", 2);
    inner.discard();
    shared.event().fail({.type = "late"});
    shared.finish();
    open.finish();
    std::map<std::string, request_test::Json> events;
    for (const auto& event : written) {
        CHECK(events.emplace(event.at("name"), event).second);
        CHECK(event.at("outcome") == "unfinished");
        CHECK(event.at("sample_rule") == "error");
        CHECK(event.at("sample_weight") == 1);
    }
    REQUIRE(events.size() == 3);
    CHECK(events.at("open").at("step") == 1);
    CHECK(events.at("open").at("filler").get<std::string>().size() == 9000);
    CHECK(events.at("shared").at("by") == "another thread");
    CHECK_FALSE(events.at("shared").contains("error.type"));
    RecordedEvents next;
    CHECK(next.stats().late_writes == late + 2);
}

TEST_CASE("Threads that write while the recorder ends leave whole events, each once") {
    for (int round = 0; round < 20; ++round) {
        RecordedEvents log;
        std::atomic<int> open{0};
        std::atomic<bool> stop{false};
        std::vector<std::jthread> threads;
        for (int t = 0; t < 3; ++t)
            threads.emplace_back([&, t] {
                wl::Request request{"thread", log.recorder()};
                request.event().set("thread", t);
                ++open;
                for (std::uint64_t i = 0; !stop; ++i) request.event().set("i", i);
            });
        while (open != 3) std::this_thread::yield();
        const auto events = log.end();
        stop = true;
        REQUIRE(events.size() == 3);
        for (const auto& event : events) {
            CHECK(event.at("outcome") == "unfinished");
            CHECK(event.contains("thread"));
        }
    }
}

TEST_CASE("Requests that end while the recorder ends are delivered, each once") {
    for (int round = 0; round < 30; ++round) {
        std::optional<RecordedEvents> log{std::in_place};
        std::vector<wl::Request> open;
        for (int i = 0; i < 50; ++i) open.emplace_back("open", log->recorder());
        std::jthread other{[&] {
            std::this_thread::sleep_for(std::chrono::microseconds(round * 20));
            for (wl::Request& request : open) {
                request.event().set("filler", std::string(200, 'x'));
                request.finish();
            }
        }};
        log->recorder().close();
        const wl::Stats stats = log->stats();
        const auto events = log->end();
        CAPTURE(round, stats.started, stats.in_flight, stats.kept, stats.delivered, stats.lost.shutdown);
        CHECK(events.size() == 50);
        other.join();
    }
}

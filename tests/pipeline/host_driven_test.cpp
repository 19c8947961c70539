// Options::host_driven: the recorder of a host that forbids threads. The host's loop does its work, and nothing is
// lost.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>
#include <wideline/reader.hpp>
#include <wideline/wideline.hpp>

#include "catch.hpp"
#include "journal/test_batch.hpp"

using namespace std::chrono_literals;
using wideline::testing_journal::TemporaryDirectory;
namespace wl = wideline;
using Json = nlohmann::json;

namespace {

long threads() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), std::filesystem::directory_iterator());
}

wl::Options host_driven(wl::SinkPtr sink) {
    wl::Options options{.service = {.name = "host"}, .sinks = {std::move(sink)}};
    options.host_driven = true;
    return options;
}

void serve(wl::Recorder& recorder, int first, int count) {
    for (int i = first; i < first + count; ++i) {
        wl::Request request{"served", recorder};
        wl::set("number", i);
        wl::set("text", "some text of a field, so that frames fill up");
        if (i % 10 == 0) wl::fail({.type = "tenth"});
    }
}

/// Whether the events are those of so many requests, each once, in their order.
void check_all(const std::vector<Json>& events, int count) {
    REQUIRE(events.size() == static_cast<std::size_t>(count));
    int in_order = 0;
    for (const Json& event : events) in_order += event.at("number") == in_order ? 1 : 0;
    CHECK(in_order == count);
}

void check_adds_up(const wl::Stats& stats) {
    CHECK(stats.kept == stats.delivered + stats.queued + stats.lost.total());
    CHECK(stats.lost.total() == 0);
}

}  // namespace

TEST_CASE("A host-driven recorder starts no thread, and its host's polls deliver every event once") {
    const long before = threads();
    std::vector<Json> events;
    wl::Recorder recorder{host_driven(wl::memory_sink(&events))};
    int number = 0;
    for (int turn = 0; turn < 80; ++turn, number += 50) {  // what a sanitizer is slow at still fits into memory
        serve(recorder, number, 50);
        recorder.poll(20us);
    }
    CHECK(threads() == before);
    CHECK(recorder.flush(10s));
    CHECK(threads() == before);
    check_all(events, number);
    check_adds_up(recorder.stats());
    CHECK_FALSE(recorder.poll(1ms));
}

TEST_CASE("A poll says whether there is more to do, and one without time does a little of it") {
    std::vector<Json> events;
    wl::Recorder recorder{host_driven(wl::memory_sink(&events))};
    CHECK_FALSE(recorder.poll(0ns));
    serve(recorder, 0, 100);
    int polls = 0;
    while (recorder.poll(0ns)) ++polls;
    CHECK(polls > 10);
    CHECK(recorder.flush(10s));
    check_all(events, 100);
}

TEST_CASE("What is queued when a host-driven recorder is closed is delivered, and requests after it go nowhere") {
    std::vector<Json> events;
    wl::Recorder recorder{host_driven(wl::memory_sink(&events))};
    serve(recorder, 0, 1000);
    recorder.poll(10us);
    recorder.close();
    check_all(events, 1000);
    check_adds_up(recorder.stats());
    CHECK(recorder.stats().delivered == 1000);
    serve(recorder, 1000, 10);
    CHECK_FALSE(recorder.poll(1ms));
    CHECK(recorder.flush(1ms));
    recorder.close();
    CHECK(events.size() == 1000);
}

TEST_CASE("Requests that end on other threads are in what the host's thread delivers") {
    std::vector<Json> events;
    wl::Recorder recorder{host_driven(wl::memory_sink(&events))};
    std::atomic<int> working{4};
    std::vector<std::thread> workers;
    for (int worker = 0; worker < 4; ++worker)
        workers.emplace_back([&, worker] {
            serve(recorder, worker * 1200, 1200);
            --working;
        });
    while (working != 0) recorder.poll(50us);
    for (std::thread& worker : workers) worker.join();
    recorder.close();
    CHECK(events.size() == 4800);
    check_adds_up(recorder.stats());
}

TEST_CASE("A sink that polls its own recorder, and a second thread that polls, do no harm") {
    wl::Recorder* polled = nullptr;
    std::atomic<std::uint64_t> delivered{0};  // by either thread
    std::atomic<bool> refused{true};
    wl::Recorder recorder{host_driven(wl::callback_sink([&](const wl::Batch& batch) {
        if (polled->poll(1ms) || polled->flush(1ms)) refused = false;
        delivered += batch.events();
    }))};
    polled = &recorder;
    std::atomic<bool> over{false};
    std::thread other([&] {
        while (!over) recorder.poll(10us);
    });
    for (int i = 0; i < 50; ++i) {
        serve(recorder, 0, 100);
        recorder.poll(10us);
    }
    over = true;
    other.join();
    CHECK(recorder.flush(10s));
    CHECK(delivered == 5000);
    CHECK(refused);
}

TEST_CASE("A recorder that is closed while another thread polls delivers all, and is not torn from under the poll") {
    for (int round = 0; round < 20; ++round) {
        std::vector<Json> events;
        wl::Recorder recorder{host_driven(wl::memory_sink(&events))};
        std::atomic<bool> over{false};
        std::thread host([&] {
            while (!over) recorder.poll(20us);
        });
        serve(recorder, 0, 500);
        recorder.close();
        over = true;
        host.join();
        CHECK(events.size() == 500);
        check_adds_up(recorder.stats());
    }
}

TEST_CASE("A sink that closes its own recorder leaves it to the poll that it is in") {
    wl::Recorder* closed = nullptr;
    std::uint64_t delivered = 0;
    wl::Recorder recorder{host_driven(wl::callback_sink([&](const wl::Batch& batch) {
        delivered += batch.events();
        closed->close();
    }))};
    closed = &recorder;
    serve(recorder, 0, 100);
    CHECK(recorder.flush(10s));
    CHECK(delivered == 100);
}

TEST_CASE("A journal of a host-driven recorder has every event, and so it has after kill -9") {
    const TemporaryDirectory dir;
    const std::string logs = dir.path("logs");
    const pid_t child = ::fork();
    if (child == 0) {
        wl::Recorder recorder{host_driven(wl::journal(logs))};
        serve(recorder, 0, 3000);
        for (int i = 0; i < 5; ++i) recorder.poll(100us);
        ::raise(SIGKILL);
    }
    ::waitpid(child, nullptr, 0);
    {
        wl::Recorder recorder{host_driven(wl::journal(logs))};
        serve(recorder, 3000, 2000);
        while (recorder.poll(50us)) {
        }
    }
    std::vector<bool> seen(5000, false);
    std::size_t lines = 0;
    wl::Reader reader(logs);
    for (const auto& event : reader) {
        ++lines;
        seen.at(static_cast<std::size_t>(Json::parse(std::string(event.json())).at("number").get<int>())) = true;
    }
    CHECK(lines == 5000);
    CHECK(std::count(seen.begin(), seen.end(), true) == 5000);
}

TEST_CASE("Small frames are merged by polls that have the time, and by no other, and no event is lost by it") {
    const TemporaryDirectory dir;
    const std::string logs = dir.path("logs");
    const auto frames = [&] {  // by the first bytes of each
        constexpr std::string_view kMagic = "\x28\xb5\x2f\xfd";
        std::size_t count = 0;
        for (const auto& file : std::filesystem::directory_iterator(logs)) {
            if (!file.path().string().ends_with(".jsonl.zst")) continue;
            std::ifstream in(file.path(), std::ios::binary);
            const std::string bytes{std::istreambuf_iterator<char>(in), {}};
            for (std::size_t at = bytes.find(kMagic); at != std::string::npos; at = bytes.find(kMagic, at + 1)) ++count;
        }
        return count;
    };
    wl::Recorder recorder{host_driven(wl::journal(logs, {.segment_bytes = 64 << 10}))};
    for (int number = 0; number < 10'000; number += 100) {
        serve(recorder, number, 100);
        while (recorder.poll(1ms)) {
        }
    }
    CHECK(recorder.flush(10s));
    const std::size_t written = frames();
    for (int i = 0; i < 20; ++i) recorder.poll(1ms);
    CHECK(frames() == written);
    for (int i = 0; i < 100; ++i) recorder.poll(20ms);
    CHECK(frames() < written);
    recorder.close();
    std::size_t lines = 0;
    wl::Reader reader(logs);
    for ([[maybe_unused]] const auto& event : reader) ++lines;
    CHECK(lines == 10'000);
}

TEST_CASE("With install_here each thread writes to its own recorder, and others to the one of the process") {
    std::vector<Json> of_process;
    wl::Recorder everywhere = wl::install({.service = {.name = "all"}, .sinks = {wl::memory_sink(&of_process)}});
    constexpr int kShards = 4;
    std::vector<Json> of_shard[kShards];
    std::atomic<int> refused{0};
    std::vector<std::thread> shards;
    for (int shard = 0; shard < kShards; ++shard)
        shards.emplace_back([&, shard] {
            {
                wl::Recorder recorder = wl::install_here(host_driven(wl::memory_sink(&of_shard[shard])));
                try {
                    (void)wl::install_here(host_driven(wl::memory_sink(&of_process)));
                } catch (const std::logic_error&) {
                    ++refused;
                }
                for (int i = 0; i < 500; ++i) {
                    WIDELINE_REQUEST("sharded");
                    wl::set("shard", shard);
                    recorder.poll(10us);
                }
            }
            WIDELINE_REQUEST("after");  // is the process's again
        });
    { WIDELINE_REQUEST("elsewhere"); }
    for (std::thread& shard : shards) shard.join();
    CHECK(everywhere.flush(10s));
    CHECK(of_process.size() == kShards + 1);
    CHECK(refused == kShards);
    for (int shard = 0; shard < kShards; ++shard) {
        CHECK(of_shard[shard].size() == 500);
        for (const Json& event : of_shard[shard]) CHECK(event.at("shard") == shard);
    }
}

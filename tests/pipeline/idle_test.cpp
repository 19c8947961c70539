// What a recorder costs while nothing happens, and what happens when something does.
#ifdef __linux__
#include <wideline/wideline.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>

#include "catch.hpp"

using namespace std::chrono_literals;
namespace wl = wideline;

namespace {

std::set<std::string> threads() {
    std::set<std::string> found;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) found.insert(task.path().string());
    return found;
}

/// What the kernel says of a thread.
std::string status_of(const std::string& thread, const std::string& what) {
    std::ifstream status(thread + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(what + ":\t")) return line.substr(what.size() + 2);
    return {};
}

/// How often it gave its core up of its own accord: once for each time that it was woken.
std::uint64_t waits_of(const std::string& thread) { return std::stoull(status_of(thread, "voluntary_ctxt_switches")); }

}  // namespace

TEST_CASE("An idle recorder wakes at most ten times a second, and its thread has a name") {
    std::set<std::string> others = threads();
    wl::Recorder recorder{{.sinks = {wl::callback_sink([](const wl::Batch&) {})}}};
    { wl::Request request{"r", recorder}; }
    REQUIRE(recorder.flush(60s));
    std::string pipeline;
    for (const std::string& thread : threads())
        if (!others.contains(thread)) pipeline = thread;
    CHECK(status_of(pipeline, "Name") == "wideline");

    std::this_thread::sleep_for(500ms);  // until its pauses are long
    const std::uint64_t before = waits_of(pipeline);
    const auto begin = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(1s);
    const std::uint64_t after = waits_of(pipeline);
    const std::chrono::duration<double> lasted = std::chrono::steady_clock::now() - begin;
    CHECK(static_cast<double>(after - before) <= 10 * lasted.count());
    CHECK(after > before);

    std::chrono::nanoseconds quickest = 1h;
    for (int i = 0; i < 3; ++i) {
        std::this_thread::sleep_for(200ms);
        const auto flush_began = std::chrono::steady_clock::now();
        REQUIRE(recorder.flush(60s));
        quickest = std::min<std::chrono::nanoseconds>(quickest, std::chrono::steady_clock::now() - flush_began);
    }
    CHECK(quickest < 50ms);  // no pause is waited for
}

TEST_CASE("A burst after silence loses no event") {
    // More than may wait, at a pace that the pipeline keeps up with once it has noticed.
    constexpr int kBurst = 15'000;
    std::uint64_t least_lost = kBurst;
    for (int attempt = 0; attempt < 3 && least_lost != 0; ++attempt) {  // the machine may be busy with others
        wl::Recorder recorder{{.sinks = {wl::callback_sink([](const wl::Batch&) {})}}};
        std::this_thread::sleep_for(500ms);
        for (int i = 0; i < kBurst; ++i) {
            { wl::Request request{"r", recorder}; }
            if (i % 100 == 99) std::this_thread::sleep_for(1ms);
        }
        REQUIRE(recorder.flush(60s));
        const wl::Stats stats = recorder.stats();
        CHECK(stats.delivered + stats.lost.total() == kBurst);
        least_lost = std::min(least_lost, stats.lost.total());
    }
    CHECK(least_lost == 0);
}
#endif

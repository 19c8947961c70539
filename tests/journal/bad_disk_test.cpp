// Requests, a recorder, and a journal on a disk that is full, dead, or does not answer.
#include <wideline/wideline.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <map>
#include <mutex>
#include <random>
#include <system_error>
#include <thread>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "journal/journal_sink.hpp"
#include "journal/simulated_disk.hpp"
#include "read/read_all.hpp"

using namespace std::chrono_literals;
using DiskCall = wideline::testing_journal::SimulatedDisk::Call;
using wideline::journal_files::JournalSink;
using wideline::testing_journal::SimulatedDisk;
namespace wl = wideline;

namespace {

wl::Options journal_on(SimulatedDisk& disk, wl::JournalOptions options = {}) {
    return {.sinks = {std::make_shared<JournalSink>("/logs", options, disk)}, .flush_interval = 1ms};
}

void request(const wl::Recorder& recorder, int number) {
    wl::Request request{"load", recorder};
    request.event().set("number", number);
}

/// A line of 1 KiB that compresses as real ones do: some fields that nearly all events share, ids that come once.
void log_as_a_service_does(const wl::Recorder& recorder, int number, std::mt19937_64& random) {
    static const std::vector<std::string> routes{"/cart", "/checkout", "/search", "/books/{id}", "/account/orders"};
    const auto hex = [&](std::size_t digits) {
        std::string text(digits, '0');
        for (char& digit : text) digit = "0123456789abcdef"[random() % 16];
        return text;
    };
    wl::Request request{"GET " + routes[random() % routes.size()], recorder};
    wl::Event& event = request.event();
    event.set("number", number);
    event.set("http.request.method", "GET");
    event.set("http.route", routes[random() % routes.size()]);
    event.set("http.response.status_code", random() % 20 == 0 ? 404 : 200);
    event.set("http.response.body.size", random() % 100'000);
    event.set("url.path", "/api/v2/orders/" + std::to_string(random() % 100'000));
    event.set("url.scheme", "https");
    event.set("server.address", "shop.example.org");
    event.set("user_agent.original",
              "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0");
    event.set("client.address", "10.4." + std::to_string(random() % 256) + "." + std::to_string(random() % 256));
    event.set("http.request.header.referer",
              "https://shop.example.org/search?category=" + std::to_string(random() % 50));
    event.set("http.request.id", hex(16));
    event.set("user.id", "u_" + hex(8));
    event.set("user.plan", random() % 10 == 0 ? "enterprise" : "free");
    event.set("deployment.region", "eu-central-1");
    event.set("k8s.pod.name", "checkout-7d9f8c6b5-x2x4q");
    event.set("db.system", "postgresql");
    event.set("db.queries", random() % 9);
    event.set("db.duration_ms", static_cast<double>(random() % 10'000) / 1000);
    event.set("cache.hit", random() % 3 != 0);
    event.set("feature_flags", "new_checkout,faster_search,one_click");
}

/// The numbers of the events in all segments, with how often each is there.
std::map<int, int> numbers_on(SimulatedDisk& disk) {
    std::map<int, int> numbers;
    for (const std::string& path : disk.paths()) {
        const auto reading = wl::testing_read::read_bytes(disk.contents(path));
        CHECK(reading.damage.empty());
        std::string_view rest = reading.lines;
        while (!rest.empty()) {
            const std::size_t end = rest.find('\n');
            ++numbers[nlohmann::json::parse(rest.substr(0, end)).at("number").get<int>()];
            rest.remove_prefix(end + 1);
        }
    }
    return numbers;
}

void check_once_each(SimulatedDisk& disk, int count) {
    const std::map<int, int> numbers = numbers_on(disk);
    CHECK(numbers.size() == static_cast<std::size_t>(count));
    for (const auto& [number, times] : numbers) {
        INFO("event " << number);
        REQUIRE(times == 1);
    }
}

/// Where calls stay until it is opened.
class Gate {
public:
    void pass() {
        std::unique_lock lock(mutex_);
        stuck_ = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }
    void wait_until_stuck() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stuck_; });
    }
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stuck_ = false;
    bool open_ = false;
};

}  // namespace

TEST_CASE("While a disk does not answer, requests go on, and when it does their events are written once") {
    for (const DiskCall stuck : {DiskCall::append, DiskCall::create, DiskCall::sync}) {
        SimulatedDisk disk;
        Gate gate;
        wl::JournalOptions options;
        options.durability = wl::Durability::machine;
        wl::Recorder recorder{journal_on(disk, options)};
        disk.set_faults([&](DiskCall call) {
            if (call == stuck) gate.pass();
            return 0;
        });
        request(recorder, 0);
        gate.wait_until_stuck();
        {
            std::vector<std::jthread> threads;
            for (int t = 0; t < 2; ++t)
                threads.emplace_back([&, t] {
                    for (int i = 0; i < 2000; ++i) request(recorder, 1 + 2000 * t + i);
                });
        }
        CHECK_FALSE(recorder.flush(1ms));
        CHECK(recorder.stats().kept == 4001);
        gate.open();
        REQUIRE(recorder.flush(60s));
        CHECK(recorder.stats().delivered == 4001);
        check_once_each(disk, 4001);
    }
}

TEST_CASE("A disk that is full, read-only or dead for a while loses no event, and the recorder says what is wrong") {
    for (const int error : {ENOSPC, EROFS, EIO}) {
        SimulatedDisk disk;
        wl::Recorder recorder{journal_on(disk)};
        for (int i = 0; i < 100; ++i) request(recorder, i);
        REQUIRE(recorder.flush(60s));
        disk.set_faults([error](DiskCall) { return error; });
        for (int i = 100; i < 1100; ++i) {
            request(recorder, i);
            if (i % 100 == 0) (void)recorder.flush(1ms);
        }
        CHECK_FALSE(recorder.flush(10ms));
        CHECK(recorder.stats().last_error.find(std::generic_category().message(error)) != std::string::npos);
        CHECK(recorder.stats().last_error.find("/logs") != std::string::npos);
        disk.set_faults({});
        REQUIRE(recorder.flush(60s));
        request(recorder, 1100);
        REQUIRE(recorder.flush(60s));
        const wl::Stats stats = recorder.stats();
        CHECK(stats.delivered == 1101);
        CHECK(stats.lost.total() == 0);
        CHECK(stats.queued == 0);
        check_once_each(disk, 1101);
    }
}

TEST_CASE(
    "A disk that is full, read-only or failing at the start keeps no service from beginning, and loses no event") {
    for (const int error : {ENOSPC, EDQUOT, EROFS, EIO, EMFILE}) {
        INFO(std::generic_category().message(error));
        SimulatedDisk disk;
        disk.set_faults([error](DiskCall) { return error; });
        wl::Recorder recorder{journal_on(disk)};
        CHECK(recorder.stats().last_error.find(std::generic_category().message(error)) != std::string::npos);
        CHECK(recorder.stats().last_error.find("/logs") != std::string::npos);
        for (int i = 0; i < 100; ++i) request(recorder, i);
        CHECK_FALSE(recorder.flush(10ms));
        disk.set_faults({});
        REQUIRE(recorder.flush(60s));
        CHECK(recorder.stats().delivered == 100);
        CHECK(recorder.stats().lost.total() == 0);
        check_once_each(disk, 100);
    }
}

TEST_CASE("A journal that only somebody's hand can mend is refused at the start") {
    for (const int error : {EACCES, EPERM, ENOTDIR}) {
        SimulatedDisk disk;
        disk.set_faults([error](DiskCall) { return error; });
        CHECK_THROWS_AS(wl::Recorder{journal_on(disk)}, std::system_error);
    }
}

TEST_CASE("When a disk is well again and all is written, the last error is gone") {
    SimulatedDisk disk;
    wl::Recorder recorder{journal_on(disk)};
    REQUIRE(recorder.flush(60s));
    const std::string without_trouble = recorder.stats().last_error;
    disk.set_faults([](DiskCall) { return ENOSPC; });
    request(recorder, 0);
    CHECK_FALSE(recorder.flush(10ms));
    CHECK(recorder.stats().last_error.find("1 batch waits") != std::string::npos);
    disk.set_faults({});
    REQUIRE(recorder.flush(60s));
    CHECK(recorder.stats().last_error == without_trouble);
}

TEST_CASE("Events that retention removed are in the statistics") {
    SimulatedDisk disk;
    wl::JournalOptions options;
    options.retain_bytes = 256 << 10;
    wl::Recorder recorder{journal_on(disk, options)};
    for (int i = 0; i < 400; ++i) {
        wl::Request request{"load", recorder};
        request.event().set("number", i);
        std::string noise(4000, ' ');
        std::mt19937 random(static_cast<unsigned>(i));
        for (char& c : noise) c = static_cast<char>('#' + random() % 57);
        request.event().set("noise", noise);
        request.finish();
        if (i % 10 == 0) (void)recorder.flush(60s);
    }
    REQUIRE(recorder.flush(60s));
    const wl::Stats stats = recorder.stats();
    CHECK(stats.delivered == 400);
    CHECK(stats.removed_events > 0);
    CHECK(stats.removed_events + numbers_on(disk).size() == 400);
}

TEST_CASE("A disk that is full for half a minute loses none of 5,000 events a second") {
    constexpr int kEvents = 30 * 5000;
    constexpr int kOfBatch = 950;  // their lines are just below 1 MiB
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    constexpr auto kToCompress = 80ms;
#else
    constexpr auto kToCompress = 15ms;
#endif
    SimulatedDisk disk;
    wl::Recorder recorder{{.sinks = {std::make_shared<JournalSink>("/logs", wl::JournalOptions{}, disk)}}};
    disk.set_faults([](DiskCall call) { return call == DiskCall::append ? ENOSPC : 0; });
    std::mt19937_64 random{7};
    for (int number = 0; number < kEvents; ++number) {
        log_as_a_service_does(recorder, number, random);
        // No faster than the pipeline, which has 200 ms for a batch in a service.
        if (number % kOfBatch != 0) continue;
        (void)recorder.flush(0ms);
        while (recorder.stats().batches < static_cast<std::uint64_t>(number / kOfBatch))
            std::this_thread::sleep_for(1ms);
        std::this_thread::sleep_for(kToCompress);  // and its events' arenas are free again
    }
    (void)recorder.flush(100ms);
    const wl::Stats full = recorder.stats();
    CHECK(full.lost.total() == 0);
    CHECK(full.delivered == 0);
    disk.set_faults({});
    REQUIRE(recorder.flush(60s));
    const wl::Stats stats = recorder.stats();
    CHECK(stats.delivered == kEvents);
    CHECK(stats.json_bytes > kEvents * std::uint64_t{1024});
    std::vector<bool> there(kEvents);
    for (const std::string& path : disk.paths()) {
        const auto reading = wl::testing_read::read_bytes(disk.contents(path));
        REQUIRE(reading.damage.empty());
        constexpr std::string_view kKey = "\"number\":";
        for (std::size_t at = 0; (at = reading.lines.find(kKey, at)) != std::string::npos; at += kKey.size()) {
            const auto number = static_cast<std::size_t>(std::atoi(reading.lines.c_str() + at + kKey.size()));
            REQUIRE_FALSE(there.at(number));
            there[number] = true;
        }
    }
    CHECK(std::count(there.begin(), there.end(), true) == kEvents);
}

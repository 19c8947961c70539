// Requests, a recorder, and a journal on a disk that is full, dead, or does not answer.
#include <wideline/wideline.hpp>

#include <condition_variable>
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

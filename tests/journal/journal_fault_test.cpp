// The Nth call to the operating system fails, N = 1, 2, 3 … until none does; then the segments are read.
#include "journal/journal_on_disk.hpp"

using namespace wideline;
using namespace std::chrono_literals;
using namespace testing_journal;
using journal_files::JournalSink;
using DiskCall = SimulatedDisk::Call;

namespace {

constexpr std::uint64_t kBatches = 10;

/// Delivers while calls fail, and then what has waited; how many calls that took.
int deliver_all(SimulatedDisk& disk, Durability durability, int first, int count, int error) {
    TestClock clock;
    const auto sink = open_journal(disk, clock, small_segments(durability));
    disk.fail(first, count, error);
    for (std::uint64_t i = 0; i < kBatches; ++i) {
        sink->deliver(batch(i));
        CHECK(sink->trouble().empty() == (sink->waiting() == 0));
        clock.advance(i % 3 == 0 ? 0ms : 300ms);
        sink->retry();
    }
    const int calls = disk.calls();
    disk.set_faults({});
    let_it_write(*sink, clock);
    CHECK(sink->waiting() == 0);
    sink->deliver(batch(kBatches));
    CHECK(sink->waiting() == 0);
    sink->close();
    return calls;
}

void fail_every_call(Durability durability, int count, int error, bool tears) {
    for (int first = 1;; ++first) {
        SimulatedDisk disk;
        if (tears) disk.tear_failed_appends();
        INFO("from call " << first << " on, " << count << " fail with error " << error);
        const int calls = deliver_all(disk, durability, first, count, error);
        const OnDisk found = read_disk(disk);
        // Only a disk that neither writes, nor syncs, nor cuts leaves part of a pair, or a pair that it may not have.
        REQUIRE((count > 1 || found.damaged == 0));
        REQUIRE((count > 1 || found.sequences.size() == kBatches + 1));
        REQUIRE((count > 1 || found.empty == 0));
        REQUIRE(found.damaged == found.torn_tails);
        REQUIRE(each_once(found.sequences) == each_once(first_numbers(kBatches + 1)));
        if (calls < first) return;
    }
}

}  // namespace

TEST_CASE("Whatever calls fail, and with whatever error, every batch is in the segments when the disk is well again") {
    for (const Durability durability : {Durability::process, Durability::machine})
        for (const int error : {ENOSPC, EDQUOT, EIO, EROFS, EMFILE})
            for (const int count : {1, 2, 7})
                for (const bool tears : {false, true}) fail_every_call(durability, count, error, tears);
}

TEST_CASE("What does not wait is in the files, at every moment of a disk that fails at random") {
    for (unsigned seed = 0; seed < 100; ++seed) {
        INFO("seed " << seed);
        SimulatedDisk disk;
        TestClock clock;
        if (seed % 2 == 0) disk.tear_failed_appends();
        const auto sink = open_journal(disk, clock, small_segments());
        auto random = std::make_shared<std::mt19937_64>(seed);
        disk.set_faults([random](DiskCall) { return (*random)() % 3 == 0 ? EIO : 0; });
        for (std::uint64_t i = 0; i < 12; ++i) {
            sink->deliver(batch(i));
            clock.advance(std::chrono::milliseconds((*random)() % 1000));
            sink->retry();
            disk.set_faults({});
            REQUIRE(each_once(read_disk(disk).sequences) == each_once(first_numbers(i + 1 - sink->waiting())));
            disk.set_faults([random](DiskCall) { return (*random)() % 3 == 0 ? EIO : 0; });
        }
    }
}

TEST_CASE("A full disk makes batches wait, in order, until there is space, without a restart") {
    SimulatedDisk disk;
    TestClock clock;
    const auto sink = open_journal(disk, clock, small_segments());
    disk.set_capacity(40'000);
    for (std::uint64_t i = 0; i < 9; ++i) sink->deliver(batch(i));
    REQUIRE(sink->waiting() > 3);
    CHECK(sink->trouble().find("No space left on device") != std::string::npos);
    CHECK(sink->trouble().find(std::to_string(sink->waiting()) + " batches wait") != std::string::npos);
    CHECK(read_disk(disk).damaged == 0);
    CHECK(disk.paths().size() == 1);
    CHECK_THROWS_AS(sink->close(), std::system_error);

    disk.set_capacity(1 << 30);
    clock.advance(2s);
    sink->retry();
    CHECK(sink->waiting() == 0);
    CHECK(sink->trouble().empty());
    CHECK(read_disk(disk).sequences == first_numbers(9));
}

TEST_CASE("A dead disk is tried less and less often, and at once again when it has taken a batch") {
    SimulatedDisk disk;
    TestClock clock;
    const auto sink = open_journal(disk, clock, small_segments());
    disk.set_faults([](DiskCall) { return EIO; });
    sink->deliver(batch(0));
    std::vector<std::int64_t> tries_at;
    for (std::int64_t ms = 0; ms < 20'000; ms += 10) {
        const int before = disk.calls();
        sink->retry();
        sink->deliver(batch(1));  // What is delivered meanwhile waits behind it.
        if (disk.calls() != before) tries_at.push_back(ms);
        clock.advance(10ms);
    }
    REQUIRE(tries_at.size() >= 6);
    CHECK(tries_at[0] == 50);
    CHECK(tries_at[1] == 150);
    CHECK(tries_at[2] == 350);
    CHECK(tries_at.back() - tries_at[tries_at.size() - 2] == 2000);
    disk.set_faults({});
    clock.advance(2s);
    sink->retry();
    CHECK(sink->waiting() == 0);
    disk.fail(2, 1, EIO);  // The first call asks how the segment stands.
    sink->deliver(batch(2));
    REQUIRE(sink->waiting() == 1);
    clock.advance(50ms);
    sink->retry();
    CHECK(sink->waiting() == 0);
}

TEST_CASE("After a sync that failed the segment is left, and what it may have lost is written again elsewhere") {
    for (const int error : {EIO, ENOSPC, EDQUOT}) {
        SimulatedDisk disk;
        TestClock clock;
        const auto sink = open_journal(disk, clock, small_segments(Durability::machine));
        sink->deliver(batch(0));
        disk.set_faults([error, failed = false](DiskCall call) mutable {
            if (call != DiskCall::sync || failed) return 0;
            failed = true;
            return error;
        });
        sink->deliver(batch(1));
        CHECK(sink->waiting() == 1);
        clock.advance(50ms);
        sink->retry();
        CHECK(sink->waiting() == 0);
        sink->deliver(batch(2));
        CHECK(disk.paths().size() == 2);
        CHECK(read_disk(disk).sequences == first_numbers(3));
        std::mt19937_64 random(1);
        disk.lose_power(random, SimulatedDisk::PowerLoss::any);
        CHECK(each_once(read_disk(disk).sequences) == each_once(first_numbers(3)));
    }
}

TEST_CASE("A file as large as files may be is left for a new one") {
    SimulatedDisk disk;
    TestClock clock;
    const auto sink = open_journal(disk, clock, small_segments());
    sink->deliver(batch(0));
    disk.fail(2, 1, EFBIG);
    sink->deliver(batch(1));
    clock.advance(50ms);
    sink->retry();
    CHECK(disk.paths().size() == 2);
    CHECK(read_disk(disk).sequences == first_numbers(2));
}

TEST_CASE("A segment that is full goes on where no new one can be opened") {
    SimulatedDisk disk;
    TestClock clock;
    const auto sink = open_journal(disk, clock, small_segments());
    disk.set_faults(
        [created = 0](DiskCall call) mutable { return call == DiskCall::create && created++ > 0 ? EMFILE : 0; });
    for (std::uint64_t i = 0; i < kBatches; ++i) sink->deliver(batch(i));
    CHECK(sink->waiting() == 0);
    CHECK(disk.paths().size() == 1);
    disk.set_faults({});
    sink->deliver(batch(kBatches));
    CHECK(disk.paths().size() == 2);
    sink->close();
    const OnDisk found = read_disk(disk);
    CHECK(found.closed == 2);
    CHECK(found.sequences == first_numbers(kBatches + 1));
}

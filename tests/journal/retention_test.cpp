#include <optional>

#include "journal/journal_on_disk.hpp"

using namespace wideline;
using namespace std::chrono_literals;
using namespace testing_journal;
using journal_files::FrameIndex;
using journal_files::JournalSink;
using journal_files::RemovedByRetention;

namespace {

constexpr std::int64_t kFirst = 1'795'471'200'000'000;

/// Batches of one event each that are a second apart, and each a failure in ten.
TestBatch event(std::uint64_t number) {
    const auto time = kFirst + static_cast<std::int64_t>(number) * 1'000'000;
    return TestBatch(std::string(batch(number).json_lines()), 1, number % 10 == 0 ? 1 : 0, number, time, time);
}

/// What the indexes on the disk say of events: those that are there, and those that were deleted.
struct Told {
    std::uint64_t events = 0;
    std::uint64_t errors = 0;
    RemovedByRetention removed;
};

Told told_by(SimulatedDisk& disk) {
    Told told;
    for (const std::string& path : segments_on(disk)) {
        const auto reader = read::SegmentReader::open(disk, path);
        if (!reader.ok()) continue;
        while (const auto piece = reader.value()->next()) {
            if (piece->kind != read::Piece::Kind::lines) continue;
            told.events += piece->index->events;
            told.errors += piece->index->errors;
            const RemovedByRetention& removed = piece->index->removed;
            if (removed.segments == 0) continue;
            const bool first = told.removed.segments == 0;
            told.removed.least_time =
                first ? removed.least_time : std::min(told.removed.least_time, removed.least_time);
            told.removed.greatest_time = std::max(told.removed.greatest_time, removed.greatest_time);
            told.removed.segments += removed.segments;
            told.removed.events += removed.events;
            told.removed.errors += removed.errors;
            told.removed.weight += removed.weight;
        }
    }
    return told;
}

struct Journal {
    SimulatedDisk disk;
    TestClock clock;
    std::unique_ptr<JournalSink> sink;
    std::uint64_t delivered = 0;

    explicit Journal(JournalOptions options) : sink(open_journal(disk, clock, options)) {}

    void deliver(std::uint64_t count, std::chrono::milliseconds apart = 1s) {
        for (; count > 0; --count) {
            disk.set_time(clock.wall());
            sink->deliver(event(delivered++));
            tend();
            clock.advance(apart);
        }
    }
    void tend() {
        sink->retry();
        sink->merge_some();
    }
    /// One more event, whose index tells of all that was deleted so far.
    void deliver_last() { sink->deliver(event(delivered++)); }
    [[nodiscard]] std::uint64_t bytes() const {
        std::uint64_t sum = 0;
        for (const std::string& path : disk.paths()) sum += disk.contents(path).size();
        return sum;
    }
    [[nodiscard]] std::uint64_t oldest() { return read_disk(disk).sequences.at(0); }
};

JournalOptions retaining(std::uint64_t bytes, std::chrono::seconds age, std::uint64_t free_bytes) {
    JournalOptions options = small_segments();
    options.retain_bytes = bytes;
    options.retain_age = age;
    options.retain_free_bytes = free_bytes;
    return options;
}

}  // namespace

TEST_CASE("Nothing is deleted unasked") {
    Journal journal(small_segments());
    journal.disk.set_capacity(500'000);
    journal.deliver(60);
    journal.clock.advance(24h * 365 * 10);
    journal.sink->retry();
    CHECK(journal.sink->waiting() > 0);
    CHECK(journal.sink->removed() == 0);
    CHECK(journal.oldest() == 0);
}

TEST_CASE("A journal takes no more bytes than it may, and loses its oldest events for it") {
    constexpr std::uint64_t kLimit = 330'000;
    Journal journal(retaining(kLimit, 0s, 0));
    for (int i = 0; i < 100; ++i) {
        journal.deliver(1);
        REQUIRE(journal.bytes() <= kLimit + 20'000);  // A frame more than a segment is full with.
    }
    CHECK(journal.bytes() > kLimit / 2);
    const OnDisk found = read_disk(journal.disk);
    CHECK(found.damaged == 0);
    CHECK(found.sequences.back() == 99);
    CHECK(found.sequences.size() == 100 - journal.oldest());
}

TEST_CASE("What was deleted is counted, with its times, in the files and in the statistics") {
    Journal journal(retaining(300'000, 0s, 0));
    journal.deliver(99);
    journal.deliver_last();
    const Told told = told_by(journal.disk);
    CHECK(told.removed.segments > 5);
    CHECK(told.removed.events == journal.sink->removed());
    CHECK(told.events + told.removed.events == 100);
    CHECK(told.errors + told.removed.errors == 10);
    CHECK(told.removed.weight == static_cast<double>(told.removed.events));
    CHECK(told.removed.least_time == kFirst);
    CHECK(told.removed.greatest_time == kFirst + static_cast<std::int64_t>(told.removed.events - 1) * 1'000'000);
}

TEST_CASE("A segment is deleted when it is old, without traffic too, and by the time of its last frame") {
    JournalOptions options = retaining(0, 1h, 0);
    options.segment_age = 10min;
    Journal journal(options);
    journal.deliver(30, 1min);
    journal.clock.advance(10min);
    journal.tend();
    CHECK(journal.oldest() == 0);
    journal.clock.advance(35min);  // Some are an hour old now.
    journal.tend();
    const std::uint64_t oldest = journal.oldest();
    CHECK(oldest > 5);
    CHECK(oldest < 25);
    journal.clock.advance(1h);
    journal.tend();
    CHECK(journal.disk.paths().empty());
    CHECK(journal.sink->removed() == 30);
    journal.deliver_last();
    CHECK(told_by(journal.disk).removed.events == 30);
}

TEST_CASE("A wall clock that steps ten years ahead deletes nothing, and one that steps back does no harm") {
    JournalOptions options = retaining(0, 1h, 0);
    Journal journal(options);
    journal.deliver(20);
    journal.clock.step_wall(24h * 3650);
    journal.clock.advance(2min);
    journal.deliver(20);
    CHECK(journal.sink->removed() == 0);
    const std::size_t segments = segments_on(journal.disk).size();
    journal.clock.step_wall(-24h * 3650 - 1h);
    journal.deliver(4);
    CHECK(journal.sink->removed() == 0);
    // Nor do steps close segments.
    CHECK(segments_on(journal.disk).size() <= segments + 1);
    CHECK(each_once(read_disk(journal.disk).sequences) == each_once(first_numbers(44)));
}

TEST_CASE("A disk that others fill gets room by the oldest segments, and no more than it needs") {
    Journal journal(retaining(0, 0s, 200'000));
    journal.disk.set_capacity(10'000'000);
    journal.deliver(50);
    CHECK(journal.sink->removed() == 0);
    journal.disk.write("/other", std::string(10'000'000 - journal.bytes() - 50'000, 'x'));
    journal.clock.advance(1min);
    journal.sink->retry();
    CHECK(journal.disk.free_bytes("/").value() >= 200'000);
    CHECK(journal.disk.free_bytes("/").value() < 350'000);  // A segment, and one that was being merged.
    CHECK(journal.sink->removed() > 0);
    journal.deliver(199);
    journal.deliver_last();
    CHECK(journal.sink->waiting() == 0);
    CHECK(read_disk(journal.disk).sequences.back() == 249);
    const Told told = told_by(journal.disk);
    CHECK(told.events + told.removed.events == 250);
}

TEST_CASE("A disk that is full is given room before the batches that wait are written") {
    Journal journal(retaining(0, 0s, 100'000));
    journal.disk.set_capacity(1'000'000);
    journal.deliver(40);
    journal.disk.write("/other", std::string(1'000'000 - journal.bytes(), 'x'));
    journal.deliver(5, 100ms);
    CHECK(journal.sink->waiting() == 0);
    CHECK(journal.sink->removed() > 0);
    CHECK(read_disk(journal.disk).sequences.back() == 44);
}

TEST_CASE(
    "A journal writes at once on a disk that is full of what may be deleted, and waits on one full of other things") {
    Journal journal(small_segments());
    journal.deliver(40);
    journal.sink->close();
    journal.disk.set_capacity(journal.bytes());
    {
        const auto waiting = open_journal(journal.disk, journal.clock, small_segments());
        CHECK(waiting->trouble().find("No space left on device") != std::string::npos);
        waiting->deliver(event(40));
        CHECK(waiting->waiting() == 1);
    }
    const auto sink = open_journal(journal.disk, journal.clock, retaining(0, 0s, 100'000));
    sink->deliver(event(40));
    CHECK(sink->waiting() == 0);
    CHECK(sink->removed() > 0);
    const Told told = told_by(journal.disk);
    CHECK(told.events + told.removed.events == 41);
}

TEST_CASE("Only closed segments of the service are deleted, and no other file") {
    SimulatedDisk disk;
    TestClock clock;
    const auto other = open_journal(disk, clock, small_segments(), "payment");
    other->deliver(batch(0));
    other->close();
    const auto same = open_journal(disk, clock, small_segments());
    same->deliver(batch(1));  // The oldest of the service, and open.
    disk.write(kLogs + "/notes.txt", "mine");
    disk.write(kLogs + "/checkout.jsonl.zst", "mine too");
    disk.write(kLogs + "/checkout-eu-20200101T000000Z-1-0.jsonl.zst", "another service's");
    const std::vector<std::string> before = disk.paths();

    clock.advance(1s);
    const auto sink = open_journal(disk, clock, retaining(300'000, 0s, 0));
    for (std::uint64_t i = 2; i < 60; ++i) {
        sink->deliver(batch(i));
        sink->retry();
    }
    CHECK(sink->removed() > 0);
    for (const std::string& path : before) CHECK_NOTHROW(disk.contents(path));
    same->deliver(batch(60));
    CHECK(same->waiting() == 0);

    same->close();
    for (std::uint64_t i = 61; i < 80; ++i) {
        sink->deliver(batch(i));
        sink->retry();
    }
    CHECK_THROWS(disk.contents(before.at(0)));
}

TEST_CASE("Two processes that delete at once make the room once") {
    SimulatedDisk disk;
    TestClock clock;
    const auto directory = disk.make_directory(kLogs);
    REQUIRE(directory.ok());
    const auto first = open_journal(disk, clock, retaining(300'000, 0s, 0));
    const auto lock = disk.open(kLogs);
    REQUIRE(lock.value()->try_lock().value());
    for (std::uint64_t i = 0; i < 60; ++i) {
        first->deliver(batch(i));
        first->retry();
    }
    CHECK(first->removed() == 0);
    REQUIRE(lock.value()->close().ok());
    clock.advance(1min);
    first->retry();
    CHECK(first->removed() > 0);
    std::uint64_t bytes = 0;
    for (const std::string& path : disk.paths()) bytes += disk.contents(path).size();
    CHECK(bytes > 150'000);
}

TEST_CASE("Whatever calls fail while old segments are deleted, no event is lost without being counted") {
    for (int first = 1;; ++first) {
        INFO("call " << first << " fails");
        Journal journal(retaining(256 << 10, 0s, 0));
        journal.deliver(8);
        journal.disk.fail(first, 2, EIO);
        journal.deliver(30, 100ms);
        const int calls = journal.disk.calls();
        journal.disk.set_faults({});
        let_it_write(*journal.sink, journal.clock);
        journal.deliver_last();
        const Told told = told_by(journal.disk);
        REQUIRE(journal.sink->removed() > 0);
        REQUIRE(told.removed.events == journal.sink->removed());
        REQUIRE(told.events + told.removed.events == 39);
        if (calls < first) break;
    }
}

TEST_CASE("A retention that makes no sense is refused with its value") {
    JournalOptions options;
    options.retain_age = -5s;
    CHECK_THROWS_WITH(journal(kLogs, options), Catch::Matchers::Contains("-5 s"));
}

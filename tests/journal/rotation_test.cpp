#include "journal/journal_on_disk.hpp"

using namespace wideline;
using namespace std::chrono_literals;
using namespace testing_journal;
using DiskCall = SimulatedDisk::Call;

namespace {

JournalOptions closed_after(std::chrono::seconds age) {
    JournalOptions options;
    options.segment_age = age;
    return options;
}

std::string name_of(const SimulatedDisk& disk, std::size_t segment) {
    return segments_on(disk).at(segment).substr(kLogs.size() + 1);
}

}  // namespace

TEST_CASE("A segment is closed at its size, and each has its seek table in the end") {
    SimulatedDisk disk;
    TestClock clock;
    const auto sink = open_journal(disk, clock, small_segments());
    for (std::uint64_t i = 0; i < 30; ++i) sink->deliver(batch(i));
    sink->close();
    const OnDisk found = read_disk(disk);
    CHECK(found.segments > 3);
    CHECK(found.closed == found.segments);
    CHECK(found.sequences == first_numbers(30));
    for (const std::string& path : disk.paths()) CHECK(disk.contents(path).size() < (64 << 10) + 20'000);
}

TEST_CASE("A segment is closed at its age, without traffic too") {
    SimulatedDisk disk;
    TestClock clock;
    const auto sink = open_journal(disk, clock, closed_after(1h));
    sink->deliver(batch(0));
    clock.advance(59min);
    sink->deliver(batch(1));
    CHECK(disk.paths().size() == 1);
    clock.advance(1min);
    sink->deliver(batch(2));
    CHECK(disk.paths().size() == 2);
    clock.advance(1h);
    sink->retry();
    CHECK(read_disk(disk).closed == 2);
    clock.advance(24h);
    sink->retry();
    CHECK(disk.paths().size() == 2);  // Nothing came, so nothing was begun.
    CHECK(read_disk(disk).sequences == first_numbers(3));
}

TEST_CASE("A new segment is open before the old one is closed") {
    SimulatedDisk disk;
    TestClock clock;
    const auto sink = open_journal(disk, clock, small_segments());
    auto calls = std::make_shared<std::vector<DiskCall>>();
    disk.set_faults([calls](DiskCall call) {
        if (call == DiskCall::create || call == DiskCall::close) calls->push_back(call);
        return 0;
    });
    for (std::uint64_t i = 0; i < 10; ++i) sink->deliver(batch(i));
    CHECK(*calls == std::vector<DiskCall>{DiskCall::create, DiskCall::create, DiskCall::close});
}

TEST_CASE("A wall clock that steps, back or ahead and again and again, begins no segments") {
    SimulatedDisk disk;
    TestClock clock;
    const auto sink = open_journal(disk, clock, closed_after(1h));
    for (std::uint64_t i = 0; i < 50; ++i) {
        sink->deliver(batch(i));
        sink->retry();
        clock.step_wall(i % 2 == 0 ? -1h : 24h * 3650);
    }
    CHECK(disk.paths().size() == 1);
    CHECK(read_disk(disk).sequences == first_numbers(50));
}

TEST_CASE("Segments of one process keep apart when the wall clock goes back to the second of another's start") {
    SimulatedDisk disk;
    TestClock clock;
    const auto sink = open_journal(disk, clock, small_segments());
    for (std::uint64_t i = 0; i < 40; ++i) {
        sink->deliver(batch(i));
        clock.step_wall(i % 14 == 0 ? 1h : i % 14 == 7 ? -1h : 0h);
    }
    CHECK(disk.paths().size() > 4);
    CHECK(each_once(read_disk(disk).sequences) == each_once(first_numbers(40)));
}

TEST_CASE("The years 2038, 2262 and 9999 are in the names of segments, in their order, and their times in the index") {
    using namespace std::chrono;
    std::vector<std::string> names;
    for (const sys_days day : {sys_days(1970y / 1 / 1), sys_days(2038y / 1 / 20), sys_days(2262y / 4 / 12),
                               sys_days(2263y / 1 / 1), sys_days(9999y / 12 / 31)}) {
        SimulatedDisk disk;
        TestClock clock;
        const sys_time<microseconds> moment = sys_time<microseconds>(day) + 12h + 30min;
        clock.step_wall(moment - clock.wall());
        const auto sink = open_journal(disk, clock, small_segments());
        const std::int64_t time = moment.time_since_epoch().count();
        sink->deliver(TestBatch(std::string(batch(0).json_lines()), 1, 0, 0, time, time));
        names.push_back(name_of(disk, 0));
        const auto reader = read::SegmentReader::open(disk, disk.paths().at(0));
        REQUIRE(reader.ok());
        const auto piece = reader.value()->next();
        REQUIRE((piece && piece->index != nullptr));
        CHECK(piece->index->least_time == time);
        CHECK(piece->index->greatest_time == time);
    }
    CHECK(names[0].starts_with("checkout-19700101T123000Z-"));
    CHECK(names[1].starts_with("checkout-20380120T123000Z-"));
    CHECK(names[2].starts_with("checkout-22620412T123000Z-"));
    CHECK(names[3].starts_with("checkout-22630101T123000Z-"));
    CHECK(names[4].starts_with("checkout-99991231T123000Z-"));
    for (std::size_t i = 1; i < names.size(); ++i)
        CHECK(journal_files::segment_order(names[i - 1]) < journal_files::segment_order(names[i]));
}

#include "read/segment_walk.hpp"

#include "catch.hpp"
#include "journal/simulated_disk.hpp"
#include "journal/test_batch.hpp"

using namespace wideline;
using testing_journal::event_line;
using testing_journal::SimulatedDisk;
using testing_journal::TestBatch;

namespace {

std::string frame_of(int number) { return TestBatch::compress(event_line(number, 1)); }

struct Read {
    std::string lines;
    int damaged = 0;
};

Read read_all(read::SegmentReader& segment) {
    Read all;
    while (const auto piece = segment.next()) {
        all.lines += piece->lines;
        all.damaged += piece->kind == read::Piece::Kind::damage ? 1 : 0;
    }
    return all;
}

}  // namespace

TEST_CASE("A segment that is deleted after its directory was listed is passed over, and one that was named is missed") {
    SimulatedDisk disk;
    REQUIRE(disk.make_directory("logs").ok());
    for (const char* const name : {"a", "b", "c"}) disk.write(std::string("logs/") + name + ".jsonl.zst", frame_of(1));
    std::vector<std::string> heard;
    read::SegmentWalk walk(disk, {"logs", "logs/b.jsonl.zst"}, [&](const std::string& what) { heard.push_back(what); });
    CHECK(walk.next()->path() == "logs/a.jsonl.zst");
    REQUIRE(disk.remove("logs/b.jsonl.zst").ok());
    CHECK(walk.next()->path() == "logs/c.jsonl.zst");
    CHECK(heard.empty());
    CHECK(walk.deleted() == 1);
    CHECK(walk.next() == nullptr);
    CHECK(heard.size() == 1);
    walk.begin_again();
    CHECK(walk.next()->path() == "logs/a.jsonl.zst");
    CHECK(walk.deleted() == 0);
}

TEST_CASE("A segment ends before what its writer is about to finish, and with no writer that is damage") {
    const std::string whole = frame_of(1);
    const std::string torn = frame_of(2).substr(0, 20);
    SimulatedDisk disk;
    disk.write("a.jsonl.zst", whole + torn);
    const auto read_once = [&disk] {
        read::SegmentWalk walk(disk, {"a.jsonl.zst"}, [](const std::string&) {});
        return read_all(*walk.next());
    };
    {
        const auto writer = disk.open("a.jsonl.zst");
        REQUIRE(writer.value()->try_lock().value());
        const Read read = read_once();
        CHECK(read.lines == event_line(1, 1));
        CHECK(read.damaged == 0);
    }
    const Read read = read_once();
    CHECK(read.lines == event_line(1, 1));
    CHECK(read.damaged == 1);
}

TEST_CASE("What a writer finishes and closes while its segment is read comes, each line once") {
    const std::string frames = frame_of(1) + frame_of(2) + frame_of(3);
    // Wherever the reader finds the end, the rest is there when it asks for the lock.
    for (std::size_t cut = frame_of(1).size() + 1; cut < frames.size(); ++cut) {
        SimulatedDisk disk;
        disk.write("a.jsonl.zst", frames.substr(0, cut));
        read::SegmentWalk walk(disk, {"a.jsonl.zst"}, [](const std::string&) {});
        const auto segment = walk.next();
        const auto faults = [&](SimulatedDisk::Call call) {
            if (call == SimulatedDisk::Call::lock) disk.write("a.jsonl.zst", frames);
            return 0;
        };
        disk.set_faults(faults);
        const Read read = read_all(*segment);
        REQUIRE(read.damaged == 0);
        const bool was_whole = cut == frame_of(1).size() + frame_of(2).size();
        REQUIRE(read.lines == event_line(1, 1) + event_line(2, 1) + (was_whole ? "" : event_line(3, 1)));
    }
}

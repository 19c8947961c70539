#include "read/segment_repair.hpp"

#include <algorithm>

#include "catch.hpp"
#include "journal/segment_writer.hpp"
#include "journal/simulated_disk.hpp"
#include "read/read_all.hpp"
#include "read/rebuilt_index.hpp"
#include "read/segment_check.hpp"

using namespace wideline;
using testing_journal::event_line;
using testing_journal::SimulatedDisk;
using testing_journal::TestBatch;
using testing_read::read_bytes;

namespace {

const std::string kPath = "/logs/a.jsonl.zst";
constexpr std::int64_t kBegin = 1'795'471'200'000'000;  // 2026-11-23T22:00:00Z

struct Written {
    std::string bytes;
    std::vector<std::string> lines;  // Of each frame.
    std::vector<std::size_t> index_at;
    std::vector<std::size_t> ends;
};

/// Four frames of two events, closed.
Written segment() {
    SimulatedDisk disk;
    REQUIRE(disk.make_directory("/logs").ok());
    auto file = disk.create(kPath);
    REQUIRE(file.ok());
    journal_files::SegmentWriter writer(std::move(file.value()), kPath, Durability::process);
    Written written;
    for (int i = 0; i < 4; ++i) {
        const std::string lines = event_line(2 * i, i) + event_line(2 * i + 1, i, "error");
        journal_files::FrameIndex index;
        index.stream = 7;
        index.sequence = static_cast<std::uint64_t>(i);
        index.events = 2;
        index.errors = 1;
        index.weight = 2;
        index.least_time = index.greatest_time = kBegin + i * 1'000'000LL;
        index.raw_bytes = lines.size();
        written.index_at.push_back(static_cast<std::size_t>(writer.bytes()));
        REQUIRE(writer.append(index, TestBatch::compress(lines)).ok());
        written.ends.push_back(static_cast<std::size_t>(writer.bytes()));
        written.lines.push_back(lines);
    }
    REQUIRE(writer.close().ok());
    written.bytes = disk.contents(kPath);
    return written;
}

SimulatedDisk& disk_with(SimulatedDisk& disk, const std::string& bytes) {
    REQUIRE(disk.make_directory("/logs").ok());
    disk.write(kPath, bytes);
    return disk;
}

std::vector<std::string> problems_in(const std::string& bytes) {
    testing_read::MemoryFileSystem files(bytes);
    auto opened = read::SegmentReader::open(files, "memory");
    REQUIRE(opened.ok());
    std::vector<std::string> problems;
    read::SegmentCheck checker;
    (void)checker.check(*opened.value(),
                        [&problems](std::uint64_t, const std::string& sentence) { problems.push_back(sentence); });
    return problems;
}

read::Repair repaired(SimulatedDisk& disk) {
    auto repair = read::repair_segment(kPath, disk);
    REQUIRE(repair.ok());
    return repair.value();
}

}  // namespace

TEST_CASE("A whole segment is left as it is") {
    SimulatedDisk disk;
    const Written whole = segment();
    disk_with(disk, whole.bytes);
    const auto repair = repaired(disk);
    CHECK_FALSE(repair.changed);
    CHECK(repair.frames == 4);
    CHECK(disk.contents(kPath) == whole.bytes);
}

TEST_CASE("A segment cut at any byte is repaired to its whole frames and closed, and a second repair changes nothing") {
    const Written whole = segment();
    for (std::size_t size = 0; size < whole.bytes.size(); ++size) {
        INFO("cut to " << size);
        SimulatedDisk disk;
        disk_with(disk, whole.bytes.substr(0, size));
        const auto repair = repaired(disk);
        std::string expected;
        for (std::size_t i = 0; i < 4; ++i)
            if (whole.ends[i] <= size) expected += whole.lines[i];
        const std::string bytes = disk.contents(kPath);
        REQUIRE(read_bytes(bytes).lines == expected);
        REQUIRE(problems_in(bytes).empty());
        REQUIRE(disk.paths().size() == 1);
        REQUIRE_FALSE(repaired(disk).changed);
        REQUIRE(disk.contents(kPath) == bytes);
        if (expected.size() == 0) continue;
        REQUIRE(read_bytes(bytes).skippable == 1);  // The seek table.
        const auto end = std::find_if(whole.ends.rbegin(), whole.ends.rend(), [size](auto at) { return at <= size; });
        REQUIRE(bytes.substr(0, *end) == whole.bytes.substr(0, *end));
        if (*end != size) REQUIRE(repair.cuts.size() == 1);
        // An index that is whole is dropped with its data.
        if (*end != size) REQUIRE(repair.cuts[0].offset >= *end);
    }
}

TEST_CASE("A bit flipped anywhere costs one frame at most after the repair too") {
    const Written whole = segment();
    for (std::size_t byte = 0; byte < whole.bytes.size(); ++byte) {
        INFO("byte " << byte);
        std::string damaged = whole.bytes;
        damaged[byte] = static_cast<char>(damaged[byte] ^ (1 << byte % 8));
        SimulatedDisk disk;
        disk_with(disk, damaged);
        const std::string before = read_bytes(damaged).lines;
        (void)repaired(disk);
        const std::string bytes = disk.contents(kPath);
        REQUIRE(read_bytes(bytes).lines == before);
        REQUIRE(read_bytes(bytes).damage.empty());
        REQUIRE_FALSE(repaired(disk).changed);
    }
}

TEST_CASE(
    "A lost index is made anew from the lines, in its place where its neighbours tell it, and without a run else") {
    const Written whole = segment();
    std::string damaged = whole.bytes;
    for (const std::size_t frame : {1U, 3U}) damaged[whole.index_at[frame] + 40] ^= 1;
    SimulatedDisk disk;
    disk_with(disk, damaged);
    const auto repair = repaired(disk);
    CHECK(repair.rebuilt_indexes == 2);
    CHECK(repair.cuts.size() == 2);
    CHECK(problems_in(disk.contents(kPath)).empty());
    testing_read::MemoryFileSystem files(disk.contents(kPath));
    auto reader = read::SegmentReader::open(files, "memory");
    std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
    while (const auto piece = reader.value()->next())
        if (piece->index != nullptr) places.emplace_back(piece->index->stream, piece->index->sequence);
    CHECK(places == std::vector<std::pair<std::uint64_t, std::uint64_t>>{{7, 0}, {7, 1}, {7, 2}, {0, 0}});
}

TEST_CASE("A repair in which any call fails leaves the damaged file or the repaired one") {
    const Written whole = segment();
    const std::string torn = whole.bytes.substr(0, whole.ends[2] + 50);
    for (int nth = 1;; ++nth) {
        INFO("call " << nth);
        SimulatedDisk disk;
        disk_with(disk, torn);
        disk.fail(nth, 1, EIO);
        const bool ok = read::repair_segment(kPath, disk).ok();
        const bool failed = disk.calls() >= nth;
        disk.set_faults({});
        const std::string left = disk.contents(kPath);
        REQUIRE((left == torn || problems_in(left).empty()));
        REQUIRE(read_bytes(left).lines == read_bytes(torn).lines);
        (void)repaired(disk);
        REQUIRE(problems_in(disk.contents(kPath)).empty());
        REQUIRE(disk.paths().size() == 1);
        if (failed) continue;
        REQUIRE(ok);
        break;
    }
}

TEST_CASE("What another process writes, and what is not wideline's, is not repaired") {
    SimulatedDisk disk;
    disk_with(disk, segment().bytes.substr(0, 100));
    const auto writing = disk.open(kPath);
    REQUIRE(writing.ok());
    REQUIRE(writing.value()->try_lock().value());
    CHECK(read::repair_segment(kPath, disk).failure().sentence().find("another process") != std::string::npos);
    SimulatedDisk plain;
    disk_with(plain, event_line(1, 1));
    CHECK_FALSE(read::repair_segment(kPath, plain).ok());
    CHECK(plain.contents(kPath) == event_line(1, 1));
}

#include "read/segment_check.hpp"

#include "catch.hpp"
#include "journal/segment_writer.hpp"
#include "read/read_all.hpp"

using namespace wideline;
using testing_journal::event_line;
using testing_journal::TestBatch;

namespace {

constexpr std::int64_t kBegin = 1'795'471'200'000'000;  // 2026-11-23T22:00:00Z

/// A pair of three events, one of which failed, true in everything but what `edit` changes.
std::string pair(std::uint64_t sequence, const std::function<void(journal_files::FrameIndex&)>& edit = {}) {
    const std::string lines = event_line(1, 1) + event_line(2, 2, "error") + event_line(3, 3);
    const std::string data = TestBatch::compress(lines);
    journal_files::FrameIndex index;
    index.stream = 1;
    index.sequence = sequence;
    index.events = 3;
    index.errors = 1;
    index.weight = 3;
    index.least_time = kBegin + 1'000'000;
    index.greatest_time = kBegin + 3'000'000;
    index.raw_bytes = lines.size();
    index.compressed_bytes = data.size();
    index.hash = journal_files::hash_of(data);
    if (edit) edit(index);
    std::string bytes;
    journal_files::append_index_frame(bytes, index);
    return bytes + data;
}

struct Checked {
    read::SegmentFindings findings;
    std::vector<std::string> problems;
};

Checked check(read::SegmentCheck& checker, const std::string& bytes) {
    testing_read::MemoryFileSystem files(bytes);
    auto segment = read::SegmentReader::open(files, "memory");
    REQUIRE(segment.ok());
    Checked checked;
    checked.findings = checker.check(*segment.value(), [&checked](std::uint64_t offset, const std::string& sentence) {
        checked.problems.push_back(std::to_string(offset) + ": " + sentence);
    });
    CHECK(checked.findings.problems == checked.problems.size());
    return checked;
}

std::string only_problem(const std::string& bytes) {
    read::SegmentCheck checker;
    const Checked checked = check(checker, bytes);
    REQUIRE(checked.problems.size() == 1);
    return checked.problems[0];
}

}  // namespace

TEST_CASE("A true segment has no problem, closed or not") {
    read::SegmentCheck checker;
    const Checked open = check(checker, pair(0) + pair(1));
    CHECK(open.problems.empty());
    CHECK(open.findings.frames == 2);
    CHECK(open.findings.events == 6);
    CHECK(open.findings.errors == 2);
    CHECK_FALSE(open.findings.closed);
}

TEST_CASE("Frames of segments that were deleted meanwhile are not missed, and others still are") {
    read::SegmentCheck checker;
    CHECK(check(checker, pair(0) + pair(1)).problems.empty());
    checker.expect_gap();
    CHECK(check(checker, pair(7)).problems.empty());
    const Checked missing = check(checker, pair(9));
    REQUIRE(missing.problems.size() == 1);
    CHECK(missing.problems[0].find("frame 8 is missing") != std::string::npos);
}

TEST_CASE("An index that lies is found out, whatever it lies about") {
    using journal_files::FrameIndex;
    CHECK(only_problem(pair(0, [](FrameIndex& index) { index.events = 4; })) ==
          "0: the index says 4 events, and the frame has 3");
    CHECK(only_problem(pair(0, [](FrameIndex& index) { index.errors = 0; })) ==
          "0: the index says 0 errors, and the frame has 1");
    CHECK(only_problem(pair(0, [](FrameIndex& index) { index.weight = 99; })).find("weights") != std::string::npos);
    CHECK(only_problem(pair(0, [](FrameIndex& index) { --index.least_time; })).find("time") != std::string::npos);
    CHECK(only_problem(pair(0, [](FrameIndex& index) { ++index.greatest_time; })).find("time") != std::string::npos);
    CHECK(only_problem(pair(0, [](FrameIndex& index) {
              index.pair_filter = std::string("\1\0\0\0\0\0\0", 7);
          })).find("filter denies") != std::string::npos);
    CHECK(only_problem(pair(0, [](FrameIndex& index) { ++index.hash; })).find("hash") != std::string::npos);
}

TEST_CASE("Frames that are missing, or come twice, are named") {
    CHECK(only_problem(pair(0) + pair(3))
              .ends_with(": frames 1 to 2 are missing of run 0000000000000001, between 2026-11-23T22:00:03.000000Z and "
                         "2026-11-23T22:00:01.000000Z"));
    CHECK(only_problem(pair(4) + pair(4)).ends_with(": frame 4 is here again or too late, of run 0000000000000001"));
    // A merged frame is all of its numbers.
    const auto merged = [](std::uint64_t from, std::uint64_t count) {
        return pair(from, [count](journal_files::FrameIndex& index) { index.sequences = count; });
    };
    read::SegmentCheck whole;
    CHECK(check(whole, pair(0) + merged(1, 5) + pair(6)).problems.empty());
    CHECK(only_problem(merged(0, 5) + pair(6)).find("frame 5 is missing") != std::string::npos);
    CHECK(only_problem(merged(0, 5) + pair(3)).find("frame 3 is here again") != std::string::npos);
    // Of an index that was made anew nobody knows the run.
    const auto rebuilt = pair(0, [](journal_files::FrameIndex& index) { index.stream = 0; });
    CHECK(check(whole, rebuilt + rebuilt).problems.empty());
    // A run goes on from one segment to the next; one that begins late lost its beginning to retention.
    read::SegmentCheck checker;
    CHECK(check(checker, pair(7)).problems.empty());
    CHECK(check(checker, pair(8)).problems.empty());
    CHECK(check(checker, pair(10)).problems.size() == 1);
}

TEST_CASE("A seek table that describes other frames is found out, and so is what follows one") {
    std::string bytes = pair(0);
    const auto index_bytes = static_cast<std::uint32_t>(bytes.find("\x28\xB5\x2F\xFD"));
    const auto data_bytes = static_cast<std::uint32_t>(bytes.size() - index_bytes);
    const auto raw =
        static_cast<std::uint32_t>((event_line(1, 1) + event_line(2, 2, "error") + event_line(3, 3)).size());
    std::string table;
    journal_files::append_seek_table(table, {{index_bytes, 0}, {data_bytes, raw}});
    std::string wrong_table;
    journal_files::append_seek_table(wrong_table, {{index_bytes, 0}, {data_bytes, raw + 1}});

    read::SegmentCheck checker;
    const Checked good = check(checker, bytes + table);
    CHECK(good.problems.empty());
    CHECK(good.findings.closed);
    CHECK(only_problem(bytes + wrong_table).find("seek table") != std::string::npos);
    CHECK(only_problem(bytes + table + pair(1)).find("followed by more") != std::string::npos);
}

TEST_CASE("Torn, foreign and hostile bytes are named with their offset") {
    const std::string bytes = pair(0);
    CHECK(only_problem(bytes + pair(1).substr(0, 100)).starts_with(std::to_string(bytes.size()) + ": "));
    CHECK(only_problem(bytes + std::string("\x50\x2A\x4D\x18\3\0\0\0abc", 11)).find("another program") !=
          std::string::npos);
    CHECK(only_problem(TestBatch::compress("{\"a\":1}\nnot json\n")).find("1 line is no JSON object") !=
          std::string::npos);
    read::SegmentCheck checker;
    const Checked foreign = check(checker, TestBatch::compress("{\"a\":1}\n{\"a\":2}\n"));
    CHECK(foreign.problems.empty());
    CHECK(foreign.findings.events == 2);
}

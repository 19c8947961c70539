#include "journal/segment_merge.hpp"

#include <zstd.h>

#include <algorithm>
#include <filesystem>

#include "catch.hpp"
#include "encoding/pair_hash.hpp"
#include "journal/service_traffic.hpp"
#include "journal/simulated_disk.hpp"
#include "journal/test_batch.hpp"
#include "journal/unfinished_file.hpp"
#include "pipeline/frame_batch.hpp"
#include "read/read_all.hpp"
#include "read/segment_check.hpp"
#include "read/time_text.hpp"

using namespace wideline;
using namespace wideline::journal_files;
using testing_journal::contents_of;
using testing_journal::ServiceTraffic;
using testing_journal::SimulatedDisk;
using testing_journal::TemporaryDirectory;
using testing_read::read_bytes;

namespace {

std::string compress(std::string_view lines) {
    std::string frame(ZSTD_compressBound(lines.size()), '\0');
    ZSTD_CCtx* const context = pipeline::FrameBatch::new_compressor();
    frame.resize(ZSTD_compress2(context, frame.data(), frame.size(), lines.data(), lines.size()));
    ZSTD_freeCCtx(context);
    return frame;
}

/// A pair whose index is true of its lines, each of which ServiceTraffic made.
void append(SegmentWriter& writer, const std::string& lines, std::uint64_t sequence, std::uint64_t stream = 1) {
    FrameIndex index;
    index.stream = stream;
    index.sequence = sequence;
    index.raw_bytes = lines.size();
    index.sampled_away = {{"otherwise", 19}};
    index.lost = {{"otherwise", LossReason::queue_full, 3, 1, 60}, {"", LossReason::no_memory, sequence % 2, 0, 1}};
    index.totals = {{"request", false, 20, 1, {{100, 19}, {200, 1}}}};
    index.least_time = INT64_MAX;
    index.greatest_time = INT64_MIN;
    for (std::string_view rest = lines; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
        const bool failed = rest.substr(0, rest.find('\n')).find(R"("outcome":"error")") != std::string_view::npos;
        ++index.events;
        index.errors += failed ? 1 : 0;
        index.weight += failed ? 1 : 20;
        const auto time = read::parse_rfc3339(rest.substr(14, 27));
        REQUIRE(time);
        index.least_time = std::min<std::int64_t>(index.least_time, time->time_since_epoch().count());
        index.greatest_time = std::max<std::int64_t>(index.greatest_time, time->time_since_epoch().count());
    }
    const std::string data = compress(lines);
    PairFilterBuilder filter;
    index.pair_filter = filter_of(filter, lines, {}, data.size());
    REQUIRE(writer.append(std::move(index), data).ok());
}

std::unique_ptr<SegmentWriter> new_segment(platform::FileSystem& files, const std::string& path) {
    auto file = files.create(path);
    REQUIRE(file.ok());
    return std::make_unique<SegmentWriter>(std::move(file.value()), path, Durability::process);
}

SegmentMerge::Progress merge(const std::string& path, platform::FileSystem& files = platform::FileSystem::real()) {
    SegmentMerge merging(path, files);
    auto progress = merging.step();
    while (progress == SegmentMerge::Progress::more) progress = merging.step();
    return progress;
}

/// What `wideline verify` finds in the bytes, all in one text.
std::string problems_in(const std::string& bytes) {
    std::string problems;
    testing_read::MemoryFileSystem files(bytes);
    auto segment = read::SegmentReader::open(files, "memory");
    REQUIRE(segment.ok());
    read::SegmentCheck checker;
    const auto found = checker.check(
        *segment.value(), [&problems](std::uint64_t, const std::string& sentence) { problems += sentence + "\n"; });
    if (!found.closed) problems += "not closed\n";
    return problems;
}

std::vector<FrameIndex> indexes_in(const std::string& bytes) {
    std::vector<FrameIndex> indexes;
    testing_read::MemoryFileSystem files(bytes);
    auto segment = read::SegmentReader::open(files, "memory");
    REQUIRE(segment.ok());
    while (const auto piece = segment.value()->next())
        if (piece->index != nullptr) indexes.push_back(*piece->index);
    return indexes;
}

/// A thin segment: `frames` frames of one to three events.
std::string thin_segment(platform::FileSystem& files, const std::string& path, int frames) {
    const auto writer = new_segment(files, path);
    ServiceTraffic traffic;
    std::string all;
    for (int i = 0; i < frames; ++i) {
        std::string lines;
        for (int event = 0; event <= i % 3; ++event) lines += traffic.line();
        append(*writer, lines, static_cast<std::uint64_t>(i));
        all += lines;
    }
    CHECK(merging_pays(writer->entries()));
    REQUIRE(writer->close().ok());
    return all;
}

}  // namespace

TEST_CASE("A thin segment merged is within 10 percent of one-shot zstd, and its lines are the same bytes") {
    TemporaryDirectory directory;
    const std::string path = directory.path("thin.jsonl.zst");
    const std::string lines = thin_segment(platform::FileSystem::real(), path, 4000);
    const auto before = std::filesystem::file_size(path);
    REQUIRE(merge(path) == SegmentMerge::Progress::merged);
    const std::string bytes = contents_of(path);
    CHECK((read_bytes(bytes).lines == lines));
    CHECK(problems_in(bytes).empty());
    CHECK(static_cast<double>(bytes.size()) <= 1.1 * static_cast<double>(compress(lines).size()));
    CHECK(bytes.size() * 2 < before);
    CHECK(directory.files().size() == 1);

    const auto indexes = indexes_in(bytes);
    CHECK(indexes.size() == lines.size() / (1 << 20) + 2);  // The first one stays alone.
    std::uint64_t next = 0;
    std::uint64_t requests = 0;
    std::uint64_t away = 0;
    std::uint64_t lost = 0;
    double lost_weight = 0;
    for (const FrameIndex& index : indexes) {
        CHECK(index.sequence == next);
        next += index.sequences;
        CHECK(index.sampled_away.size() == 1);
        away += index.sampled_away.at(0).requests;
        CHECK(index.lost.size() == 2);
        lost += index.lost.at(0).events;
        lost_weight += index.lost.at(0).weight;
        REQUIRE(index.totals);
        requests += index.totals->at(0).requests;
        CHECK(index.totals->at(0).durations.at(0).requests == 19 * index.sequences);
    }
    CHECK(next == 4000);
    CHECK(requests == 20 * next);
    CHECK(away == 4000 * 19);
    CHECK(lost == 4000 * 3);
    CHECK(lost_weight == 4000 * 60);
}

TEST_CASE("A merged frame is found by the pairs of all its events") {
    TemporaryDirectory directory;
    const std::string path = directory.path("thin.jsonl.zst");
    const std::string lines = thin_segment(platform::FileSystem::real(), path, 100);
    REQUIRE(merge(path) == SegmentMerge::Progress::merged);
    const auto indexes = indexes_in(contents_of(path));
    REQUIRE(indexes.size() == 2);
    REQUIRE_FALSE(indexes[1].pair_filter.empty());
    for (std::size_t at = lines.find('\n'); (at = lines.find("\"trace_id\":\"", at)) != std::string::npos;) {
        at += 12;
        CHECK(filter_may_contain(indexes[1].pair_filter, pair_hash(key_hash("trace_id"), lines.substr(at, 32))));
    }
}

TEST_CASE("Frames of another run, behind a gap, or large stay apart, and large ones are copied as they are") {
    TemporaryDirectory directory;
    const std::string path = directory.path("mixed.jsonl.zst");
    ServiceTraffic traffic;
    const auto writer = new_segment(platform::FileSystem::real(), path);
    const std::string large = traffic.lines(1 << 20);
    for (std::uint64_t sequence : {0, 1, 2, 5, 6}) append(*writer, traffic.line(), sequence);
    append(*writer, large, 7);
    for (std::uint64_t sequence : {0, 1}) append(*writer, traffic.line(), sequence, 2);
    REQUIRE(writer->close().ok());
    const std::string before = contents_of(path);
    REQUIRE(merge(path) == SegmentMerge::Progress::merged);
    const std::string after = contents_of(path);
    CHECK((read_bytes(after).lines == read_bytes(before).lines));
    CHECK(after.find(compress(large)) != std::string::npos);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
    for (const FrameIndex& index : indexes_in(after)) ranges.emplace_back(index.sequence, index.sequences);
    CHECK(ranges == std::vector<std::pair<std::uint64_t, std::uint64_t>>{{0, 1}, {1, 2}, {5, 2}, {7, 1}, {0, 2}});
}

TEST_CASE("A segment of full frames is left as it is, and so is one with a few small ones among them") {
    std::vector<SeekEntry> entries;
    for (int i = 0; i < 100; ++i) entries.insert(entries.end(), {{7000, 0}, {130'000, 1 << 20}});
    CHECK_FALSE(merging_pays(entries));
    entries.insert(entries.end(), {{150, 0}, {2000, 8000}, {150, 0}, {2000, 8000}});
    CHECK_FALSE(merging_pays(entries));
    CHECK_FALSE(merging_pays({}));
    CHECK_FALSE(merging_pays({{150, 0}, {2000, 8000}}));
    CHECK_FALSE(merging_pays({{150, 0}, {2000, 8000}, {150, 0}, {2000, 8000}}));
    CHECK(merging_pays({{150, 0}, {2000, 8000}, {150, 0}, {2000, 8000}, {150, 0}, {2000, 8000}}));
}

TEST_CASE("A merge that any call fails leaves the old file or the new one, whole, and nothing beside it") {
    for (int nth = 1;; ++nth) {
        SimulatedDisk disk;
        REQUIRE(disk.make_directory("/logs").ok());
        const std::string path = "/logs/thin.jsonl.zst";
        const std::string lines = thin_segment(disk, path, 20);
        const std::string before = disk.contents(path);
        disk.fail(nth, 1, EIO);
        const auto progress = merge(path, disk);
        INFO("call " << nth);
        const bool failed = disk.calls() >= nth;
        disk.fail(1, 0, 0);
        REQUIRE((read_bytes(disk.contents(path)).lines == lines));
        REQUIRE(problems_in(disk.contents(path)).empty());
        if (progress == SegmentMerge::Progress::given_up) REQUIRE((disk.contents(path) == before));
        if (!failed) {
            REQUIRE(progress == SegmentMerge::Progress::merged);
            REQUIRE(disk.paths().size() == 1);
            break;
        }
    }
}

TEST_CASE("A process that dies while it merges leaves the old file, and the next journal removes the rest") {
    TemporaryDirectory directory;
    const std::string path = directory.path("thin.jsonl.zst");
    const std::string lines = thin_segment(platform::FileSystem::real(), path, 3000);
    {
        SegmentMerge living(path, platform::FileSystem::real());
        REQUIRE(living.step() == SegmentMerge::Progress::more);
        const auto files = directory.files();
        REQUIRE(files.size() == 2);
        CHECK((read_bytes(contents_of(path)).lines == lines));
        remove_unfinished_files(platform::FileSystem::real(), directory.path());
        CHECK(directory.files().size() == 2);  // It is locked: its process lives.
        testing_journal::write_file(directory.path(".dead.jsonl.zst.unfinished"), "half");
        remove_unfinished_files(platform::FileSystem::real(), directory.path());
        CHECK(directory.files() == files);
    }
    CHECK(directory.files().size() == 1);
}

TEST_CASE("A segment that is removed while it is merged does not come back, and a damaged one is left as it is") {
    TemporaryDirectory directory;
    const std::string path = directory.path("thin.jsonl.zst");
    thin_segment(platform::FileSystem::real(), path, 3000);
    {
        SegmentMerge merging(path, platform::FileSystem::real());
        REQUIRE(merging.step() == SegmentMerge::Progress::more);
        std::filesystem::remove(path);
        while (merging.step() == SegmentMerge::Progress::more) continue;
    }
    CHECK(directory.files().empty());

    thin_segment(platform::FileSystem::real(), path, 50);
    std::string bytes = contents_of(path);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    testing_journal::write_file(path, bytes);
    CHECK(merge(path) == SegmentMerge::Progress::given_up);
    CHECK(contents_of(path) == bytes);
    CHECK(directory.files().size() == 1);
}

TEST_CASE("A segment that another process holds is not merged, and nobody else can have one that is being merged") {
    TemporaryDirectory directory;
    auto& files = platform::FileSystem::real();
    const std::string path = directory.path("a.jsonl.zst");
    thin_segment(files, path, 30);
    const std::string before = contents_of(path);
    auto other = files.open(path);
    REQUIRE(other.ok());
    REQUIRE(other.value()->try_lock().value());
    CHECK(merge(path) == SegmentMerge::Progress::given_up);
    CHECK(contents_of(path) == before);
    CHECK(directory.files().size() == 1);

    other = files.open(path);  // The lock went with the file.
    SegmentMerge merging(path, files);
    REQUIRE(merging.step() == SegmentMerge::Progress::more);
    CHECK_FALSE(other.value()->try_lock().value());
    while (merging.step() == SegmentMerge::Progress::more) {
    }
    CHECK(contents_of(path) != before);
}

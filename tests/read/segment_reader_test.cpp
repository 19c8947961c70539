#include "read/segment_reader.hpp"

#include <map>
#include <random>

#include "catch.hpp"
#include "journal/line_pairs.hpp"
#include "journal/little_endian.hpp"
#include "journal/pair_filter.hpp"
#include "journal/segment_writer.hpp"
#include "read/read_all.hpp"

using namespace wideline;
using testing_journal::contents_of;
using testing_journal::event_line;
using testing_journal::TemporaryDirectory;
using testing_journal::TestBatch;
using testing_read::read_bytes;

namespace {

constexpr int kFrames = 4;

/// A closed segment of kFrames pairs, its lines by frame, and where its frames begin.
struct Segment {
    std::vector<std::string> lines;
    std::string bytes;
    std::vector<std::size_t> pair_ends;  // Where each pair ends in the file.

    [[nodiscard]] std::string all_lines() const {
        std::string all;
        for (const std::string& frame : lines) all += frame;
        return all;
    }
};

std::string small_filter(const std::string& lines) {
    std::vector<std::uint64_t> pairs;
    REQUIRE(journal_files::append_pairs_of_lines(pairs, lines));
    journal_files::PairFilterBuilder filter;
    filter.add(pairs);
    return filter.finish(lines.size());
}

Segment small_segment(int first_number = 0) {
    TemporaryDirectory directory;
    auto file = platform::FileSystem::real().create(directory.path("segment"));
    REQUIRE(file.ok());
    journal_files::SegmentWriter writer(std::move(file.value()), directory.path("segment"), Durability::process);
    Segment segment;
    for (int frame = 0; frame < kFrames; ++frame) {
        std::string lines;
        for (int i = 0; i < 3; ++i) lines += event_line(first_number + 3 * frame + i, 60 * frame + i);
        journal_files::FrameIndex index;
        index.stream = 1;
        index.sequence = static_cast<std::uint64_t>(frame);
        index.events = 3;
        index.weight = 3;
        index.least_time = 60'000'000LL * frame;
        index.greatest_time = index.least_time + 2'000'000;
        index.raw_bytes = lines.size();
        index.sampled_away = {{"otherwise", 10}};
        index.pair_filter = small_filter(lines);
        REQUIRE(writer.append(std::move(index), TestBatch::compress(lines)).ok());
        segment.lines.push_back(lines);
        segment.pair_ends.push_back(static_cast<std::size_t>(writer.bytes()));
    }
    REQUIRE(writer.close().ok());
    segment.bytes = contents_of(directory.files().at(0));
    return segment;
}

/// How many of the segment's frames came back whole; -1 where something came back that was never written.
int whole_frames_in(const Segment& segment, const std::string& lines) {
    std::string rest = lines;
    int found = 0;
    for (const std::string& frame : segment.lines) {
        if (!rest.starts_with(frame)) continue;
        rest.erase(0, frame.size());
        ++found;
    }
    return rest.empty() ? found : -1;
}

/// The skippable frame of an index with `edit` made to its payload, its hash made right again.
std::string edited_index_frame(const std::function<void(std::string& payload)>& edit, const std::string& data_frame,
                               const std::string& lines) {
    journal_files::FrameIndex index;
    index.events = 3;
    index.raw_bytes = lines.size();
    index.compressed_bytes = data_frame.size();
    index.hash = journal_files::hash_of(data_frame);
    std::string frame;
    journal_files::append_index_frame(frame, index);
    std::string payload = frame.substr(8, frame.size() - 16);
    edit(payload);
    journal_files::append_little_endian(payload, journal_files::hash_of(payload));
    std::string edited;
    journal_files::append_little_endian(edited, journal_files::kIndexMagic);
    journal_files::append_little_endian(edited, static_cast<std::uint32_t>(payload.size()));
    return edited + payload;
}

}  // namespace

TEST_CASE("A bit flipped anywhere costs one frame at most, and is said unless nothing was lost") {
    const Segment segment = small_segment();
    for (std::size_t byte = 0; byte < segment.bytes.size(); ++byte) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string damaged = segment.bytes;
            damaged[byte] = static_cast<char>(damaged[byte] ^ (1 << bit));
            const auto reading = read_bytes(damaged);
            INFO("byte " << byte << ", bit " << bit);
            const int whole = whole_frames_in(segment, reading.lines);
            REQUIRE(whole >= kFrames - 1);
            if (whole < kFrames) REQUIRE_FALSE(reading.damage.empty());
            REQUIRE(reading.refusal.empty());
        }
    }
}

TEST_CASE("A segment cut at any byte gives every whole frame, and names the torn one") {
    const Segment segment = small_segment();
    for (std::size_t size = 0; size < segment.bytes.size(); ++size) {
        const auto reading = read_bytes(segment.bytes.substr(0, size));
        const auto whole = std::count_if(segment.pair_ends.begin(), segment.pair_ends.end(),
                                         [size](std::size_t end) { return end <= size; });
        INFO("cut to " << size);
        REQUIRE(whole_frames_in(segment, reading.lines) == whole);
        const bool at_boundary = size == 0 || std::count(segment.pair_ends.begin(), segment.pair_ends.end(), size) == 1;
        REQUIRE(reading.damage.empty() == at_boundary);
        REQUIRE(reading.damage.size() <= 1);
    }
}

TEST_CASE("Bytes put in or taken out anywhere cost one frame at most") {
    const Segment segment = small_segment();
    for (std::size_t at = 0; at <= segment.bytes.size(); ++at) {
        std::string longer = segment.bytes;
        longer.insert(at, "foreign bytes");
        INFO("at " << at);
        REQUIRE(whole_frames_in(segment, read_bytes(longer).lines) >= kFrames - 1);
        std::string shorter = segment.bytes;
        shorter.erase(at, 1);
        REQUIRE(whole_frames_in(segment, read_bytes(shorter).lines) >= kFrames - 1);
    }
}

TEST_CASE("A tail of zeros is named, and costs nothing") {
    const Segment segment = small_segment();
    const auto reading = read_bytes(segment.bytes + std::string(100'000, '\0'));
    CHECK(reading.lines == segment.all_lines());
    REQUIRE(reading.damage.size() == 1);
    CHECK(reading.damage[0] == std::to_string(segment.bytes.size()) + "+100000: these bytes are no frame");
}

TEST_CASE("Segments one after the other are read as one") {
    const Segment first = small_segment();
    const Segment second = small_segment(1000);
    const auto reading = read_bytes(first.bytes + second.bytes);
    CHECK(reading.lines == first.all_lines() + second.all_lines());
    CHECK(reading.damage.empty());
    CHECK(reading.skippable == 2);
}

TEST_CASE("Reading ends on any bytes") {
    std::mt19937_64 random(20261123);
    const Segment segment = small_segment();
    for (int round = 0; round < 3000; ++round) {
        std::string bytes = segment.bytes;
        const auto edits = 1 + random() % 30;
        for (std::uint64_t i = 0; i < edits; ++i) {
            const std::size_t at = random() % bytes.size();
            switch (random() % 4) {
                case 0:
                    bytes[at] = static_cast<char>(random());
                    break;
                case 1:
                    bytes.erase(at, random() % 40);
                    break;
                case 2:
                    bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 200));
                    break;
                default:
                    bytes.insert(at, std::string_view("\x28\xB5\x2F\xFD\x57\x2A\x4D\x18\x5E\x2A\x4D\x18", 12));
                    break;
            }
            if (bytes.empty()) bytes = "x";
        }
        const auto reading = read_bytes(bytes);
        // The checksums stand between damage and lines: whatever comes back was written.
        for (std::size_t at = 0; at < reading.lines.size();) {
            const std::size_t end = reading.lines.find('\n', at);
            REQUIRE(end != std::string::npos);
            REQUIRE(segment.all_lines().find(reading.lines.substr(at, end + 1 - at)) != std::string::npos);
            at = end + 1;
        }
    }
}

TEST_CASE("Frames whose index says that they are not wanted are not decompressed") {
    const Segment segment = small_segment();
    const auto reading =
        read_bytes(segment.bytes, [](const journal_files::FrameIndex& index) { return index.sequence == 2; });
    CHECK(reading.lines == segment.lines[2]);
    CHECK(reading.skipped == kFrames - 1);
    CHECK(reading.damage.empty());
}

TEST_CASE("A frame that is not wanted and is cut off is named all the same") {
    const Segment segment = small_segment();
    const auto reading = read_bytes(segment.bytes.substr(0, segment.pair_ends.back() - 1),
                                    [](const journal_files::FrameIndex&) { return false; });
    CHECK(reading.skipped == kFrames - 1);
    CHECK(reading.damage.size() == 1);
}

TEST_CASE("An index with a reserved flag is refused, and its data frame is read without it") {
    const std::string lines = event_line(1, 1) + event_line(2, 2) + event_line(3, 3);
    const std::string data = TestBatch::compress(lines);
    const auto reserved = edited_index_frame([](std::string& payload) { payload[12] = 1; }, data, lines);
    auto reading = read_bytes(reserved + data);
    CHECK(reading.lines == lines);
    CHECK(reading.indexed == 0);
    CHECK(reading.damage.empty());
    CHECK(reading.indexes_of_later_form.size() == 1);

    const auto newer = edited_index_frame([](std::string& payload) { payload[8] = 9; }, data, lines);
    reading = read_bytes(newer + data);
    CHECK(reading.lines == lines);
    CHECK(reading.indexes_of_later_form.at(0).find("version 9") != std::string::npos);
}

TEST_CASE("Unused flags, a longer fixed part and unknown sections are ignored") {
    const std::string lines = event_line(1, 1);
    const std::string data = TestBatch::compress(lines);
    const auto later = edited_index_frame(
        [](std::string& payload) {
            payload[14] = '\xFF';
            payload[10] = 112;                                    // Eight bytes more in the fixed part,
            payload += "whatever";                                // which are these,
            payload += std::string("\x63\0\0\0\3\0\0\0abc", 11);  // then a section of type 99,
            payload += std::string("\1\0\1\0\1\0\0\0x", 9);       // and one of ours with a flag.
        },
        data, lines);
    const auto reading = read_bytes(later + data);
    CHECK(reading.lines == lines);
    CHECK(reading.indexed == 1);
    CHECK(reading.damage.empty());
}

TEST_CASE("An index that belongs to another frame costs no line") {
    const std::string lines = event_line(1, 1);
    const std::string data = TestBatch::compress(lines);
    const auto index =
        edited_index_frame([](std::string& payload) { payload[80] = static_cast<char>(payload[80] + 3); }, data, lines);
    const auto reading = read_bytes(index + data + data);
    CHECK(reading.lines == lines + lines);
    CHECK(reading.damage.size() == 1);
}

TEST_CASE("Files of other programs are read: no index, lines across frames, no content size, no last newline") {
    std::string lines;
    for (int i = 0; i < 20'000; ++i) lines += event_line(i, i % 3600);
    lines += "{\"last\":true}";
    std::string bytes;
    for (std::size_t at = 0; at < lines.size(); at += 70'001) bytes += TestBatch::compress(lines.substr(at, 70'001));
    CHECK(read_bytes(bytes).lines == lines);

    ZSTD_CCtx* const context = ZSTD_createCCtx();
    std::string streamed(ZSTD_compressBound(lines.size()), '\0');
    ZSTD_outBuffer out{streamed.data(), streamed.size(), 0};
    for (std::size_t at = 0; at < lines.size(); at += 1000) {
        ZSTD_inBuffer in{lines.data() + at, std::min<std::size_t>(1000, lines.size() - at), 0};
        ZSTD_compressStream2(context, &out, &in, ZSTD_e_continue);
    }
    ZSTD_inBuffer none{nullptr, 0, 0};
    ZSTD_compressStream2(context, &out, &none, ZSTD_e_end);
    streamed.resize(out.pos);
    ZSTD_freeCCtx(context);
    CHECK(read_bytes(streamed).lines == lines);
    CHECK(read_bytes(streamed).damage.empty());
    // Before it or behind it may lie a segment.
    const Segment segment = small_segment();
    CHECK(read_bytes(segment.bytes + streamed).lines == segment.all_lines() + lines);

    const auto cut = read_bytes(streamed.substr(0, streamed.size() / 2));
    CHECK(cut.damage.size() == 1);
    CHECK(lines.starts_with(cut.lines));
}

TEST_CASE("Plain JSON lines are read, long ones too") {
    const std::string lines =
        event_line(1, 1) + "{\"long\":\"" + std::string(3'000'000, 'x') + "\"}\n" + event_line(2, 2);
    CHECK(read_bytes(lines).lines == lines);
    CHECK(read_bytes(lines).damage.empty());
}

TEST_CASE("A line that is too long is left out, to its end, and costs no other") {
    const std::string lines =
        event_line(1, 1) + "{\"a\":\"" + std::string(std::size_t{65} << 20, 'x') + "\",\"b\":1}\n" + event_line(2, 2);
    for (const std::string& file : {lines, TestBatch::compress(lines)}) {
        const auto reading = read_bytes(file);
        CHECK(reading.lines == event_line(1, 1) + event_line(2, 2));
        REQUIRE(reading.damage.size() == 1);
        CHECK(reading.damage[0].find("a line is longer than 64 MiB") != std::string::npos);
    }
}

TEST_CASE("A mark of UTF-8 at its beginning does not make a file none of lines") {
    const std::string marked = "\xEF\xBB\xBF{\"a\":1}\n";
    CHECK(read_bytes(marked).refusal.empty());
    CHECK(read_bytes(marked).lines == marked);
}

TEST_CASE("A file that is no segment is refused, an empty one is not") {
    CHECK(read_bytes("root:x:0:0\n").refusal == "memory is not a segment: it is neither .jsonl.zst nor JSON lines");
    CHECK_FALSE(read_bytes(std::string(1'000'000, '\x1f')).refusal.empty());
    CHECK(read_bytes("").refusal.empty());
    CHECK(read_bytes("").lines.empty());
}

TEST_CASE("A frame that claims to be huge is not believed") {
    // Content size 2^60, one empty last block.
    const std::string bomb("\x28\xB5\x2F\xFD\xE0\0\0\0\0\0\0\0\x10\x01\0\0", 16);
    const Segment segment = small_segment();
    const auto reading = read_bytes(bomb + segment.bytes);
    CHECK(reading.lines == segment.all_lines());
    CHECK_FALSE(reading.damage.empty());
}

// docs/file-format.md shows a segment byte for byte. Here it is written by the code and compared, and read back from
// the page, so that neither can move without the other.
#include <fmt/format.h>

#include <fstream>

#include "catch.hpp"
#include "encoding/pair_hash.hpp"
#include "journal/pair_filter.hpp"
#include "journal/segment_writer.hpp"
#include "read/read_all.hpp"

using namespace wideline;
using testing_journal::contents_of;
using testing_journal::TemporaryDirectory;
using testing_journal::TestBatch;

namespace {

const std::string kLine = "{\"timestamp\":\"2026-11-23T22:01:02.123456Z\",\"name\":\"checkout\"}\n";

/// One frame with one raw block: what zstd makes of so short a line, written out because other versions of zstd may
/// make something else of it.
std::string raw_frame(const std::string& content) {
    std::string frame("\x28\xB5\x2F\xFD\x24", 5);  // One segment, checksum, content size of one byte.
    frame.push_back(static_cast<char>(content.size()));
    const std::size_t block = content.size() << 3 | 1;  // Raw, and the last.
    for (int byte = 0; byte < 3; ++byte) frame.push_back(static_cast<char>(block >> (8 * byte) & 0xFF));
    const std::string checksummed = TestBatch::compress(content);
    return frame + content + checksummed.substr(checksummed.size() - 4);
}

std::string example_segment() {
    TemporaryDirectory directory;
    auto file = platform::FileSystem::real().create(directory.path("segment"));
    REQUIRE(file.ok());
    journal_files::SegmentWriter writer(std::move(file.value()), directory.path("segment"), Durability::process);
    journal_files::FrameIndex index;
    index.stream = 0x1122334455667788;
    index.sequence = 5;
    index.events = 1;
    index.errors = 0;
    index.weight = 100;
    index.least_time = 1'795'471'262'123'456;
    index.greatest_time = 1'795'471'262'123'456;
    index.raw_bytes = kLine.size();
    index.sampled_away = {{"otherwise", 99}};
    journal_files::PairFilterBuilder filter;
    filter.add(std::vector<std::uint64_t>{pair_hash(key_hash("name"), "checkout")});
    index.pair_filter = filter.finish(kLine.size());
    REQUIRE(writer.append(index, raw_frame(kLine)).ok());
    REQUIRE(writer.close().ok());
    return contents_of(directory.path("segment"));
}

/// As `hexdump -C` prints it, without its repetitions.
std::string dump(const std::string& bytes) {
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += 16) {
        const std::string row = bytes.substr(at, 16);
        std::string hex;
        std::string shown;
        for (std::size_t i = 0; i < row.size(); ++i) {
            hex += fmt::format("{}{:02x}", i == 8 ? "  " : i == 0 ? "" : " ", static_cast<unsigned char>(row[i]));
            shown.push_back(row[i] >= ' ' && row[i] <= '~' ? row[i] : '.');
        }
        text += fmt::format("{:08x}  {:<48}  |{}|\n", at, hex, shown);
    }
    return text;
}

/// The rows of the page that begin as a dump's do.
std::string dump_in_page() {
    std::ifstream page(WIDELINE_SOURCE_DIR "/docs/file-format.md");
    std::string rows;
    for (std::string line; std::getline(page, line);)
        if (line.size() > 10 && line.find_first_not_of("0123456789abcdef") == 8 && line.substr(8, 2) == "  ")
            rows += line + "\n";
    return rows;
}

}  // namespace

TEST_CASE("The segment in docs/file-format.md is what the code writes, and reads") {
    const std::string segment = example_segment();
    CHECK(dump_in_page() == dump(segment));
    const auto reading = testing_read::read_bytes(segment);
    CHECK(reading.lines == kLine);
    CHECK(reading.indexed == 1);
    CHECK(reading.damage.empty());
}

// What `wideline ps` reads of a process that lives: whole, of one moment, and nothing of what damage made up.
#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "event/arena_file.hpp"
#include "event/recovered_arenas.hpp"
#include "journal/test_batch.hpp"
#include "pipeline/event_encoder.hpp"
#include "platform/lock_table.hpp"

using namespace wideline;
using namespace wideline::detail;

namespace {

constexpr std::size_t kBlocks = 64;

/// A process's arenas, with requests in them by hand.
class Living {
public:
    Living() {
        auto made =
            ArenaFile::create(platform::FileSystem::real(), path(), kBlocks * ArenaMemory::kBlockBytes, 1, "{}");
        REQUIRE(made.ok());
        arenas = std::move(made.value());
        REQUIRE(arenas->reserve(kBlocks * ArenaMemory::kBlockBytes));
    }
    [[nodiscard]] std::string path() const { return directory_.path("arenas"); }

    /// In a block of its own, numbered from 1, with a name.
    ArenaHeader& begin(std::uint32_t block, Stage stage, std::uint32_t capacity = ArenaMemory::kBlockBytes) {
        auto* const arena = new (at(block)) ArenaHeader;
        arena->span_id = arena->trace_id_low = block;
        arena->capacity = capacity;
        arena->committed = kFirstRecord;
        append(*arena, "", Type::name, "request " + std::to_string(block));
        arena->enter(stage);
        return *arena;
    }
    static void append(ArenaHeader& arena, std::string_view key, Type type, std::string_view value) {
        std::byte* const to = reinterpret_cast<std::byte*>(&arena) + arena.bytes();
        const std::uint64_t header = Record::header_of(0, key.size(), type, Operation::set, value.size());
        std::memcpy(to, &header, sizeof header);
        std::memcpy(to + sizeof header, key.data(), key.size());
        std::memcpy(to + sizeof header + padded(key.size()), value.data(), value.size());
        arena.committed += Record::size_of(key.size(), value.size());
    }
    [[nodiscard]] std::byte* at(std::uint32_t block) const {
        return arenas->blocks() + (block - std::size_t{1}) * ArenaMemory::kBlockBytes;
    }

    /// The lines that a look at it gives.
    [[nodiscard]] std::vector<std::string> seen() const {
        auto file = platform::FileSystem::real().open_private(path());
        REQUIRE(file.ok());
        const auto copy = ArenaFile::copy_open(*file.value(), path());
        std::vector<std::string> lines;
        if (!copy.ok()) return lines;
        const RecoveredArenas open(*copy.value());
        const std::vector<std::string> rules{"error"};
        pipeline::EventEncoder encoder({}, {}, rules, pipeline::EventEncoder::Pairs::ignored);
        pipeline::LineBuffer line(4096);
        for (const OpenEvent* const event : open.events()) {
            line.cut(0);
            encoder.encode(*event, line);
            lines.emplace_back(line.view());
        }
        return lines;
    }

    std::unique_ptr<ArenaFile> arenas;

private:
    testing_journal::TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE("Of a living process only open requests are seen, with what is committed, wherever it moved") {
    Living process;
    Living::append(process.begin(1, Stage::open), "k", Type::string, "one");
    process.begin(2, Stage::kept);
    process.begin(3, Stage::unused);
    ArenaHeader& outgrown = process.begin(4, Stage::open);
    ArenaHeader& larger = process.begin(8, Stage::unused, 4 * ArenaMemory::kBlockBytes);
    static_cast<RequestIdentity&>(larger) = outgrown;
    Living::append(larger, "k", Type::string, std::string(9000, 'x'));
    outgrown.moved_to = 8;
    outgrown.committed |= ArenaHeader::kMoved;
    for (const std::uint32_t block : {1u, 2u, 3u, 4u}) process.arenas->note_head(block - 1, block);

    const auto lines = process.seen();
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].find("\"name\":\"request 1\"") != std::string::npos);
    CHECK(lines[0].find("\"k\":\"one\"") != std::string::npos);
    CHECK(lines[1].find("\"name\":\"request 8\"") != std::string::npos);
    CHECK(lines[1].find(std::string(9000, 'x')) != std::string::npos);

    larger.span_id = 77;  // Another request has the memory by now.
    CHECK(process.seen().size() == 1);
}

TEST_CASE("A sum that threads raise in place is seen, whichever of its two sides counts") {
    Living process;
    const std::array<std::int64_t, 3> words = {1, 5, 7};  // for readers, and the sides
    const std::string_view value(reinterpret_cast<const char*>(words.data()), sizeof words);
    Living::append(process.begin(1, Stage::open), "n", Type::int64, value);
    ArenaHeader& other = process.begin(2, Stage::open);
    Living::append(other, "n", Type::int64, value);
    other.committed |= ArenaHeader::kSide;
    for (const std::uint32_t block : {1u, 2u}) process.arenas->note_head(block - 1, block);

    const auto lines = process.seen();
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].find("\"n\":5") != std::string::npos);
    CHECK(lines[1].find("\"n\":7") != std::string::npos);
}

TEST_CASE("Whatever bytes are in a living process's arenas, a look at them ends, and crashes nobody") {
    Living process;
    for (std::uint32_t block = 1; block <= kBlocks; ++block) {
        ArenaHeader& arena = process.begin(block, block % 5 == 0 ? Stage::fragment : Stage::open);
        Living::append(arena, "k", Type::string, "value");
        arena.moved_to = block / 2;
        arena.head = block - 1;
        process.arenas->note_head(block - 1, block);
    }
    std::mt19937_64 random(3);
    std::byte* const file = process.arenas->blocks();
    for (int round = 0; round < 400; ++round) {
        for (int edits = 0; edits < 20; ++edits) {
            const std::size_t block = random() % kBlocks * ArenaMemory::kBlockBytes;
            const std::size_t place = block + (edits % 2 == 0 ? random() % sizeof(ArenaHeader) : random() % 256);
            file[place] = static_cast<std::byte>(random());
        }
        (void)process.seen();
    }
}

TEST_CASE("Only an exclusive lock that is held counts, by the number of its file") {
    const auto table = platform::LockTable::parse(
        "1: FLOCK  ADVISORY  WRITE 8018 fe:00:5309450 0 EOF\n"
        "1:     -> FLOCK  ADVISORY  WRITE 8619 fe:00:11 0 EOF\n"
        "2: FLOCK  ADVISORY  READ 9199 fe:00:12 0 EOF\n"
        "3: POSIX  ADVISORY  WRITE 9199 fe:00:13 0 EOF\n"
        "nonsense\n\n4: FLOCK  ADVISORY  WRITE 1 00:1a:x 0 EOF\n5: FLOCK  ADVISORY  WRITE 7 00:1a:14 0 EOF");
    CHECK(table.is_locked(5309450));
    CHECK(table.is_locked(14));
    for (const std::uint64_t inode : {0, 11, 12, 13, 9199}) CHECK_FALSE(table.is_locked(inode));
}

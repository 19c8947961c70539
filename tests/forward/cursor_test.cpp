#include <rapidcheck.h>

#include "catch.hpp"
#include "forward/progress/cursor_file.hpp"
#include "journal/frame_index.hpp"
#include "journal/test_batch.hpp"

using namespace wideline;
using namespace wideline::delivery;
using testing_journal::contents_of;
using testing_journal::TemporaryDirectory;
using testing_journal::write_file;

namespace {

Cursor some_cursor(std::uint64_t number) {
    Cursor cursor;
    cursor.run = "1122334455667788";
    cursor.next = {number, number % 7};
    cursor.last_event = "01a20adc-0000-7000-8000-000000000001";
    cursor.counts.delivered = number * 10;
    return cursor;
}

std::unique_ptr<CursorFile> owned(const std::string& path, bool* lost = nullptr) {
    auto opened = CursorFile::open(platform::FileSystem::real(), path, "1122334455667788");
    REQUIRE(opened.ok());
    REQUIRE(opened.value().opening == CursorFile::Opening::owned);
    if (lost != nullptr) *lost = opened.value().lost;
    return std::move(opened.value().file);
}

}  // namespace

TEST_CASE("A cursor comes back as it was saved, whatever is in it") {
    rc::check([](std::uint64_t sequence, std::uint64_t events,
                 const std::vector<std::pair<std::uint64_t, std::uint64_t>>& gaps) {
        Cursor cursor = some_cursor(1);
        cursor.next = {sequence, events};
        for (const auto& [first, count] : gaps) cursor.gaps.push_back({first, count});
        if (events % 2 == 0) cursor.under_way = Position{sequence + 1, events};
        cursor.counts.dead_by_reason["data"] = events;
        const std::string slot = slot_of(cursor);
        RC_ASSERT(slot.size() == kSlotBytes);
        RC_ASSERT(slot.back() == '\n');
        const SlotContent found = read_slot(slot);
        RC_ASSERT(found.kind == SlotContent::Kind::good);
        if (gaps.size() > kMostGaps)
            cursor.gaps.erase(cursor.gaps.begin(), cursor.gaps.end() - static_cast<std::ptrdiff_t>(kMostGaps));
        Cursor without_gaps = found.cursor;
        without_gaps.gaps = cursor.gaps;  // The oldest are dropped if there is no room.
        RC_ASSERT(without_gaps == cursor);
        RC_ASSERT(std::equal(found.cursor.gaps.rbegin(), found.cursor.gaps.rend(), cursor.gaps.rbegin()));
    });
}

TEST_CASE("A cursor file that is torn or flipped anywhere gives the newer cursor or the one before, never another") {
    TemporaryDirectory directory;
    const std::string path = directory.path("a.cursor");
    {
        const auto file = owned(path);
        for (std::uint64_t i = 1; i <= 5; ++i) {
            REQUIRE(file->save(some_cursor(i)).ok());
            REQUIRE(file->sync().ok());
        }
    }
    const std::string whole = contents_of(path);
    REQUIRE(whole.size() == kCursorBytes);
    REQUIRE(read_cursor(whole).cursor.next.sequence == 5);
    for (std::size_t at = 0; at < whole.size(); at += at % kSlotBytes < 600 ? 1 : 97) {
        std::string flipped = whole;
        flipped[at] = static_cast<char>(flipped[at] ^ 1);
        const CursorContent found = read_cursor(flipped);
        REQUIRE(found.kind == SlotContent::Kind::good);
        REQUIRE((found.cursor.next.sequence == 5 || found.cursor.next.sequence == 4));
        std::string torn = whole.substr(0, at);  // Truncated: the second slot is gone, or both are.
        const CursorContent rest = read_cursor(torn);
        REQUIRE((rest.kind == SlotContent::Kind::good) == (at >= kSlotBytes));
    }
    // A write of the next cursor that stops anywhere costs that cursor alone.
    const int newer = read_cursor(whole).slot;
    Cursor next = some_cursor(6);
    next.generation = 100;
    const std::string slot = slot_of(next);
    for (std::size_t written = 0; written < kSlotBytes; written += 61) {
        std::string half = whole;
        half.replace(static_cast<std::size_t>(1 - newer) * kSlotBytes, written, slot.substr(0, written));
        // What is missing of it can be the same as what was there: blanks.
        const bool whole_slot = half.find(slot) != std::string::npos;
        REQUIRE(read_cursor(half).cursor.next.sequence == (whole_slot ? 6 : 5));
    }
}

TEST_CASE("A cursor file of zeros begins again with the oldest frame, and says so") {
    TemporaryDirectory directory;
    const std::string path = directory.path("a.cursor");
    {
        const auto file = owned(path);
        REQUIRE(file->save(some_cursor(3)).ok());
    }
    for (const std::string& content :
         {std::string(kCursorBytes, '\0'), std::string("x"), contents_of(path).substr(0, 100)}) {
        write_file(path, content);
        bool lost = false;
        const auto file = owned(path, &lost);
        CHECK(lost);
        CHECK(file->saved().next == Position{});
        CHECK(contents_of(path).size() == kCursorBytes);
    }
}

TEST_CASE("A cursor of a later version is left as it is") {
    TemporaryDirectory directory;
    const std::string path = directory.path("a.cursor");
    { const auto file = owned(path); }
    std::string content = contents_of(path);
    std::string slot = content.substr(0, kSlotBytes);
    const std::size_t version = slot.find("\"version\":1");
    slot[version + 10] = '2';
    char hash[17];
    std::snprintf(hash, sizeof hash, "%016llx",
                  static_cast<unsigned long long>(journal_files::hash_of(std::string_view(slot).substr(16))));
    slot.replace(0, 16, hash);
    content.replace(0, kSlotBytes, slot);
    write_file(path, content);
    const auto opened = CursorFile::open(platform::FileSystem::real(), path, "1122334455667788");
    REQUIRE(opened.ok());
    CHECK(opened.value().opening == CursorFile::Opening::later_version);
    CHECK(contents_of(path) == content);
}

TEST_CASE("A run has one owner at a time, and the next when that one is gone") {
    TemporaryDirectory directory;
    const std::string path = directory.path("a.cursor");
    auto first = owned(path);
    const auto second = CursorFile::open(platform::FileSystem::real(), path, "1122334455667788");
    REQUIRE(second.ok());
    CHECK(second.value().opening == CursorFile::Opening::of_another);
    REQUIRE(first->save(some_cursor(9)).ok());
    first.reset();
    CHECK(owned(path)->saved().next.sequence == 9);
}

TEST_CASE("After a loss of power a cursor is the one that was synced last, or a later one") {
    // Whatever was written since the last sync may be there whole, torn, or not at all.
    TemporaryDirectory directory;
    const std::string path = directory.path("a.cursor");
    const auto file = owned(path);
    std::uint64_t synced = 0;
    std::string on_disk = contents_of(path);
    for (std::uint64_t i = 1; i <= 40; ++i) {
        REQUIRE(file->save(some_cursor(i)).ok());
        const std::string now = contents_of(path);
        for (const std::size_t part : {std::size_t{0}, std::size_t{512}, kSlotBytes}) {
            std::string after_loss = on_disk;
            for (std::size_t at = 0; at < kCursorBytes; at += kSlotBytes)
                after_loss.replace(at, part, now.substr(at, part));
            const CursorContent found = read_cursor(after_loss);
            REQUIRE(found.kind == SlotContent::Kind::good);
            REQUIRE(found.cursor.next.sequence >= synced);
        }
        if (i % 3 == 0) {
            REQUIRE(file->sync().ok());
            synced = i;
            on_disk = now;
        }
    }
}

// The Nth call to the operating system fails, N = 1, 2, 3 … until none does; then the segments are read.
#include <filesystem>
#include <map>
#include <random>
#include <system_error>

#include "catch.hpp"
#include "journal/faulty_file_system.hpp"
#include "journal/journal_sink.hpp"
#include "journal/test_batch.hpp"
#include "read/read_all.hpp"

using namespace wideline;
using journal_files::JournalSink;
using testing_journal::contents_of;
using testing_journal::event_line;
using testing_journal::FaultyFileSystem;
using testing_journal::TemporaryDirectory;
using testing_journal::TestBatch;
using testing_journal::write_file;
using testing_read::read_bytes;

namespace {

constexpr int kBatches = 12;

/// Lines that do not compress, so that a few batches fill a segment of 64 KiB.
std::string batch_lines(int number) {
    std::mt19937 random(static_cast<unsigned>(number));
    std::string noise(20'000, ' ');
    for (char& c : noise) c = static_cast<char>('#' + random() % 57);
    return "{\"batch\":" + std::to_string(number) + ",\"noise\":\"" + noise + "\"}\n";
}

struct Outcome {
    std::string acknowledged;  // The lines of every batch that deliver() took.
    int refused = 0;
    int calls = 0;
};

Outcome deliver_all(const std::string& directory, FaultyFileSystem& files) {
    JournalOptions options;
    options.segment_bytes = 64 << 10;
    JournalSink sink(directory, options, files);
    Outcome outcome;
    for (int i = 0; i < kBatches; ++i) {
        const std::string lines = batch_lines(i);
        try {
            sink.deliver(TestBatch(lines, 1, 0, static_cast<std::uint64_t>(i)));
            outcome.acknowledged += lines;
        } catch (const std::system_error& error) {
            ++outcome.refused;
            CHECK(error.code() == std::errc::no_space_on_device);
        }
    }
    try {
        sink.close();
    } catch (const std::system_error&) {
    }
    outcome.calls = files.calls();
    return outcome;
}

/// In the order of their numbers, which is that of their batches.
std::string lines_in(const TemporaryDirectory& directory, std::vector<std::string>& damage) {
    std::map<int, std::string> by_number;
    for (const std::string& path : directory.files()) {
        const std::size_t dash = path.rfind('-');
        const auto reading = read_bytes(contents_of(path));
        CHECK(reading.refusal.empty());
        by_number[std::stoi(path.substr(dash + 1))] = reading.lines;
        damage.insert(damage.end(), reading.damage.begin(), reading.damage.end());
    }
    std::string lines;
    for (const auto& [number, text] : by_number) lines += text;
    return lines;
}

}  // namespace

TEST_CASE("Whatever one call fails, the segments hold every acknowledged batch and nothing else") {
    using Fault = FaultyFileSystem::Fault;
    for (const Fault fault : {Fault::at_once, Fault::half_way}) {
        for (const int count : {1, 2, 3}) {
            for (int first = 1;; ++first) {
                TemporaryDirectory directory;
                FaultyFileSystem files;
                files.fail(first, count, ENOSPC, fault);
                const Outcome outcome = deliver_all(directory.path(), files);
                std::vector<std::string> damage;
                INFO("call " << first << ", " << count << " fail");
                REQUIRE(lines_in(directory, damage) == outcome.acknowledged);
                REQUIRE(outcome.refused <= count);
                // Bytes that could not be cut off are at the end of a segment that was given up.
                REQUIRE(damage.size() <= (count > 1 ? 1U : 0U));
                if (outcome.calls < first) break;
            }
        }
    }
}

TEST_CASE("A full disk refuses batches until there is space again, without a restart") {
    TemporaryDirectory directory;
    FaultyFileSystem files;
    files.fail(10, 25, ENOSPC, FaultyFileSystem::Fault::half_way);
    const Outcome outcome = deliver_all(directory.path(), files);
    CHECK(outcome.refused > 0);
    CHECK(outcome.refused < kBatches);
    std::vector<std::string> damage;
    CHECK(lines_in(directory, damage) == outcome.acknowledged);
}

TEST_CASE("A segment that reached its size is closed, and where no new one can be opened it goes on") {
    TemporaryDirectory directory;
    FaultyFileSystem files;
    const Outcome outcome = deliver_all(directory.path(), files);
    CHECK(outcome.refused == 0);
    const auto paths = directory.files();
    REQUIRE(paths.size() > 2);
    for (const std::string& path : paths) {
        CHECK(read_bytes(contents_of(path)).skippable == 1);  // Its seek table.
        CHECK(std::filesystem::file_size(path) < (64 << 10) + 30'000);
    }

    TemporaryDirectory locked;
    JournalOptions options;
    options.segment_bytes = 64 << 10;
    FaultyFileSystem no_more_files;
    JournalSink sink(locked.path(), options, no_more_files);
    sink.deliver(TestBatch(batch_lines(0), 1, 0, 0));
    std::string expected = batch_lines(0);
    for (int i = 1; i < kBatches; ++i) {
        // Two calls come first where the segment is full: how it stands, then the directory. Create is the third.
        no_more_files.fail(3, locked.files().size() == 1 && std::filesystem::file_size(locked.files()[0]) >= 64 << 10,
                           EMFILE, FaultyFileSystem::Fault::at_once);
        sink.deliver(TestBatch(batch_lines(i), 1, 0, static_cast<std::uint64_t>(i)));
        expected += batch_lines(i);
    }
    sink.close();
    REQUIRE(locked.files().size() == 1);
    CHECK(read_bytes(contents_of(locked.files()[0])).lines == expected);
}

TEST_CASE("A segment that was deleted or truncated by someone is left, and a new one is begun") {
    TemporaryDirectory directory;
    const SinkPtr sink = journal(directory.path());
    sink->open({});
    sink->deliver(TestBatch(event_line(1, 1), 1, 0, 0));
    std::filesystem::remove(directory.files().at(0));
    sink->deliver(TestBatch(event_line(2, 2), 1, 0, 1));
    REQUIRE(directory.files().size() == 1);
    CHECK(read_bytes(contents_of(directory.files()[0])).lines == event_line(2, 2));

    std::filesystem::resize_file(directory.files()[0], 10);
    sink->deliver(TestBatch(event_line(3, 3), 1, 0, 2));
    CHECK(directory.files().size() == 2);

    std::filesystem::remove_all(directory.path());
    sink->deliver(TestBatch(event_line(4, 4), 1, 0, 3));
    REQUIRE(directory.files().size() == 1);
    CHECK(read_bytes(contents_of(directory.files()[0])).lines == event_line(4, 4));
}

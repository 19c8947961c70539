#include "read/segment_follower.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "catch.hpp"
#include "journal/journal_sink.hpp"
#include "journal/segment_merge.hpp"
#include "journal/segment_writer.hpp"
#include "journal/test_batch.hpp"
#include "platform/few_open_files.hpp"

using namespace wideline;
using testing_journal::contents_of;
using testing_journal::event_line;
using testing_journal::TemporaryDirectory;
using testing_journal::TestBatch;

namespace {

struct Followed {
    std::string lines;
    std::string complaints;
    read::SegmentFollower follower;

    explicit Followed(const std::string& path) : follower(platform::FileSystem::real(), {path}) {}
    void poll() {
        follower.poll({[this](const read::Piece& piece) { lines += piece.lines; },
                       [this](const std::string& sentence) { complaints += sentence + "\n"; },
                       {}});
    }
};

void append_file(const std::string& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary | std::ios::app)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

TEST_CASE("Who follows a journal sees every event once, through merges, new segments and deleted ones") {
    TemporaryDirectory directory;
    Followed followed(directory.path());
    followed.poll();
    std::string expected;
    std::uint64_t sequence = 0;
    for (int segment = 0; segment < 3; ++segment) {
        const SinkPtr sink = journal(directory.path());
        sink->open({});
        for (int i = 0; i < 5; ++i) {
            const std::string line = event_line(static_cast<int>(sequence), i);
            sink->deliver(TestBatch(line, 1, 0, sequence++));
            expected += line;
            if (i % 2 == 0) followed.poll();
            if (i % 2 == 0) CHECK(followed.lines == expected);
        }
        sink->close();  // Merges.
        followed.poll();
        CHECK(followed.lines == expected);
        if (segment == 1) std::filesystem::remove(directory.files().at(0));
    }
    followed.poll();
    CHECK(followed.lines == expected);
    CHECK(followed.complaints.empty());
}

TEST_CASE("Frames that are written just before their segment is merged or deleted come once, between two looks") {
    for (const bool deleted : {false, true}) {
        TemporaryDirectory directory;
        Followed followed(directory.path());
        const SinkPtr sink = journal(directory.path());
        sink->open({});
        std::string expected;
        for (int i = 0; i < 6; ++i) {
            const std::string line = event_line(i, i);
            sink->deliver(TestBatch(line, 1, 0, static_cast<std::uint64_t>(i)));
            expected += line;
            if (i < 3) followed.poll();
        }
        sink->close();  // Merges all six into one frame.
        if (deleted) std::filesystem::remove(directory.files().at(0));
        followed.poll();
        followed.poll();
        CHECK(followed.lines == expected);
        CHECK(followed.complaints.empty());
    }
}

TEST_CASE("A frame that is half written is waited for, byte by byte, and comes when it is whole") {
    TemporaryDirectory directory;
    const SinkPtr sink = journal(directory.path("from"));
    sink->open({});
    for (std::uint64_t i = 0; i < 3; ++i) sink->deliver(TestBatch(event_line(static_cast<int>(i), 1), 1, 0, i));
    const std::string bytes = contents_of(std::filesystem::directory_iterator(directory.path("from"))->path().string());
    sink->close();
    std::filesystem::create_directory(directory.path("to"));
    const std::string path = directory.path("to/a.jsonl.zst");
    Followed followed(directory.path("to"));
    for (const char byte : bytes) {
        append_file(path, {&byte, 1});
        followed.poll();
        REQUIRE(followed.complaints.empty());
    }
    CHECK(followed.lines == event_line(0, 1) + event_line(1, 1) + event_line(2, 1));
}

TEST_CASE("Damage that more frames follow is said once, and costs the frame") {
    TemporaryDirectory directory;
    const SinkPtr sink = journal(directory.path());
    sink->open({});
    const auto deliver = [&sink](int number) {
        sink->deliver(TestBatch(event_line(number, 1), 1, 0, static_cast<std::uint64_t>(number)));
    };
    deliver(0);
    deliver(1);
    const std::string path = directory.files().at(0);
    std::string bytes = contents_of(path);
    bytes[bytes.size() - 20] = static_cast<char>(bytes[bytes.size() - 20] ^ 1);
    TemporaryDirectory other;
    testing_journal::write_file(other.path("a.jsonl.zst"), bytes);
    Followed followed(other.path());
    followed.poll();
    CHECK(followed.lines == event_line(0, 1));
    deliver(2);
    append_file(other.path("a.jsonl.zst"), contents_of(path).substr(bytes.size()));
    followed.poll();
    followed.poll();
    CHECK(followed.lines == event_line(0, 1) + event_line(2, 1));
    CHECK(std::count(followed.complaints.begin(), followed.complaints.end(), '\n') == 1);
}

TEST_CASE("Where nobody waits for the rest, a line without its end is one, and a torn frame is named") {
    TemporaryDirectory directory;
    append_file(directory.path("a.jsonl.zst"),
                TestBatch::compress(event_line(1, 1)) + TestBatch::compress("{}\n").substr(0, 9));
    append_file(directory.path("b.jsonl"), "{\"a\":1}\n{\"a\":2}");
    std::string lines;
    std::string complaints;
    for (const std::string& name : {directory.path("a.jsonl.zst"), directory.path("b.jsonl")}) {
        read::SegmentFollower follower(platform::FileSystem::real(), {name});
        follower.poll({[&](const read::Piece& piece) { lines += piece.lines; },
                       [&](const std::string& sentence) { complaints += sentence + "\n"; },
                       {},
                       false});
    }
    CHECK(lines == event_line(1, 1) + "{\"a\":1}\n{\"a\":2}");
    CHECK(std::count(complaints.begin(), complaints.end(), '\n') == 1);
    CHECK(complaints.find("a.jsonl.zst at byte") != std::string::npos);
}

TEST_CASE("Plain lines are followed by whole lines") {
    TemporaryDirectory directory;
    const std::string path = directory.path("a.jsonl");
    append_file(path, "{\"a\":1}\n{\"a\":");
    Followed followed(path);
    followed.poll();
    CHECK(followed.lines == "{\"a\":1}\n");
    followed.poll();
    append_file(path, "2}\n");
    followed.poll();
    CHECK(followed.lines == "{\"a\":1}\n{\"a\":2}\n");
    CHECK(followed.complaints.empty());
}

TEST_CASE("More segments than a process may have open files are followed") {
    TemporaryDirectory directory;
    std::string expected;
    for (int i = 0; i < 100; ++i) {
        const std::string name = std::to_string(1000 + i) + ".jsonl.zst";
        testing_journal::write_file(directory.path(name), event_line(i, 1));
        expected += event_line(i, 1);
    }
    Followed followed(directory.path());
    const testing_platform::FewOpenFiles few(40);
    followed.poll();
    append_file(directory.path("1042.jsonl.zst"), event_line(100, 1));
    followed.poll();
    CHECK(followed.lines == expected + event_line(100, 1));
    CHECK(followed.complaints.empty());
}

TEST_CASE("A segment behind a symbolic link is followed to where the link leads") {
    TemporaryDirectory directory;
    TemporaryDirectory elsewhere;
    testing_journal::write_file(elsewhere.path("a.jsonl.zst"), event_line(0, 1));
    std::filesystem::create_symlink(elsewhere.path("a.jsonl.zst"), directory.path("link.jsonl.zst"));
    Followed followed(directory.path());
    followed.poll();
    append_file(elsewhere.path("a.jsonl.zst"), event_line(1, 1));
    followed.poll();
    followed.poll();
    CHECK(followed.lines == event_line(0, 1) + event_line(1, 1));
}

TEST_CASE("A file that was deleted and written anew under its name is read from its beginning") {
    TemporaryDirectory directory;
    const std::string path = directory.path("a.jsonl");
    append_file(path, event_line(0, 1));
    Followed followed(path);
    followed.poll();
    std::filesystem::remove(path);
    append_file(path, event_line(1, 1) + event_line(2, 1));  // May get the number of the one that was deleted.
    followed.poll();
    CHECK(followed.lines == event_line(0, 1) + event_line(1, 1) + event_line(2, 1));
}

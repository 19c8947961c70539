#include "journal/journal_sink.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <regex>
#include <system_error>

#include "catch.hpp"
#include "journal/seek_table.hpp"
#include "journal/test_batch.hpp"
#include "read/read_all.hpp"

using namespace wideline;
using testing_journal::contents_of;
using testing_journal::event_line;
using testing_journal::TemporaryDirectory;
using testing_journal::TestBatch;
using testing_read::read_bytes;

namespace {

/// What libzstd's streaming interface makes of the bytes, fed a few at a time as a foreign reader would.
std::string streamed(const std::string& bytes) {
    ZSTD_DCtx* const context = ZSTD_createDCtx();
    std::string lines;
    std::string chunk(1000, '\0');
    std::size_t left = 0;
    for (std::size_t at = 0; at < bytes.size(); at += 7) {
        ZSTD_inBuffer in{bytes.data() + at, std::min<std::size_t>(7, bytes.size() - at), 0};
        while (in.pos < in.size) {
            ZSTD_outBuffer out{chunk.data(), chunk.size(), 0};
            left = ZSTD_decompressStream(context, &out, &in);
            REQUIRE(ZSTD_isError(left) == 0);
            lines.append(chunk, 0, out.pos);
        }
    }
    ZSTD_freeDCtx(context);
    CHECK(left == 0);
    return lines;
}

Service service_named(std::string name) {
    Service service;
    service.name = std::move(name);
    return service;
}

std::string many_lines(int from, int count) {
    std::string lines;
    for (int i = 0; i < count; ++i) lines += event_line(from + i, i % 3600);
    return lines;
}

}  // namespace

TEST_CASE("What the journal was given comes back byte for byte, while the segment grows and after") {
    TemporaryDirectory directory;
    const SinkPtr sink = journal(directory.path());
    sink->open(service_named("checkout"));
    std::string expected;
    for (int i = 0; i < 5; ++i) {
        const std::string lines = many_lines(100 * i, 100);
        sink->deliver(TestBatch(lines, 100, 0, static_cast<std::uint64_t>(i)));
        expected += lines;
        const std::string bytes = contents_of(directory.files().at(0));
        CHECK(streamed(bytes) == expected);
        CHECK(read_bytes(bytes).lines == expected);
        CHECK(read_bytes(bytes).damage.empty());
    }
    sink->close();
    REQUIRE(directory.files().size() == 1);
    const std::string bytes = contents_of(directory.files()[0]);
    CHECK(streamed(bytes) == expected);
    const auto reading = read_bytes(bytes);
    CHECK(reading.lines == expected);
    CHECK(reading.indexed == 2);  // All but the first were merged when it was closed.
    CHECK(reading.skippable == 1);
    CHECK(reading.damage.empty());
}

TEST_CASE("A segment is named after service, start, process and number, and is not for everyone's eyes") {
    TemporaryDirectory directory;
    const SinkPtr sink = journal(directory.path());
    sink->open(service_named("check/out"));
    sink->deliver(TestBatch(event_line(1, 1), 1, 0, 0));
    const std::string path = directory.files().at(0);
    const std::regex form("check_out-\\d{8}T\\d{6}Z-" + std::to_string(::getpid()) + "-0\\.jsonl\\.zst");
    CHECK(std::regex_match(std::filesystem::path(path).filename().string(), form));
    struct stat found {};
    REQUIRE(::stat(path.c_str(), &found) == 0);
    CHECK((found.st_mode & 07) == 0);
}

TEST_CASE("A journal that got no batch leaves no file, and makes its directory with its parents") {
    TemporaryDirectory directory;
    const SinkPtr sink = journal(directory.path("a/b/c"));
    sink->open({});
    CHECK(std::filesystem::is_directory(directory.path("a/b/c")));
    CHECK(std::filesystem::is_empty(directory.path("a/b/c")));
    sink->close();
    CHECK(std::filesystem::is_empty(directory.path("a/b/c")));
}

TEST_CASE("A segment that was deleted, renamed or truncated by someone is left, and a new one is begun") {
    TemporaryDirectory directory;
    const SinkPtr sink = journal(directory.path("logs"));
    sink->open({});
    int sequence = 0;
    const auto deliver = [&] {
        ++sequence;
        sink->deliver(TestBatch(event_line(sequence, 0), 1, 0, static_cast<std::uint64_t>(sequence)));
    };
    const auto newest_lines = [&] {
        std::map<int, std::string> by_number;
        for (const auto& entry : std::filesystem::directory_iterator(directory.path("logs"))) {
            const std::string name = entry.path().filename().string();
            by_number[std::stoi(name.substr(name.rfind('-') + 1))] = entry.path().string();
        }
        return read_bytes(contents_of(by_number.rbegin()->second)).lines;
    };
    const auto only_segment = [&] { return std::filesystem::directory_iterator(directory.path("logs"))->path(); };

    deliver();
    std::filesystem::remove(only_segment());
    deliver();
    CHECK(newest_lines() == event_line(2, 0));

    std::filesystem::rename(only_segment(), directory.path("moved"));
    deliver();
    CHECK(newest_lines() == event_line(3, 0));
    CHECK(read_bytes(contents_of(directory.path("moved"))).lines == event_line(2, 0));

    std::filesystem::resize_file(only_segment(), 10);
    deliver();
    CHECK(newest_lines() == event_line(4, 0));

    std::filesystem::remove_all(directory.path("logs"));
    deliver();
    CHECK(newest_lines() == event_line(5, 0));

    std::filesystem::rename(directory.path("logs"), directory.path("logs.old"));
    deliver();
    CHECK(newest_lines() == event_line(6, 0));
}

TEST_CASE("A service that changes its working directory finds its journal where it was") {
    TemporaryDirectory directory;
    const std::filesystem::path before = std::filesystem::current_path();
    std::filesystem::current_path(directory.path());
    const SinkPtr sink = journal("logs");
    sink->open({});
    std::filesystem::current_path("/");
    sink->deliver(TestBatch(event_line(1, 0), 1, 0, 0));
    std::filesystem::current_path(before);
    CHECK_FALSE(std::filesystem::is_empty(directory.path("logs")));
}

TEST_CASE("A directory that cannot be written is named when the journal opens, with the reason") {
    TemporaryDirectory directory;
    testing_journal::write_file(directory.path("file"), "x");
    try {
        journal(directory.path("file/logs"))->open({});
        FAIL("it opened");
    } catch (const std::system_error& error) {
        CHECK(std::string(error.what()).find("file") != std::string::npos);
        CHECK(error.code() == std::errc::not_a_directory);
    }
    try {
        journal("/proc/wideline")->open({});
        FAIL("it opened");
    } catch (const std::system_error& error) {
        CHECK(std::string(error.what()).find("/proc/wideline") != std::string::npos);
    }
    CHECK_THROWS_AS(journal(""), std::invalid_argument);
}

// What a journal on a simulated disk holds, and batches to put into it.
#pragma once

#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "journal/journal_sink.hpp"
#include "journal/little_endian.hpp"
#include "journal/seek_table.hpp"
#include "journal/segment_name.hpp"
#include "journal/simulated_disk.hpp"
#include "journal/test_batch.hpp"
#include "journal/test_clock.hpp"
#include "read/read_all.hpp"

namespace wideline::testing_journal {

inline const std::string kLogs = "/logs";

/// Lines that do not compress, so that a few batches fill a segment of 64 KiB. The same for a number every time.
inline const TestBatch& batch(std::uint64_t number) {
    static std::vector<std::unique_ptr<TestBatch>> made;
    while (made.size() <= number) {
        std::mt19937 random(static_cast<unsigned>(made.size()));
        std::string noise(14'000, ' ');
        for (char& c : noise) c = static_cast<char>('#' + random() % 57);
        made.push_back(std::make_unique<TestBatch>(
            "{\"batch\":" + std::to_string(made.size()) + ",\"noise\":\"" + noise + "\"}\n", 1, 0, made.size()));
    }
    return *made[number];
}

inline JournalOptions small_segments(Durability durability = Durability::process) {
    JournalOptions options;
    options.segment_bytes = 64 << 10;
    options.durability = durability;
    return options;
}

inline std::unique_ptr<journal_files::JournalSink> open_journal(SimulatedDisk& disk, TestClock& clock,
                                                                JournalOptions options,
                                                                const std::string& service = "checkout") {
    auto sink = std::make_unique<journal_files::JournalSink>(kLogs, options, disk, clock);
    Service named;
    named.name = service;
    sink->open(named);
    return sink;
}

/// A disk that is well again writes all that waits within a few seconds.
inline void let_it_write(journal_files::JournalSink& sink, TestClock& clock) {
    for (int tries = 0; sink.waiting() != 0 && tries < 20; ++tries) {
        clock.advance(std::chrono::seconds(2));
        sink.retry();
    }
}

struct OnDisk {
    std::vector<std::uint64_t> sequences;  ///< In the order of the segments' names.
    std::size_t damaged = 0;               ///< Places that the reader could not make sense of.
    std::size_t torn_tails = 0;            ///< Of those, the ones that are the end of their file.
    std::size_t segments = 0;
    std::size_t closed = 0;  ///< Segments that have their seek table.
    std::size_t empty = 0;   ///< Segments of no bytes.
};

inline std::vector<std::string> segments_on(const SimulatedDisk& disk) {
    std::vector<journal_files::SegmentOrder> order;
    for (const std::string& path : disk.paths())
        if (path.find("/.") == std::string::npos) order.push_back(journal_files::segment_order(path));
    std::sort(order.begin(), order.end());
    std::vector<std::string> paths;
    for (const auto& one : order) paths.push_back(one.name);
    return paths;
}

/// That its entries lead from frame to frame, index and data in turn, up to the table itself at `table`.
inline void check_seek_table(const std::string& segment, std::uint64_t table) {
    using namespace journal_files;
    const auto entries =
        decode_seek_table(std::string_view(segment).substr(static_cast<std::size_t>(table) + kSkippableHeaderBytes));
    REQUIRE(entries);
    std::size_t at = 0;
    for (const SeekEntry& entry : *entries) {
        REQUIRE(at + 4 <= segment.size());
        REQUIRE(little_endian_at<std::uint32_t>(segment, at) == (entry.raw_bytes == 0 ? kIndexMagic : kDataMagic));
        at += entry.compressed_bytes;
    }
    REQUIRE(at == table);
}

/// Checks on the way that every frame found is one of batch(), whole.
inline OnDisk read_disk(SimulatedDisk& disk) {
    OnDisk found;
    for (const std::string& path : segments_on(disk)) {
        ++found.segments;
        const std::string contents = disk.contents(path);
        found.empty += contents.empty();
        const std::size_t damaged_before = found.damaged;
        const auto reader = read::SegmentReader::open(disk, path);
        if (!reader.ok()) {  // Nothing in it looks like a segment.
            ++found.damaged;
            ++found.torn_tails;
            continue;
        }
        while (const auto piece = reader.value()->next()) {
            using Kind = read::Piece::Kind;
            if (piece->kind == Kind::damage) {
                ++found.damaged;
                found.torn_tails += piece->offset + piece->bytes == contents.size();
            } else if (piece->kind == Kind::lines) {
                // A line is a batch; frames may have been merged.
                for (std::string_view rest = piece->lines; !rest.empty();) {
                    const auto number = static_cast<std::uint64_t>(std::stoul(std::string(rest.substr(9, 20))));
                    const std::string_view expected = batch(number).json_lines();
                    REQUIRE(rest.substr(0, expected.size()) == expected);
                    rest.remove_prefix(expected.size());
                    found.sequences.push_back(number);
                }
            } else if (piece->kind == Kind::skippable && piece->reason.empty()) {
                ++found.closed;
                if (found.damaged == damaged_before) check_seek_table(contents, piece->offset);
            }
        }
    }
    return found;
}

/// 0, 1, … count - 1.
inline std::vector<std::uint64_t> first_numbers(std::uint64_t count) {
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t i = 0; i < count; ++i) numbers.push_back(i);
    return numbers;
}

/// As readers take them: each once.
inline std::set<std::uint64_t> each_once(const std::vector<std::uint64_t>& sequences) {
    return {sequences.begin(), sequences.end()};
}

}  // namespace wideline::testing_journal

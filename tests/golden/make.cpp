// golden_make DIRECTORY: the segments in tests/golden, as this version of wideline writes them, and damaged in each way
// that a reader survives. What is committed there is never made again: a new form of the files gets new names, and the
// old ones are read for ever. (fixed-part-of-96 was written before frames were merged, by code that is no more.)
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "../journal/test_batch.hpp"
#include "encoding/pair_hash.hpp"
#include "journal/frame_index.hpp"
#include "journal/line_pairs.hpp"
#include "journal/little_endian.hpp"
#include "journal/pair_filter.hpp"
#include "journal/seek_table.hpp"

using namespace wideline;
using namespace wideline::journal_files;

namespace {

constexpr std::int64_t kBegin = 1'795'471'200'000'000;  // 2026-11-23T22:00:00Z
constexpr int kEventsOfFrame = 8;

struct Pair {
    std::string index;
    std::string data;
    std::size_t raw_bytes = 0;
};

/// The frame after `before` others; the second one was merged from three, and the third tells of retention.
Pair pair_of(int before) {
    Pair pair;
    FrameIndex index;
    index.stream = 0x1122334455667788;
    index.sequence = before < 2 ? static_cast<std::uint64_t>(before) : static_cast<std::uint64_t>(before) + 2;
    index.sequences = before == 1 ? 3 : 1;
    index.events = kEventsOfFrame;
    index.errors = 1;
    index.weight = kEventsOfFrame;
    index.sampled_away = {{"otherwise", 40}, {"health", 2}};
    if (before == 2)
        index.removed = {
            .segments = 2, .events = 900, .errors = 7, .weight = 4500, .least_time = 1, .greatest_time = 2};
    std::string lines;
    for (int i = 0; i < kEventsOfFrame; ++i) {
        const int number = before * kEventsOfFrame + i;
        lines += testing_journal::event_line(number, number, i == 3 ? "error" : "success");
    }
    index.least_time = kBegin + std::int64_t{before} * kEventsOfFrame * 1'000'000;
    index.greatest_time = index.least_time + (kEventsOfFrame - 1) * 1'000'000;
    index.raw_bytes = pair.raw_bytes = lines.size();
    pair.data = testing_journal::TestBatch::compress(lines);
    index.compressed_bytes = pair.data.size();
    index.hash = hash_of(pair.data);
    std::vector<std::uint64_t> pairs;
    if (!append_pairs_of_lines(pairs, lines)) throw std::logic_error("the lines are no events");
    PairFilterBuilder filter;
    filter.add(pairs);
    index.pair_filter = filter.finish(1000);
    append_index_frame(pair.index, index);
    return pair;
}

std::string bytes_of(const std::vector<Pair>& pairs) {
    std::string bytes;
    for (const Pair& pair : pairs) bytes += pair.index + pair.data;
    return bytes;
}

std::string table_of(const std::vector<Pair>& pairs) {
    std::vector<SeekEntry> entries;
    for (const Pair& pair : pairs) {
        if (!pair.index.empty()) entries.push_back({static_cast<std::uint32_t>(pair.index.size()), 0});
        entries.push_back({static_cast<std::uint32_t>(pair.data.size()), static_cast<std::uint32_t>(pair.raw_bytes)});
    }
    std::string table;
    append_seek_table(table, entries);
    return table;
}

/// With byte `at` of the payload changed, and the hash that makes it true.
std::string changed_index(std::string index, std::size_t at, char to) {
    index[kSkippableHeaderBytes + at] = to;
    index.resize(index.size() - 8);
    append_little_endian(index, hash_of(std::string_view(index).substr(kSkippableHeaderBytes)));
    return index;
}

std::map<std::string, std::string> segments() {
    const std::vector<Pair> good{pair_of(0), pair_of(1), pair_of(2)};
    const std::string bytes = bytes_of(good);
    const std::string table = table_of(good);
    const std::size_t second = good[0].index.size() + good[0].data.size();
    const std::size_t second_data = second + good[1].index.size();

    std::map<std::string, std::string> all;
    all["merged-and-filtered"] = bytes + table;
    all["without-seek-table"] = bytes;
    all["torn-tail"] = bytes.substr(0, bytes.size() - 100);
    all["zeros-at-the-end"] = bytes + std::string(300, '\0');
    all["foreign-bytes-between"] = bytes.substr(0, second) + "these bytes are nobody's" + bytes.substr(second) + table;
    all["flipped-bit-in-index"] = bytes + table;
    all["flipped-bit-in-index"][second + 60] ^= 0x10;
    all["flipped-bit-in-data"] = bytes + table;
    all["flipped-bit-in-data"][second_data + good[1].data.size() / 2] ^= 0x10;

    std::vector<Pair> other = good;
    other[1].index = changed_index(good[1].index, 8, 2);
    all["later-version"] = bytes_of(other) + table_of(other);
    other[1].index = changed_index(good[1].index, 12, 1);
    all["reserved-flag"] = bytes_of(other) + table_of(other);
    other[1].index.clear();
    all["without-one-index"] = bytes_of(other) + table_of(other);
    return all;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: golden_make DIRECTORY\n", stderr);
        return 2;
    }
    for (const auto& [name, bytes] : segments())
        testing_journal::write_file(std::string(argv[1]) + "/" + name + ".jsonl.zst", bytes);
}

#include "journal/frame_index.hpp"

#include <random>

#include "catch.hpp"
#include "journal/seek_table.hpp"
#include "journal/segment_name.hpp"
#include "journal/totals_section.hpp"

using namespace wideline::journal_files;
using namespace std::string_view_literals;

namespace {

std::vector<wideline::RequestTotals> some_totals(std::mt19937_64& random) {
    std::vector<wideline::RequestTotals> all(random() % 4);
    for (wideline::RequestTotals& one : all) {
        one.further_names = random() % 4 == 0;
        if (!one.further_names) one.name.assign(random() % 200, 'n');
        one.requests = random() >> (random() % 64);
        one.errors = random() >> (random() % 64);
        for (std::uint64_t bucket = random() % 3; bucket < 2113; bucket += 1 + random() % 700)
            one.durations.push_back({static_cast<std::uint32_t>(bucket), (random() >> (random() % 64)) + 1});
    }
    return all;
}

}  // namespace

TEST_CASE("An index comes back as it was written") {
    std::mt19937_64 random(3);
    for (int round = 0; round < 200; ++round) {
        FrameIndex index;
        for (std::uint64_t* const field :
             {&index.stream, &index.events, &index.errors, &index.raw_bytes, &index.compressed_bytes, &index.hash})
            *field = random();
        index.sequence = random() / 2;
        index.sequences = 1 + random() % 1000;
        index.weight = static_cast<double>(random()) / 7;
        index.least_time = static_cast<std::int64_t>(random());
        index.greatest_time = static_cast<std::int64_t>(random());
        if (random() % 2 == 0) index.removed = {random(), random(), random(), 0.5, 1, -1};
        index.pair_filter = std::string(random() % 100, 'f');
        for (std::uint64_t i = random() % 5; i > 0; --i)
            index.sampled_away.push_back({std::string(random() % 300, 'r'), random()});
        for (std::uint64_t i = random() % 4; i > 0; --i)
            index.lost.push_back({std::string(random() % 300, 'r'), static_cast<wideline::LossReason>(random() % 7),
                                  random(), random(), static_cast<double>(random()) / 3});
        if (random() % 3 != 0) index.totals = some_totals(random);
        std::string frame;
        append_index_frame(frame, index);
        const auto decoded = decode_index(std::string_view(frame).substr(kSkippableHeaderBytes));
        REQUIRE(std::holds_alternative<FrameIndex>(decoded));
        CHECK(std::get<FrameIndex>(decoded) == index);
    }
}

TEST_CASE("An index with any bit flipped is damaged") {
    std::string frame;
    FrameIndex index{1, 2, 3, 4, 5.5, 6, 7, 8, 9, 10, {{"otherwise", 11}}, {}, 12, {1, 2, 3, 4.5, 5, 6}, "filter", {}};
    index.totals = {{"checkout", false, 2, 1, {{3, 1}, {700, 1}}}};
    index.lost = {{"otherwise", wideline::LossReason::queue_full, 3, 1, 4.5}};
    append_index_frame(frame, index);
    std::string payload = frame.substr(kSkippableHeaderBytes);
    for (std::size_t byte = 0; byte < payload.size(); ++byte) {
        for (int bit = 0; bit < 8; ++bit) {
            payload[byte] = static_cast<char>(payload[byte] ^ (1 << bit));
            const auto decoded = decode_index(payload);
            REQUIRE(std::holds_alternative<IndexRefusal>(decoded));
            CHECK(std::get<IndexRefusal>(decoded).kind == IndexRefusal::Kind::damaged);
            payload[byte] = static_cast<char>(payload[byte] ^ (1 << bit));
        }
    }
}

TEST_CASE("Totals that were cut or changed are refused or make sense, whatever their bytes") {
    std::mt19937_64 random(5);
    for (int round = 0; round < 3000; ++round) {
        std::string section = totals_section(some_totals(random));
        if (random() % 2 == 0) section.resize(random() % (section.size() + 1));
        for (std::uint64_t i = random() % 4; i > 0 && !section.empty(); --i)
            section[random() % section.size()] = static_cast<char>(random());
        std::vector<wideline::RequestTotals> totals;
        if (!decode_totals(section, totals)) continue;
        for (const wideline::RequestTotals& one : totals)
            for (std::size_t i = 0; i < one.durations.size(); ++i) {
                CHECK(one.durations[i].bucket < 2113);
                CHECK((i == 0 || one.durations[i - 1].bucket < one.durations[i].bucket));
            }
    }
    std::vector<wideline::RequestTotals> none;
    for (const std::string_view hostile :
         {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"sv,
          "\x00\x01\x01\xff\xff\xff\xff\x0f"sv,
          "\x05"
          "abc"sv,
          "\x80"sv})
        CHECK_FALSE(decode_totals(hostile, none));
}

TEST_CASE("A seek table comes back as it was written, and no other bytes are one") {
    const std::vector<SeekEntry> entries = {{100, 0}, {2000, 30'000}, {100, 0}, {0xFFFFFFFF, 0xFFFFFFFE}};
    std::string frame;
    append_seek_table(frame, entries);
    const std::string payload = frame.substr(kSkippableHeaderBytes);
    CHECK(decode_seek_table(payload) == entries);
    for (std::size_t size = 0; size < payload.size(); ++size) CHECK_FALSE(decode_seek_table(payload.substr(0, size)));
    std::string reserved = payload;
    reserved[reserved.size() - 5] = 0x04;
    CHECK_FALSE(decode_seek_table(reserved));
}

TEST_CASE("A service's name becomes a file name that is safe") {
    CHECK(safe_service_name("checkout") == "checkout");
    CHECK(safe_service_name("") == "events");
    CHECK(safe_service_name("../../etc/passwd") == "_._.._etc_passwd");
    CHECK(safe_service_name("-rf") == "_rf");
    CHECK(safe_service_name("caf\xC3\xA9 1") == "caf___1");
    CHECK(safe_service_name(std::string(500, 'x')).size() == 100);
}

TEST_CASE("Segments sort by start, then process, then number as a number") {
    const auto at =
        std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours(22) + std::chrono::seconds(62);
    CHECK(segment_name("checkout", at, 4711, 0) == "checkout-20261123T220102Z-4711-0.jsonl.zst");
    const std::string ninth = segment_name("a-b", at, 4711, 9);
    const std::string tenth = segment_name("a-b", at, 4711, 10);
    CHECK(segment_order(ninth) < segment_order(tenth));
    CHECK(segment_order(tenth) < segment_order(segment_name("a", at + std::chrono::seconds(1), 1, 0)));
    CHECK(segment_order("by-hand.jsonl.zst") < segment_order(ninth));
}

#include "journal/pair_filter.hpp"

#include <random>
#include <vector>

#include "catch.hpp"
#include "encoding/pair_hash.hpp"
#include "journal/frame_index.hpp"
#include "journal/line_pairs.hpp"
#include "journal/service_traffic.hpp"
#include "journal/test_batch.hpp"

using namespace wideline;
using namespace wideline::journal_files;
using testing_journal::ServiceTraffic;
using testing_journal::TestBatch;

namespace {

std::uint64_t pair(std::string_view key, std::string_view value) { return pair_hash(key_hash(key), value); }

std::vector<std::uint64_t> pairs_of(std::string_view line) {
    std::vector<std::uint64_t> pairs;
    REQUIRE(append_line_pairs(pairs, line));
    return pairs;
}

double share_that_passes(std::string_view filter, std::mt19937_64& random) {
    constexpr int kAsked = 20'000;
    int passed = 0;
    for (int i = 0; i < kAsked; ++i) passed += filter_may_contain(filter, random()) ? 1 : 0;
    return static_cast<double>(passed) / kAsked;
}

}  // namespace

TEST_CASE("A filter never denies a pair that was put in, and few of the others pass") {
    std::mt19937_64 random(11);
    PairFilterBuilder builder;
    for (const std::size_t count : {1, 2, 100, 5000, 20'000}) {
        std::vector<std::uint64_t> pairs;
        for (std::size_t i = 0; i < count; ++i) pairs.push_back(random());
        pairs.push_back(0);
        builder.add(pairs);
        builder.add(pairs);
        const std::string filter = builder.finish(count * 12 / 8 + 100);
        REQUIRE_FALSE(filter.empty());
        for (const std::uint64_t one : pairs) REQUIRE(filter_may_contain(filter, one));
        if (count >= 100) CHECK(share_that_passes(filter, random) < 0.07);
    }
    CHECK(builder.finish(1000).empty());  // Nothing is left of the one before.
}

TEST_CASE(
    "A filter of the room that real frames leave keeps the index within 6 percent, and nine of ten frames unread") {
    ServiceTraffic traffic;
    std::mt19937_64 random(12);
    PairFilterBuilder builder;
    for (int frame = 0; frame < 4; ++frame) {
        const std::string lines = traffic.lines(1 << 20);
        const std::string data = TestBatch::compress(lines);
        FrameIndex index;
        index.pair_filter = filter_of(builder, lines, {}, data.size());
        index.sampled_away = {{"otherwise", 1}, {"health", 2}, {"search", 3}};
        std::string bytes;
        append_index_frame(bytes, index);
        CHECK(static_cast<double>(bytes.size()) <= 0.06 * static_cast<double>(data.size()));
        CHECK(share_that_passes(index.pair_filter, random) < 0.1);
    }
}

TEST_CASE("A frame too small for a filter, and lines that are no JSON, have none, so that all may be in them") {
    PairFilterBuilder builder;
    const std::string small = ServiceTraffic().line();
    CHECK(filter_of(builder, small, {}, TestBatch::compress(small).size()).empty());
    CHECK(filter_of(builder, "{\"a\":1}\nno JSON\n", {}, 100'000).empty());
    for (const std::string_view none : {std::string_view(), std::string_view("\4\0\0\0", 4),
                                        std::string_view("\0\0\0\0\0\0", 6), std::string_view("\xFF\0\0\0\0\0", 6)})
        CHECK(filter_may_contain(none, 7));
    CHECK_FALSE(filter_may_contain(std::string_view("\4\0\0\0\0\0", 6), 7));
}

TEST_CASE("Whoever asks for a field and a value as he would write it is never told no of an event that has it") {
    PairFilterBuilder builder;
    const std::string line =
        R"({"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","status":200,"ratio":3.0,"big":18446744073709551615,)"
        R"("low":-9223372036854775808,"text":"7.0","hit":true,"none":null,"user.id":"u_42","said":"a \"b\"\n",)"
        R"("feature_flags":["old","new"],"huge":1e300,"part":0.25,"event_id":"e","timestamp":"t"})";
    const std::vector<std::uint64_t> pairs = pairs_of(line);
    builder.add(pairs);
    const std::string filter = builder.finish(1000);
    for (const auto& [key, value] :
         std::vector<std::pair<std::string, std::string>>{{"trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"},
                                                          {"status", "200"},
                                                          {"status", "200.0"},
                                                          {"status", "+2e2"},
                                                          {"status", "0200"},
                                                          {"ratio", "3"},
                                                          {"big", "18446744073709551615"},
                                                          {"low", "-9223372036854775808"},
                                                          {"text", "7.0"},
                                                          {"hit", "true"},
                                                          {"none", "null"},
                                                          {"user.id", "u_42"},
                                                          {"said", "a \"b\"\n"},
                                                          {"feature_flags", "new"},
                                                          {"huge", "1e300"},
                                                          {"huge", "1e999"},
                                                          {"part", "0.25"},
                                                          {"part", ".25"},
                                                          {"event_id", "e"},
                                                          {"timestamp", "t"}})
        CHECK(may_contain(filter, key, value));
    for (const auto& [key, value] :
         std::vector<std::pair<std::string, std::string>>{{"trace_id", "4bf92f3577b34da6a3ce929d0e0e4737"},
                                                          {"status", "201"},
                                                          {"status", "200x"},
                                                          {"status", ""},
                                                          {"big", "18446744073709551614"},
                                                          {"hit", "false"},
                                                          {"feature_flags", "newer"},
                                                          {"user.id", "u_4"}})
        CHECK_FALSE(may_contain(filter, key, value));
    CHECK(may_contain({}, "status", "201"));
}

TEST_CASE("The pairs of a line are its strings, integers and words, also in arrays, by their text") {
    using Pairs = std::vector<std::uint64_t>;
    CHECK(pairs_of("{}").empty());
    CHECK(pairs_of(R"({"a":"x"})") == Pairs{pair("a", "x")});
    CHECK(pairs_of(R"( {"a" : 7 , "b":true,"c":null} )") ==
          Pairs{pair("a", "7"), pair("b", "true"), pair("c", "null")});
    CHECK(pairs_of(R"({"a":-3.0,"b":3.5,"c":3e2,"d":"3.5"})") ==
          Pairs{pair("a", "-3"), pair("c", "300"), pair("d", "3.5")});
    CHECK(pairs_of(R"({"a\"b":"c\u00e9\n"})") == Pairs{pair("a\"b", "c\xC3\xA9\n")});
    CHECK(pairs_of(R"({"a":["x",1,2.5,false,["no"],{"no":1}],"b":[]})") ==
          Pairs{pair("a", "x"), pair("a", "1"), pair("a", "false")});
    CHECK(pairs_of("{\"a\":[ \"x\" ,\t1 , 7.0\r,true ]}") ==
          Pairs{pair("a", "x"), pair("a", "1"), pair("a", "7"), pair("a", "true")});
    CHECK(pairs_of(R"({"o":{"a":"}]","b":[1]},"z":1})") == Pairs{pair("z", "1")});
    CHECK(pairs_of(R"({"timestamp":"t","event_id":"e","trace_id":"f"})") ==
          Pairs{pair("trace_id", "f"), second_pair_hash(pair("trace_id", "f"))});
}

TEST_CASE("A trace id that another program wrote as an array, an object or a number is found, or has no pair") {
    const auto id = [](std::string_view text) { return pair("trace_id", text); };
    CHECK(pairs_of(R"({"a":"x","trace_id":["f",7]})") == std::vector<std::uint64_t>{pair("a", "x"), id("f"), id("7"),
                                                                                    second_pair_hash(id("f")),
                                                                                    second_pair_hash(id("7"))});
    for (const char* none : {R"({"trace_id":{}})", R"({"trace_id":[]})", R"({"trace_id":7.5})"})
        CHECK(pairs_of(none).empty());
}

TEST_CASE("Lines cut anywhere, and any bytes, are no event, and are seen to be none") {
    std::vector<std::uint64_t> pairs;
    const std::string line = R"({"a":"x\"y","b":[1,"t",{"c":2}],"d":-1.5,"e":{"f":[[]]}})";
    for (std::size_t size = 0; size < line.size(); ++size) CHECK_FALSE(append_line_pairs(pairs, line.substr(0, size)));
    CHECK_FALSE(append_line_pairs(pairs, line + line));
    std::mt19937_64 random(13);
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes = line;
        for (std::uint64_t edits = 1 + random() % 4; edits > 0; --edits)
            bytes[random() % bytes.size()] = "{}[]\",:\\ 1a"[random() % 11];
        (void)append_line_pairs(pairs, bytes);
    }
}

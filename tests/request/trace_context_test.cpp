#include "request/trace_context.hpp"

#include <cstdint>
#include <optional>
#include <random>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"

using wideline::copy_tracestate;
using wideline::format_traceparent;
using wideline::is_valid_tracestate;
using wideline::kMaxTracestateBytes;
using wideline::kTraceparentBytes;
using wideline::parse_traceparent;
using wideline::randomness_of;
using wideline::TraceContext;

namespace {

const std::string kValid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string formatted(const TraceContext& context) {
    char out[kTraceparentBytes];
    format_traceparent(out, context);
    return {out, kTraceparentBytes};
}

std::string copied(std::string_view header) {
    char out[kMaxTracestateBytes];
    return {out, copy_tracestate(out, header)};
}

/// The specification's words as a regular expression. Slow, and short enough to be seen to be right.
bool reference_accepts(const std::string& header) {
    static const std::regex form(
        "[ \t]*(?!ff)([0-9a-f]{2})-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
        "(-[\\s\\S]*?)?[ \t]*");
    std::smatch match;
    return std::regex_match(header, match, form) && (match[1] != "00" || match[2].length() == 0);
}

bool reference_accepts_tracestate(const std::string& header) {
    static const std::regex member("[ \t]*([a-z0-9][a-z0-9_*/@-]{0,255})=([ -+\\--<>-~]{0,255}[!-+\\--<>-~])[ \t]*");
    static const std::regex empty("[ \t]*");
    int members = 0;
    for (std::size_t at = 0; at <= header.size();) {
        const std::size_t end = std::min(header.find(',', at), header.size());
        const std::string text = header.substr(at, end - at);
        at = end + 1;
        std::smatch match;
        if (std::regex_match(text, empty)) continue;
        if (!std::regex_match(text, match, member)) return false;
        ++members;
    }
    return members <= 32;
}

}  // namespace

TEST_CASE("The specification's traceparents are read", "[trace_context]") {
    const auto sampled = parse_traceparent(kValid);
    REQUIRE(sampled);
    CHECK(sampled->trace_id_high == 0x4bf92f3577b34da6);
    CHECK(sampled->trace_id_low == 0xa3ce929d0e0e4736);
    CHECK(sampled->parent_span_id == 0x00f067aa0ba902b7);
    CHECK(sampled->flags == TraceContext::kSampled);

    const auto not_sampled = parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
    REQUIRE(not_sampled);
    CHECK(not_sampled->flags == 0);
}

TEST_CASE("Flags that nobody has defined are not taken over", "[trace_context]") {
    CHECK(parse_traceparent(kValid.substr(0, 53) + "ff")->flags == (TraceContext::kSampled | TraceContext::kRandom));
    CHECK(parse_traceparent(kValid.substr(0, 53) + "09")->flags == TraceContext::kSampled);
    CHECK(parse_traceparent("01" + kValid.substr(2, 51) + "ff")->flags == TraceContext::kSampled);
    CHECK(formatted({1, 2, 3, 0xff}).substr(53) == "03");
}

TEST_CASE("A higher version is read as far as it is known", "[trace_context]") {
    const std::string later = "cc" + kValid.substr(2);
    CHECK(parse_traceparent(later));
    CHECK(parse_traceparent(later + "-what-the-future-will-be-like"));
    CHECK(parse_traceparent(later + "-"));
    CHECK_FALSE(parse_traceparent(later + ".what-the-future-will-be-like"));
    CHECK_FALSE(parse_traceparent(later + "0"));
    CHECK_FALSE(parse_traceparent("ff" + kValid.substr(2)));
    CHECK_FALSE(parse_traceparent("ff" + kValid.substr(2) + "-more"));
}

TEST_CASE("A malformed traceparent is no traceparent", "[trace_context]") {
    for (const std::string& header :
         {std::string(), std::string("00"), std::string(54, '0'), std::string(55, '0'), std::string(1 << 20, '0'),
          kValid + ".", kValid + "-what-the-future-will-be-like", kValid + "," + kValid, kValid.substr(0, 54),
          "0" + kValid, std::string("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"),
          std::string("00-00000000000000000000000000000000-00f067aa0ba902b7-01"),
          std::string("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"),
          std::string("00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-001"),
          std::string("00-4bf92f3577b34da6a3ce929d0e0e47360-0f067aa0ba902b7-01"), "\n" + kValid, kValid + "\r\n",
          kValid + std::string(1, '\0'), "\xc2\xa0" + kValid}) {
        INFO(header.substr(0, 100));
        CHECK_FALSE(parse_traceparent(header));
    }
}

TEST_CASE("Half an id of zeros is an id", "[trace_context]") {
    CHECK(parse_traceparent("00-00000000000000000000000000000001-0000000000000001-00"));
    CHECK(parse_traceparent("00-10000000000000000000000000000000-1000000000000000-00"));
}

TEST_CASE("Spaces and tabs around a traceparent are not a part of it", "[trace_context]") {
    for (const std::string& header : {" " + kValid, "\t" + kValid, kValid + " ", kValid + "\t", "\t " + kValid + " \t"})
        CHECK(parse_traceparent(header));
    CHECK_FALSE(parse_traceparent(" \t "));
}

TEST_CASE("Every change of one character is judged as the specification's grammar judges it", "[trace_context]") {
    for (const std::string& header : {kValid, "01" + kValid.substr(2) + "-x",
                                      std::string("00-00000000000000000000000000000001-0000000000000001-00"),
                                      "fe" + kValid.substr(2), " " + kValid + " "})
        for (std::size_t at = 0; at <= header.size(); ++at)
            for (int byte = 0; byte < 256; ++byte)
                for (const std::size_t replaced : {0, 1, 2}) {  // inserted, replaced, replaced and one lost
                    std::string changed = header;
                    changed.replace(at, replaced, 1, static_cast<char>(byte));
                    if (parse_traceparent(changed).has_value() == reference_accepts(changed)) continue;
                    INFO(changed);
                    FAIL();
                }
}

TEST_CASE("What is written is read back", "[trace_context]") {
    std::mt19937_64 random(4);
    for (int i = 0; i < 10'000; ++i) {
        const TraceContext context{random() >> i % 64, random() | 1, (random() >> i % 64) | 1,
                                   static_cast<std::uint8_t>(random() & 3)};
        const auto read = parse_traceparent(formatted(context));
        REQUIRE(read);
        REQUIRE(read->trace_id_high == context.trace_id_high);
        REQUIRE(read->trace_id_low == context.trace_id_low);
        REQUIRE(read->parent_span_id == context.parent_span_id);
        REQUIRE(read->flags == context.flags);
    }
    CHECK(formatted(*parse_traceparent(kValid)) == kValid);
}

TEST_CASE("Bytes of any kind and length are judged without harm", "[trace_context]") {
    std::mt19937_64 random(5);
    const std::string alphabet = "0123456789abcdef-0f,= \tot=rv:;";
    for (int i = 0; i < 200'000; ++i) {
        std::string bytes(random() % 80, '\0');
        for (char& c : bytes)
            c = random() % 4 != 0 ? alphabet[random() % alphabet.size()] : static_cast<char>(random());
        REQUIRE(parse_traceparent(bytes).has_value() == reference_accepts(bytes));
        static_cast<void>(randomness_of(bytes));
    }
}

TEST_CASE("The specification's tracestates are valid", "[trace_context]") {
    for (const char* header :
         {"rojo=00f067aa0ba902b7", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "foo=1 \t , \t bar=2, \t baz=3", "", " ",
          ",", "foo=1,", ",foo=1", "foo=1,,,bar=2", "1tenant@vendor=x", "a= leading space",
          "abcdefghijklmnopqrstuvwxyz0123456789_-*/@a-z0-9_-*/= !\"#$%&'()*+-./:;<>?@[\\]^_`{|}~"}) {
        INFO(header);
        CHECK(is_valid_tracestate(header));
    }
}

TEST_CASE("A malformed tracestate is not valid", "[trace_context]") {
    for (const std::string& header :
         {std::string("foo"), std::string("foo="), std::string("=1"), std::string("foo =1"), std::string("FOO=1"),
          std::string("foo.bar=1"), std::string("@foo=1"), std::string("foo=1=2"), std::string("foo=,bar=3"),
          std::string("foo=\t1"), std::string("foo=\x7f"), std::string("foo=\xc3\xa9"), "foo=" + std::string(257, 'x'),
          std::string(257, 'k') + "=1", std::string("foo=1\0", 6), std::string("foo=1,bar")}) {
        INFO(header);
        CHECK_FALSE(is_valid_tracestate(header));
    }
    CHECK(is_valid_tracestate("foo=" + std::string(256, 'x')));
    CHECK(is_valid_tracestate(std::string(256, 'k') + "=1"));
}

TEST_CASE("A tracestate with a key twice goes on as it came, and the first randomness counts", "[trace_context]") {
    for (const std::string& header : {std::string("foo=1,foo=1"), std::string("foo=1,foo=2"),
                                      std::string("foo=1,ot=rv:ffffffffffffff,foo=2"), std::string("foo=1, foo=1 ,")}) {
        INFO(header);
        CHECK(is_valid_tracestate(header));
        CHECK(copied(header) == header);
    }
    CHECK(randomness_of("foo=1,ot=rv:00000000000001,foo=2,ot=rv:00000000000002") == std::uint64_t{1});
    CHECK(randomness_of("ot=rv:6e6d1a75832a2f,ot=1") == std::uint64_t{0x6e6d1a75832a2f});
}

TEST_CASE("Keys with at signs and of 256 characters go on", "[trace_context]") {
    for (const std::string& key : {std::string("foo@"), std::string("foo@@bar"), std::string("foo@bar@baz"),
                                   std::string(256, 'z'), std::string(241, 't') + "@" + std::string(14, 'v'),
                                   std::string(242, 't') + "@v", "t@" + std::string(15, 'v')}) {
        INFO(key);
        CHECK(copied("foo=1," + key + "=1") == "foo=1," + key + "=1");
        CHECK(is_valid_tracestate("foo=1," + key + "=1"));
    }
    CHECK_FALSE(is_valid_tracestate("foo=1," + std::string(257, 'z') + "=1"));
}

TEST_CASE("A tracestate has at most 32 members, and empty ones do not count", "[trace_context]") {
    std::string header;
    for (int i = 0; i < 32; ++i) header += "k" + std::to_string(i) + "=v, ,";
    CHECK(is_valid_tracestate(header));
    CHECK_FALSE(is_valid_tracestate(header + "one_more=v"));
}

TEST_CASE("A tracestate is judged as the specification's grammar judges it", "[trace_context]") {
    std::mt19937_64 random(6);
    const std::string alphabet = "ab01_-*/@==,, \tA~:;";
    for (int i = 0; i < 100'000; ++i) {
        std::string header(random() % 24, '\0');
        for (char& c : header)
            c = random() % 20 != 0 ? alphabet[random() % alphabet.size()] : static_cast<char>(random());
        if (is_valid_tracestate(header) == reference_accepts_tracestate(header)) continue;
        INFO(header);
        FAIL();
    }
}

TEST_CASE("Explicit randomness is read from the member that OpenTelemetry has", "[trace_context]") {
    const std::optional<std::uint64_t> some = 0x6e6d1a75832a2f;
    CHECK(randomness_of("ot=rv:6e6d1a75832a2f") == some);
    CHECK(randomness_of("ot=th:8;rv:6e6d1a75832a2f") == some);
    CHECK(randomness_of("congo=t61rcWkgMzE, ot=p:8;rv:6e6d1a75832a2f;th:0 ,rojo=1") == some);
    CHECK(randomness_of("ot=rv:00000000000000") == std::uint64_t{0});
    CHECK(randomness_of("ot=rv:ffffffffffffff") == (std::uint64_t{1} << 56) - 1);
}

TEST_CASE("Randomness that is malformed is none", "[trace_context]") {
    for (const char* header :
         {"", "ot=th:8", "ot=rv:6e6d1a75832a2", "ot=rv:6e6d1a75832a2f0", "ot=rv:6E6D1A75832A2F", "ot=rv:6e6d1a75832a2g",
          "ot=rv:", "ot=rv", "ot=xrv:6e6d1a75832a2f", "ot=rvx:6e6d1a75832a2f", "xot=rv:6e6d1a75832a2f",
          "ot2=rv:6e6d1a75832a2f", "ot=rv: 6e6d1a75832a2f", "ot=rv:6e6d1a75832a2f,BAD"}) {
        INFO(header);
        CHECK_FALSE(randomness_of(header));
    }
}

TEST_CASE("A tracestate of up to 512 bytes goes on unchanged, byte for byte", "[trace_context]") {
    CHECK(copied("").empty());
    CHECK(copied(" foo=1 \t, ,bar=2 ") == " foo=1 \t, ,bar=2 ");
    const std::string full = "a=" + std::string(254, 'x') + ",b=" + std::string(253, 'y');
    REQUIRE(full.size() == 512);
    CHECK(copied(full) == full);
}

TEST_CASE("A longer tracestate loses whole members, the long ones first and then those at the end", "[trace_context]") {
    const std::string long_one = "long=" + std::string(200, 'x');
    std::string short_ones;
    for (int i = 10; i < 20; ++i) short_ones += ",k" + std::to_string(i) + "=" + std::string(36, 'y');
    const std::string header = long_one + short_ones;
    REQUIRE(header.size() > 512);
    CHECK(copied(header) == short_ones.substr(1));

    std::string many;
    for (int i = 10; i < 30; ++i) many += (i > 10 ? ",k" : "k") + std::to_string(i) + "=" + std::string(36, 'y');
    CHECK(copied(many) == many.substr(0, 12 * 41 - 1));
}

TEST_CASE("What is left of a long tracestate is valid, fits, and keeps its order", "[trace_context]") {
    std::mt19937_64 random(7);
    for (int i = 0; i < 20'000; ++i) {
        std::string header;
        std::vector<std::string> members;
        for (std::size_t n = random() % 33; members.size() < n;) {
            members.push_back("k" + std::to_string(members.size()) + "=" + std::string(1 + random() % 256, 'v'));
            header += (header.empty() ? "" : random() % 2 != 0 ? ", " : ",") + members.back();
        }
        const std::string left = copied(header);
        REQUIRE(left.size() <= kMaxTracestateBytes);
        REQUIRE(is_valid_tracestate(left));
        if (header.size() <= kMaxTracestateBytes) {
            REQUIRE(left == header);
            continue;
        }
        std::size_t found = 0;
        for (const std::string& member : members) {
            const std::size_t at = ("," + left + ",").find("," + member + ",", found);
            if (at != std::string::npos) found = at + 1;
        }
        REQUIRE((left.empty() || found > 0));
    }
}

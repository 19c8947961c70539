// What every service of a trace must agree on: the inputs and outcomes of the tests that W3C and OpenTelemetry publish,
// written as ours, through requests as a service opens them.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "request/recorded_events.hpp"
#include "request/trace_context.hpp"
#include "sampling/consistent.hpp"

using request_test::RecordedEvents;
using wideline::randomness_of;
using wideline::threshold_of;
using wideline::sampling::fixed_share;
using wideline::sampling::kRandomnessRange;

namespace {

const std::string kTrace = "12345678901234567890123456789012";
const std::string kUnsampled = "00-" + kTrace + "-1234567890123456-00";

/// What a request that has come with these headers sends on.
struct Sent {
    std::string traceparent;
    std::string tracestate;

    [[nodiscard]] bool continues() const { return traceparent.substr(3, 32) == kTrace; }
    [[nodiscard]] bool has(const std::string& member) const { return tracestate.find(member) != std::string::npos; }
};

Sent sent(RecordedEvents& log, const std::string& traceparent, const std::string& tracestate = {}) {
    const wideline::Request request{"r", log.recorder(), {.traceparent = traceparent, .tracestate = tracestate}};
    return {request.traceparent(), request.tracestate()};
}

/// As OpenTelemetry writes one: 14 digits without their trailing zeros.
std::string threshold_text(double probability) {
    std::uint64_t threshold = fixed_share(probability).threshold;
    std::string digits;
    for (int i = 0; i < 14; ++i, threshold <<= 4) digits += "0123456789abcdef"[threshold >> 52 & 15];
    while (digits.size() > 1 && digits.back() == '0') digits.pop_back();
    return digits;
}

double probability_of(std::uint64_t threshold) { return static_cast<double>(kRandomnessRange - threshold) * 0x1p-56; }

}  // namespace

// w3c/trace-context, test/test.py at acab820: TraceContextTest, test_traceparent_*.
TEST_CASE("Traceparents of the W3C's tests are continued or refused as there", "[sampling][peers]") {
    RecordedEvents log;
    const auto continues = [&](const std::string& header) { return sent(log, header).continues(); };
    const std::string rest = "-" + kTrace + "-1234567890123456-01";
    CHECK(continues("00" + rest));
    CHECK(sent(log, "00" + rest).traceparent.substr(36, 16) != "1234567890123456");
    for (const char* const end : {".", "-what-the-future-will-be-like"}) CHECK_FALSE(continues("00" + rest + end));
    for (const char* const end : {"", "-what-the-future-will-be-like"}) CHECK(continues("cc" + rest + end));
    CHECK_FALSE(continues("cc" + rest + ".what-the-future-will-be-like"));
    for (const char* const version : {"ff", ".0", "0.", "000", "0000", "0"}) CHECK_FALSE(continues(version + rest));
    for (const char* const trace :
         {"00000000000000000000000000000000", ".2345678901234567890123456789012", "1234567890123456789012345678901.",
          "123456789012345678901234567890123", "1234567890123456789012345678901"})
        CHECK(sent(log, std::string("00-") + trace + "-1234567890123456-01").traceparent.substr(3, 32) != trace);
    for (const char* const parent :
         {"0000000000000000", ".234567890123456", "123456789012345.", "12345678901234567", "123456789012345"})
        CHECK_FALSE(continues("00-" + kTrace + "-" + parent + "-01"));
    for (const char* const flags : {".0", "0.", "001", "1"})
        CHECK_FALSE(continues("00-" + kTrace + "-1234567890123456-" + flags));
    for (const auto& [before, after] : {std::pair{" ", ""}, {"\t", ""}, {"", " "}, {"", "\t"}, {"\t ", " \t"}})
        CHECK(continues(before + ("00" + rest) + after));
}

// The same file: test_tracestate_*. Headers that come in several are joined by commas before they get here.
TEST_CASE("Tracestates of the W3C's tests go on or not as there", "[sampling][peers]") {
    RecordedEvents log;
    const auto on = [&](const std::string& tracestate) { return sent(log, kUnsampled, tracestate); };
    CHECK(sent(log, "", "foo=1").tracestate == sent(log, "", "foo=1,bar=2").tracestate);  // traceparent_missing
    CHECK(on("foo=1,bar=2").has("foo=1"));
    for (const char* const with_empty : {"foo=1,", ",foo=1"}) CHECK(on(with_empty).has("foo=1"));
    CHECK(on("foo=1,bar=2,rojo=1,congo=2,baz=3").tracestate == "foo=1,bar=2,rojo=1,congo=2,baz=3");
    CHECK(on("foo=1,foo=1").has("foo=1"));
    CHECK(on("foo=1,foo=2").has("foo=1"));
    std::string key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
    std::string value;
    for (char c = 0x20; c <= 0x7e; ++c)
        if (c != ',' && c != '=') value += c;
    CHECK(on(key + "=" + value).has(key + "=" + value));
    CHECK(on(key + "@a-z0-9_-*/=" + value).has(key + "@a-z0-9_-*/=" + value));
    for (const char* const spaced : {"foo=1 \t , \t bar=2, \t baz=3", "foo=1\t \t,\t \tbar=2,\t \tbaz=3"})
        for (const char* const member : {"foo=1", "bar=2", "baz=3"}) CHECK(on(spaced).has(member));
    for (const char* const spaced : {" foo=1", "\tfoo=1", "foo=1 ", "foo=1\t", "\t foo=1 \t"})
        CHECK(on(spaced).has("foo=1"));
    for (const char* const illegal : {"foo =1", "FOO=1", "foo.bar=1", "foo=bar=baz", "foo=,bar=3", "@foo=1,bar=2"})
        CHECK(on(illegal).tracestate.empty());
    for (const char* const at : {"foo@=1,bar=2", "foo@@bar=1,bar=2", "foo@bar@baz=1,bar=2"})
        CHECK(on(at).tracestate == at);
    std::string members = "bar01=01";
    for (int i = 2; i <= 32; ++i) members += (i < 10 ? ",bar0" : ",bar") + std::to_string(i) + "=" + std::to_string(i);
    CHECK(on(members).tracestate == members);
    CHECK(on(members + ",bar33=33").tracestate.empty());
    for (const std::string& long_key : {std::string(256, 'z'), std::string(241, 't') + "@" + std::string(14, 'v'),
                                        std::string(242, 't') + "@v", "t@" + std::string(15, 'v')})
        CHECK(on("foo=1," + long_key + "=1").tracestate == "foo=1," + long_key + "=1");
    CHECK(on("foo=1," + std::string(257, 'z') + "=1").tracestate.empty());
}

TEST_CASE("A key that is there twice takes neither the tracestate nor its randomness", "[sampling][peers]") {
    RecordedEvents log;
    const std::string state = "foo=1,ot=rv:ffffffffffffff,foo=2";
    CHECK(sent(log, kUnsampled, state).tracestate == state);
    CHECK(randomness_of(state) == 0xffffffffffffff);
    CHECK(randomness_of("ot=rv:00000000000001,ot=rv:00000000000002") == 1U);
}

// open-telemetry/opentelemetry-collector-contrib, pkg/sampling, probability_test.go at 209045f.
TEST_CASE("Probabilities of OpenTelemetry's tests have the thresholds that they have there", "[sampling][peers]") {
    struct Row {
        double probability;
        const char* threshold;
    };
    const auto below = [](double from, int steps) {
        for (; steps > 0; --steps) from = std::nextafter(from, 0.0);
        return from;
    };
    const std::vector<Row> rows = {
        {1.0 / 3, "aaaaaaaaaaaaac"},
        {15.0 / 16, "1"},
        {below(15.0 / 16, 1), "10000000000008"},
        {below(15.0 / 16, 2), "1000000000001"},
        {below(15.0 / 16, 3), "10000000000018"},
        {0.5, "8"},
        {below(0.5, 1), "80000000000004"},
        {below(0.5, 2), "80000000000008"},
        {below(0.5, 3), "8000000000000c"},
        {0.25, "c"},
        {below(0.25, 1), "c0000000000002"},
        {below(0.25, 2), "c0000000000004"},
        {below(0.25, 3), "c0000000000006"},
        {0.125, "e"},
        {below(0.125, 1), "e0000000000001"},
        {below(0.125, 2), "e0000000000002"},
        {below(0.125, 3), "e0000000000003"},
        {1.0 / 16, "f"},
        {below(1.0 / 16, 2), "f0000000000001"},
        {below(1.0 / 16, 3), "f0000000000001"},
        {0x1p-56, "ffffffffffffff"},
        {0x2p-56, "fffffffffffffe"},
        {0x3p-56, "fffffffffffffd"},
        {0x4p-56, "fffffffffffffc"},
        {0x8p-56, "fffffffffffff8"},
        {0x10p-56, "fffffffffffff"},
        {1 - 0x456789ap-28, "456789a"},
        {1 - 0x456789ap-40, "000456789a"},
        {1 - 0x789abcdefp-40, "0789abcdef"},
        {1 - 0x12345678p-32, "12345678"},
        {1 - 0x80801p-28, "0080801"},
        {1, "0"},
    };
    for (const auto& [probability, threshold] : rows) {
        INFO(probability);
        CHECK(threshold_text(probability) == threshold);
        CHECK(threshold_of("ot=th:" + std::string(threshold)) == fixed_share(probability).threshold);
    }
}

// oteltracestate_test.go at 045fdcd: TestParseOpenTelemetryTraceState. A part that is not understood makes all of the
// member an error there; here it costs only itself, so that a service still agrees with the others of its trace.
TEST_CASE("Thresholds and randomness of OpenTelemetry's tests are read as there", "[sampling][peers]") {
    const auto th = [](const std::string& ot) { return threshold_of("ot=" + ot); };
    const auto rv = [](const std::string& ot) { return randomness_of("ot=" + ot); };
    CHECK(th("th:2") == 0x20000000000000U);
    CHECK(th("th:ab") == 0xab000000000000U);
    CHECK(th("th:abcdefabcdefab") == 0xabcdefabcdefabU);
    CHECK(th("th:1000") == 0x10000000000000U);
    CHECK(th("th:0") == 0U);
    for (const char* const malformed :
         {"th:1=p:2", "th:1;p:2=s:3", ":;:", ":", "th:;p=1", "th:$", "th:0x1p+3", "th:14.5", "th:-1",
          "th:ffffffffffffffff", "th:100000000000000", "th:", "e100:1", "TH:1"}) {
        INFO(malformed);
        CHECK_FALSE(th(malformed));
    }
    CHECK(th("th:2;extra:stuff") == th("extra:stuff;th:2"));
    CHECK(th("e100:100;th:1;e101:101") == th("th:1"));
    CHECK(th("x1y2z3:1-2-3;y1:y_1;xy:-;th:50") == 0x50000000000000U);
    CHECK(rv("rv:22222222222222;extra:stuff") == 0x22222222222222U);
    CHECK(rv("extra:stuff;rv:22222222222222") == 0x22222222222222U);
    CHECK(rv("rv:ffffffffffffff") == 0xffffffffffffffU);
    CHECK(rv("rv:10000000000000;th:3;a:b;c:d") == 0x10000000000000U);
    for (const char* const malformed :
         {"rv:100000000000000", "rv:fffffffffffffffff", "rv:3;p:2", "rv:", "rv:2222222222222G"})
        CHECK_FALSE(rv(malformed));
    CHECK(probability_of(*th("rv:10000000000000;th:3;a:b;c:d")) == 1 - 0x3p-4);
    CHECK(1 / probability_of(*th("th:c")) == 4);
    CHECK(1 / probability_of(*th("th:555")) == Approx(1 / (1 - 0x555p-12)));
}

// threshold_test.go at 24fc159.
TEST_CASE("Traces of OpenTelemetry's tests are sampled as there", "[sampling][peers]") {
    CHECK(fixed_share(probability_of(*threshold_of("ot=th:c"))).keeps(*randomness_of("ot=rv:d29d6a7215ced0")));
    CHECK(fixed_share(0.25).keeps(0xd29d6a7215ced0));
    CHECK(fixed_share(0.25).keeps(0xabd29d6a7215ced0));  // the low half of a trace id
}

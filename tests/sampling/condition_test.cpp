#include <wideline/condition.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "sampling/rule_answers.hpp"

using namespace std::chrono_literals;
using wideline::testing::holds;
using wideline::testing::integer;
using wideline::testing::refusal;
using wideline::testing::SampleRequest;
using wideline::testing::SampleValue;
using wideline::testing::text;
using wideline::testing::truth;
using wideline::testing::with;
namespace wl = wideline;

namespace {

const wl::FieldOperand x = wl::field("x");

}  // namespace

TEST_CASE("Every comparison with an absent field is false, and its negation true", "[sampling]") {
    const SampleRequest without;
    for (const wl::Condition& condition : {x == 1, x != 1, x<1, x <= 1, x> 1, x >= 1, x.exists(), x.in({1}),
                                           x.contains(""), x.starts_with(""), x.matches("")}) {
        CHECK_FALSE(holds(condition, without));
        CHECK(holds(!condition, without));
    }
}

TEST_CASE("Every comparison with a field of another type is false, and its negation true", "[sampling]") {
    const std::vector<SampleValue> others = {std::monostate{}, true, text("1"), std::vector<std::string>{"1"},
                                             std::chrono::system_clock::time_point{}};
    for (const SampleValue& other : others)
        for (const wl::Condition& condition : {x == 1, x != 1, x<1, x <= 1, x> 1, x >= 1, x.in({1, 2})}) {
            CHECK_FALSE(holds(condition, with(other)));
            CHECK(holds(!condition, with(other)));
        }
    CHECK_FALSE(holds(x != "1", with(integer(1))));
    CHECK_FALSE(holds(x != true, with(integer(1))));
    CHECK_FALSE(holds(x.starts_with("1"), with(integer(1))));
    CHECK_FALSE(holds(x.contains("1"), with(integer(1))));
    CHECK_FALSE(holds(x.matches("1"), with(integer(1))));
}

TEST_CASE("A field equals the constants of its value, whatever their C++ types", "[sampling]") {
    CHECK(holds(x == 200, with(std::uint64_t{200})));
    CHECK(holds(x == 200u, with(integer(200))));
    CHECK(holds(x == 200.0f, with(integer(200))));
    CHECK(holds(x == short{200}, with(200.0)));
    CHECK(holds(x != 200, with(integer(201))));
    CHECK(holds(x == true, with(true)));
    CHECK(holds(x == std::string("a"), with(text("a"))));
    CHECK(holds(x == std::string_view("a"), with(text("a"))));
    CHECK_FALSE(holds(x == "a", with(text("ab"))));
    CHECK(holds(x == 0.0, with(-0.0)));
    CHECK_FALSE(holds(x == (std::int64_t{1} << 53) + 1, with(0x1p53)));
    CHECK(holds(x < (std::int64_t{1} << 53) + 1, with(0x1p53)));
}

TEST_CASE("The orders are those of the numbers and of the bytes", "[sampling]") {
    CHECK(holds(x < 5, with(integer(4))));
    CHECK_FALSE(holds(x < 5, with(integer(5))));
    CHECK(holds(x <= 5, with(integer(5))));
    CHECK_FALSE(holds(x <= 5, with(integer(6))));
    CHECK(holds(x > 5, with(5.5)));
    CHECK_FALSE(holds(x > 5, with(integer(5))));
    CHECK(holds(x >= 5, with(integer(5))));
    CHECK_FALSE(holds(x >= 5, with(integer(-6))));
    CHECK(holds(x < "b", with(text("a"))));
    CHECK(holds(x >= "b", with(text("b\xff"))));
}

TEST_CASE("A rule finds a time however it is written", "[sampling]") {
    const SampleRequest request = with(text("2026-01-01T00:00:00.5Z"));
    CHECK(holds(x == "2026-01-01T01:00:00.500+01:00", request));
    CHECK(holds(x > "2026-01-01T00:00:00Z", request));
    CHECK(holds(x.in({"a", "2026-01-01T01:00:00.5+01:00"}), request));
    CHECK_FALSE(holds(x == "2026-01-01T00:00:00.6Z", request));
}

TEST_CASE("NaN compares false with everything, as a field and as a constant", "[sampling]") {
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    for (const wl::Condition& condition : {x == 1, x != 1, x<1, x <= 1, x> 1, x >= 1, x.in({1, kNaN})})
        CHECK_FALSE(holds(condition, with(kNaN)));
    for (const wl::Condition& condition : {x == kNaN, x != kNaN, x < kNaN, x >= kNaN, x.in({kNaN})})
        CHECK_FALSE(holds(condition, with(1.0)));
    CHECK(holds(x.in({kNaN, 1, kNaN}), with(1.0)));
}

TEST_CASE("A field exists when it was written with a value other than null", "[sampling]") {
    for (const SampleValue& value : std::vector<SampleValue>{false, integer(0), text(""), std::vector<std::string>{},
                                                             std::chrono::system_clock::time_point{}})
        CHECK(holds(x.exists(), with(value)));
    CHECK_FALSE(holds(x.exists(), with(std::monostate{})));
}

TEST_CASE("The last write of a field is the one that is compared", "[sampling]") {
    const SampleRequest request{.fields = {{"x", integer(1)}, {"y", integer(5)}, {"x", integer(2)}}};
    CHECK(holds(x == 2, request));
    CHECK_FALSE(holds(x == 1, request));
    CHECK_FALSE(holds(x.exists(), {.fields = {{"x", integer(1)}, {"x", std::monostate{}}}}));
}

TEST_CASE("in() finds each of its constants and nothing else", "[sampling]") {
    const wl::Condition mixed = x.in({1, "a", 2.5, true, 7u, "b"});
    for (const SampleValue& value :
         {integer(1), text("a"), SampleValue(2.5), SampleValue(true), text("b"), SampleValue(7.0)})
        CHECK(holds(mixed, with(value)));
    for (const SampleValue& value : {integer(2), text("c"), text(""), SampleValue(false), SampleValue(2.25), text("1")})
        CHECK_FALSE(holds(mixed, with(value)));
    CHECK(holds(x.in({"a", "b"}), with(text("b"))));
    std::vector<wl::Constant> many;
    for (int i = 0; i < 1000; ++i) many.emplace_back("customer-" + std::to_string(i * 7919 % 1000));
    CHECK(holds(x.in(many), with(text("customer-637"))));
    CHECK_FALSE(holds(x.in(many), with(text("customer-1000"))));
}

TEST_CASE("contains() looks into strings and for members of arrays", "[sampling]") {
    CHECK(holds(x.contains("bot"), with(text("Googlebot/2.1"))));
    CHECK_FALSE(holds(x.contains("bot"), with(text("Google"))));
    CHECK(holds(x.contains(""), with(text(""))));
    CHECK(holds(x.contains("b"), with(std::vector<std::string>{"a", "b"})));
    CHECK_FALSE(holds(x.contains("b"), with(std::vector<std::string>{"a", "bb"})));
    CHECK_FALSE(holds(x.contains("b"), with(std::vector<std::string>{})));
}

TEST_CASE("starts_with() compares the beginning", "[sampling]") {
    CHECK(holds(x.starts_with("/api/"), with(text("/api/users"))));
    CHECK_FALSE(holds(x.starts_with("/api/"), with(text("/api"))));
    CHECK_FALSE(holds(x.starts_with("/api/"), with(text("x/api/"))));
}

TEST_CASE("matches() finds the expression anywhere, and at the ends where it says so", "[sampling]") {
    CHECK(holds(x.matches("v[0-9]+/users"), with(text("/api/v12/users?x=1"))));
    CHECK_FALSE(holds(x.matches("^v[0-9]+"), with(text("/api/v12"))));
    CHECK(holds(x.matches("^/api/.*/users$"), with(text("/api/v12/users"))));
    CHECK_FALSE(holds(x.matches("^/api/.*/users$"), with(text("/api/v12/users/1"))));
    CHECK(holds(x.matches("css|js$"), with(text("/a.js"))));
    CHECK(holds(x.matches("^a|b$"), with(text("xb"))));
    CHECK(holds(x.matches(""), with(text(""))));
    CHECK(holds(x.matches("b"), with(text("a\nb"))));
    CHECK(holds(wl::name().matches("out$"), {.name = "checkout"}));
}

TEST_CASE("A regular expression that does not compile is refused by name", "[sampling]") {
    for (const char* pattern : {"(", "[", "a)(b", "*a", "a{2,1}", "[z-a]", "\\"}) {
        INFO(pattern);
        CHECK_THAT(refusal([&] { return x.matches(pattern); }), Catch::Contains('"' + std::string(pattern) + '"'));
    }
    CHECK_THAT(refusal([] { return x.matches(std::string(5000, 'a')); }), Catch::Contains("5000"));
}

TEST_CASE("A regular expression whose automaton would be huge is refused by name", "[sampling]") {
    CHECK_THAT(refusal([] { return x.matches("(a?){9999}"); }), Catch::Contains("(a?){9999}"));
    CHECK_THAT(refusal([] { return x.matches("((a?){100}){100}"); }), Catch::Contains("parts"));
    CHECK_THAT(refusal([] { return x.matches("a{1,99999999999999999999}"); }), Catch::Contains("parts"));
    CHECK_THAT(refusal([] { return x.matches(std::string(2000, '(') + std::string(2000, ')')); }),
               Catch::Contains("deep"));
    CHECK(holds(x.matches("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
                with(text("4bf92f35-77b3-4da6-a3ce-929d0e0e4736"))));
    CHECK(holds(x.matches("^[[:alpha:]]{2,100}[{(]\\{"), with(text("ab({"))));
}

TEST_CASE("No expression and no string makes matching overflow the stack or run for ever", "[sampling]") {
    const std::string hostile(16'384, 'a');
    const auto start = std::chrono::steady_clock::now();
    std::thread small([&] {  // any thread: nothing recurses with the length of the string
        for (const char* pattern :
             {"(a|b)*c", "(a+)+$b", "(a*)*b", "^(([a-z])+.)+[A-Z]([a-z])+$", "a.*a.*a.*a.*b", "(.*)*x"})
            CHECK_FALSE(holds(x.matches(pattern), with(hostile)));
    });
    small.join();
    CHECK(std::chrono::steady_clock::now() - start < 20s);
}

TEST_CASE("The request's name, outcome and duration can be asked for", "[sampling]") {
    const SampleRequest request{.name = "checkout", .duration = 500ms};
    CHECK(holds(wl::name() == "checkout", request));
    CHECK(holds(wl::field("name").in({"checkout", "search"}), request));
    CHECK(holds(wl::name().starts_with("check") && wl::name().contains("out"), request));
    CHECK(holds(wl::field("outcome") == "success", request));
    CHECK(holds(wl::field("outcome") == "error", {.failed = true}));
    CHECK(holds(wl::field("outcome") == "cancelled", {.cancelled = true}));
    CHECK(holds(wl::field("outcome") == "error", {.failed = true, .cancelled = true}));
    CHECK(holds(wl::cancelled(), {.cancelled = true}));
    CHECK_FALSE(holds(wl::cancelled(), {.failed = true, .cancelled = true}));
    CHECK_FALSE(holds(wl::cancelled() || wl::failed(), {}));
    CHECK(holds(wl::field("duration_ms") == 500, request));
    CHECK(holds(wl::field("duration_ms") >= 499.9, request));
    CHECK(holds(wl::failed(), {.failed = true}));
    CHECK_FALSE(holds(wl::failed(), request));
    CHECK(holds(wl::upstream_sampled(), {.upstream_sampled = true}));
    CHECK_FALSE(holds(wl::upstream_sampled(), request));
}

TEST_CASE("A duration compares with durations of every unit", "[sampling]") {
    const SampleRequest request{.duration = 500ms};
    CHECK(holds(wl::duration() == 500ms && wl::duration() != 501ms, request));
    CHECK(holds(wl::duration() >= 0.5s && wl::duration() <= 500'000us, request));
    CHECK_FALSE(holds(wl::duration() < 500ms || wl::duration() > 500ms, request));
    CHECK_FALSE(holds(wl::slower_than(500ms), request));
    CHECK(holds(wl::slower_than(499'999'999ns), request));
    CHECK(holds(wl::slower_than(0.4999s), request));
    CHECK_FALSE(holds(wl::slower_than(std::chrono::hours::max()), request));
    CHECK(holds(wl::slower_than(std::chrono::hours::min()), request));
    CHECK_FALSE(
        holds(wl::slower_than(std::chrono::duration<double>(std::numeric_limits<double>::infinity())), request));
    CHECK_THROWS_AS(wl::slower_than(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN())),
                    std::invalid_argument);
}

TEST_CASE("A predicate reads the event", "[sampling]") {
    const wl::Condition condition = wl::when([](const wl::EventView& view) {
        const auto value = view.find("x");
        return value && value->number() > 1 && view.name() == "request";
    });
    CHECK(holds(condition, with(integer(2))));
    CHECK_FALSE(holds(condition, with(integer(1))));
    CHECK_FALSE(holds(condition, {}));
    CHECK_THROWS_AS(wl::when({}), std::invalid_argument);
}

TEST_CASE("A predicate that throws makes the condition neither true nor false", "[sampling]") {
    const wl::Condition throws = wl::when([](const wl::EventView&) -> bool { throw std::runtime_error("no"); });
    const wl::Condition throws_an_int = wl::when([](const wl::EventView&) -> bool { throw 7; });
    CHECK(truth(throws, {}) == wl::sampling::Truth::threw);
    CHECK(truth(!throws, {}) == wl::sampling::Truth::threw);
    CHECK(truth(throws_an_int || wl::name() == "request", {}) == wl::sampling::Truth::threw);
    CHECK(truth(wl::name() == "request" || throws, {}) == wl::sampling::Truth::yes);
    CHECK(truth(wl::name() == "other" && throws, {}) == wl::sampling::Truth::no);
}

TEST_CASE("A field's name that none can have is refused by name", "[sampling]") {
    CHECK_THAT(refusal([] { return wl::field(""); }), Catch::Contains("not empty"));
    CHECK_THAT(refusal([] { return wl::field("a\tb"); }), Catch::Contains("control"));
    CHECK_THAT(refusal([] { return wl::field(std::string(129, 'k')); }), Catch::Contains("128"));
    for (const char* stamped :
         {"timestamp", "trace_id", "event_id", "sample_weight", "service.name", "wideline.truncated"})
        CHECK_THAT(refusal([&] { return wl::field(stamped); }), Catch::Contains(stamped));
    CHECK(refusal([] { return wl::field("error.type"); }).empty());
    CHECK(refusal([] { return wl::field(std::string(128, 'k')); }).empty());
}

TEST_CASE("A condition with many parts is evaluated, and one with too many is refused", "[sampling]") {
    wl::Condition chain = x == 0;
    for (int i = 1; i < 4'000; ++i) chain = chain || x == i;
    CHECK(holds(chain, with(integer(3'999))));
    CHECK_FALSE(holds(chain, with(integer(4'000))));
    CHECK_THAT(refusal([&] {
                   wl::Condition longer = chain;
                   for (int i = 0; i < 1'000; ++i) longer = longer || x == i;
                   return longer;
               }),
               Catch::Contains("deep") && Catch::Contains("in()"));
    CHECK_THAT(refusal([] {
                   wl::Condition doubled = x == 0;
                   for (int i = 0; i < 64; ++i) doubled = doubled && doubled;
                   return doubled;
               }),
               Catch::Contains("comparisons"));
}

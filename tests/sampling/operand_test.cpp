// What a rule can ask beyond one field and one constant: the first of several fields, members of nested values, numbers
// in texts, the caller's tracestate, and which requests of a kind come up.
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"
#include "sampling/rule_answers.hpp"

using namespace std::chrono_literals;
using wideline::testing::holds;
using wideline::testing::integer;
using wideline::testing::refusal;
using wideline::testing::SampleEvent;
using wideline::testing::SampleRequest;
using wideline::testing::text;
using wideline::testing::with;
using Json = nlohmann::json;
namespace wl = wideline;

namespace {

const wl::FieldOperand x = wl::field("x");

}  // namespace

TEST_CASE("A status that was written as a text compares as the number that it writes", "[sampling]") {
    const wl::Condition server_error = wl::number(x) >= 500;
    CHECK(holds(server_error, with(integer(503))));
    CHECK(holds(server_error, with(std::uint64_t{503})));
    CHECK(holds(server_error, with(503.5)));
    CHECK(holds(server_error, with(text("503"))));
    CHECK(holds(server_error, with(text("5.03e2"))));
    CHECK_FALSE(holds(server_error, with(text("404"))));
    CHECK(holds(wl::number(x) == -7, with(text("-7"))));
    CHECK(holds(wl::number(x) == std::uint64_t{18446744073709551615U}, with(text("18446744073709551615"))));
    CHECK_FALSE(holds(wl::number(x) == 0x1p64, with(text("18446744073709551615"))));
    CHECK(holds(wl::number(x).in({500, 503}), with(text("503"))));
    CHECK(holds(wl::number(x).not_in({500, 502}), with(text("503"))));
    CHECK(holds(wl::number(x).exists(), with(text("0"))));
    CHECK(holds(wl::number(wl::tracestate("v")) > 4, {.tracestate = "v=5"}));
}

TEST_CASE("A text that writes no number is as absent to number()", "[sampling]") {
    for (const char* const other : {"", " 503", "503 ", "503 Service Unavailable", "0x1f7", "inf", "nan", "-", "+503",
                                    ".5", "1e999", "5,03", "--1"}) {
        INFO(other);
        CHECK_FALSE(holds(wl::number(x) >= -1e308, with(text(other))));
        CHECK_FALSE(holds(wl::number(x).exists(), with(text(other))));
    }
    CHECK_FALSE(holds(wl::number(x) == 1, with(true)));
    CHECK_FALSE(holds(wl::number(x).exists(), with(std::vector<std::string>{"503"})));
}

TEST_CASE("number() that is compared with a text is refused by name", "[sampling]") {
    CHECK(refusal([] { return wl::number(x) == "503"; }).find("number(field(\"x\"))") != std::string::npos);
    CHECK_FALSE(refusal([] { return wl::number(x) != true; }).empty());
    CHECK_FALSE(refusal([] { return wl::number(x).in({1, "2"}); }).empty());
    CHECK_FALSE(refusal([] { return wl::number(x).contains("5"); }).empty());
    CHECK_FALSE(refusal([] { return wl::number(x).starts_with("5"); }).empty());
    CHECK_FALSE(refusal([] { return wl::number(x).matches("5"); }).empty());
}

TEST_CASE("not_in() holds for a value of the same type that is none of them, and not for an absent one", "[sampling]") {
    CHECK(holds(x.not_in({"a", "b"}), with(text("c"))));
    CHECK_FALSE(holds(x.not_in({"a", "b"}), with(text("b"))));
    CHECK_FALSE(holds(x.not_in({"a", "b"}), {}));
    CHECK_FALSE(holds(x.not_in({"a", "b"}), with(std::monostate{})));
    CHECK_FALSE(holds(x.not_in({"a", "b"}), with(integer(7))));
    CHECK(holds(x.not_in({"a", 5}), with(integer(7))));
    CHECK(holds(x.not_in({1, 2.5}), with(2.0)));
    CHECK_FALSE(holds(x.not_in({1, 2.5}), with(2.5)));
}

TEST_CASE("An empty list is refused by name", "[sampling]") {
    CHECK(refusal([] { return x.in(std::vector<wl::Constant>{}); }).starts_with("wideline: field(\"x\").in({})"));
    CHECK(
        refusal([] { return x.not_in(std::vector<wl::Constant>{}); }).starts_with("wideline: field(\"x\").not_in({})"));
    CHECK(refusal([] { return wl::name().in(std::vector<wl::Constant>{}); }).starts_with("wideline: name().in({})"));
}

TEST_CASE("(?i) finds letters of either case", "[sampling]") {
    CHECK(holds(x.matches("(?i)^bot|crawler$"), with(text("BoT/1.0"))));
    CHECK(holds(x.matches("(?i)[a-c]{3}"), with(text("xABCx"))));
    CHECK_FALSE(holds(x.matches("(?i)^bot"), with(text("robot"))));
    CHECK_FALSE(holds(x.matches("bot"), with(text("BOT"))));
    CHECK_FALSE(refusal([] { return x.matches("a(?i)b"); }).empty());
}

TEST_CASE("first_of() compares the first field that exists", "[sampling]") {
    const wl::Condition route = wl::first_of({"a", "b", "c"}) == "v";
    CHECK(holds(route, {.fields = {{"a", text("v")}}}));
    CHECK(holds(route, {.fields = {{"b", text("v")}, {"c", text("w")}}}));
    CHECK_FALSE(holds(route, {.fields = {{"a", text("w")}, {"b", text("v")}}}));
    CHECK(holds(route, {.fields = {{"a", std::monostate{}}, {"b", text("v")}}}));
    CHECK_FALSE(holds(route, {}));
    CHECK(holds(wl::first_of({"a", "name"}).starts_with("req"), {}));
    CHECK(holds(wl::first_of({"a", "b"}).exists(), {.fields = {{"b", integer(1)}}}));
    CHECK_FALSE(holds(wl::first_of({"a", "b"}).exists(), {}));
    CHECK(holds(wl::number(wl::first_of({"a", "b"})) == 1, {.fields = {{"b", text("1")}}}));
    CHECK_FALSE(refusal([] { return wl::first_of({}); }).empty());
    CHECK_FALSE(refusal([] { return wl::first_of({"a", "trace_id"}); }).empty());
    CHECK_FALSE(refusal([] { return wl::first_of(std::vector<std::string>(17, "a")); }).empty());
}

TEST_CASE("first_of() finds its fields when there are no slots left", "[sampling]") {
    wl::Condition many = wl::field("k0") == 1;
    for (int i = 1; i < 40; ++i) many = many || wl::field("k" + std::to_string(i)) == 1;
    CHECK(holds(many || wl::first_of({"p", "q"}) == 2, {.fields = {{"q", integer(2)}}}));
}

TEST_CASE("A dotted path finds a member of a nested value", "[sampling]") {
    const SampleRequest request{.fields = {{"test", Json{{"a", 1},
                                                         {"b", {{"c", "deep"}, {"d.e", 2.5}}},
                                                         {"t", true},
                                                         {"n", nullptr},
                                                         {"list", {1, 2}},
                                                         {"brackets", "}],{[\""},
                                                         {"after", "found"}}}}};
    CHECK(holds(wl::field("test.a") == 1, request));
    CHECK(holds(wl::field("test.a").in({0, 1}), request));
    CHECK(holds(wl::field("test.b.c") == "deep", request));
    CHECK(holds(wl::field("test.b.d.e") == 2.5, request));
    CHECK(holds(wl::field("test.t") == true, request));
    CHECK(holds(wl::field("test.list").exists(), request));
    CHECK(holds(wl::field("test.b").exists(), request));
    CHECK(holds(wl::field("test.after") == "found", request));
    CHECK(holds(wl::field("test.brackets") == "}],{[\"", request));
    CHECK(holds(wl::field("test.brackets").matches("\"$"), request));
    CHECK_FALSE(holds(wl::field("test.n").exists(), request));
    CHECK_FALSE(holds(wl::field("test.none").exists(), request));
    CHECK_FALSE(holds(wl::field("test.a.b").exists(), request));
    CHECK_FALSE(holds(wl::field("a").exists(), request));
    CHECK_FALSE(holds(wl::field("tes.a").exists(), request));
    CHECK(holds(wl::when([](const wl::EventView& event) { return event.find("test.a")->int64 == 1; }), request));
}

TEST_CASE("A field whose whole name is the path wins over a nested value's member", "[sampling]") {
    const SampleRequest before{.fields = {{"test", Json{{"a", 1}}}, {"test.a", integer(2)}}};
    const SampleRequest after{.fields = {{"test.a", integer(2)}, {"test", Json{{"a", 1}}}}};
    for (const SampleRequest& request : {before, after}) {
        CHECK(holds(wl::field("test.a") == 2, request));
        CHECK_FALSE(holds(wl::field("test.a") == 1, request));
    }
    const SampleRequest nearer{.fields = {{"a", Json{{"b", Json{{"c", 1}}}}}, {"a.b", Json{{"c", 2}}}}};
    CHECK(holds(wl::field("a.b.c") == 2, nearer));
}

TEST_CASE("A nested value that was overwritten has no members any more", "[sampling]") {
    CHECK_FALSE(holds(wl::field("x.a").exists(), {.fields = {{"x", Json{{"a", 1}}}, {"x", integer(1)}}}));
    CHECK(holds(wl::field("x.a") == 2, {.fields = {{"x", Json{{"a", 1}}}, {"x", Json{{"a", 2}}}}}));
}

TEST_CASE("A rule reads the caller's tracestate by its key", "[sampling]") {
    const SampleRequest request{.tracestate = "ot=th:8;rv:6e6d1a75832a2f,vendor=high,a@b=2,vendor=low"};
    CHECK(holds(wl::tracestate("vendor") == "high", request));
    CHECK(holds(wl::tracestate("a@b").exists(), request));
    CHECK_FALSE(holds(wl::tracestate("other").exists(), request));
    CHECK_FALSE(holds(wl::tracestate("vendor").exists(), {}));
    CHECK_FALSE(refusal([] { return wl::tracestate(""); }).empty());
    CHECK_FALSE(refusal([] { return wl::tracestate("Vendor"); }).empty());
    CHECK(refusal([] { return wl::tracestate("ot"); }).find("randomness") != std::string::npos);
}

TEST_CASE("has_parent() holds for what has a parent span, and always() for everything", "[sampling]") {
    CHECK(holds(wl::has_parent(), {.parent_span_id = 7}));
    CHECK_FALSE(holds(wl::has_parent(), {}));
    CHECK(holds(wl::always(), {}));
    CHECK_FALSE(holds(!wl::always(), {}));
    CHECK(holds(x == 1 && wl::always(), with(integer(1))));
    CHECK(holds(wl::always() && (x == 2 || wl::always()), with(integer(1))));
}

TEST_CASE("once_per() takes one of each kind, and one more each time that its interval has passed", "[sampling]") {
    wl::detail::WatchedKeys keys;
    wl::sampling::Learned learned;
    const wl::sampling::CompiledCondition once(wl::once_per({"x"}, 10s), keys, learned);
    const wl::sampling::CompiledCondition first(wl::first_seen({"x"}, 10s), keys, learned);
    SampleEvent a(with(text("a")), keys);
    SampleEvent b(with(text("b")), keys);
    std::string came;
    std::string was_first;
    for (int second = 0; second < 31; ++second)
        for (SampleEvent* const event : {&a, &b}) {
            event->replay(0, 1'000'000'000'000 + second * 1'000'000'000LL, 0ns);
            if (once.holds(event->view())) came += (event == &a ? "a" : "b") + std::to_string(second) + " ";
            if (first.holds(event->view())) was_first += (event == &a ? "a" : "b") + std::to_string(second) + " ";
        }
    CHECK(came == "a0 b0 a10 b10 a20 b20 a30 b30 ");
    CHECK(was_first == "a0 b0 ");
}

TEST_CASE("once_per() without fields or time is refused by name", "[sampling]") {
    CHECK(refusal([] { return wl::once_per({}, 1s); }).find("once_per()") != std::string::npos);
    CHECK(refusal([] { return wl::once_per({"a"}, 0s); }).find("once_per()") != std::string::npos);
    CHECK(refusal([] { return wl::first_seen({"a"}, -1s); }).find("first_seen()") != std::string::npos);
}

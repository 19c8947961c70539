// What users of other samplers are used to: the inputs and outcomes of their tests of rules, written as ours. Where an
// outcome is another one here, on purpose, the row says why.
#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "sampling/rule_answers.hpp"

using namespace std::chrono_literals;
using wideline::Condition;
using wideline::field;
using wideline::number;
using wideline::testing::holds;
using wideline::testing::SampleRequest;
using wideline::testing::SampleValue;
using Json = nlohmann::json;

namespace {

SampleValue value_of(const Json& json) {
    if (json.is_boolean()) return json.get<bool>();
    if (json.is_number_float()) return json.get<double>();
    if (json.is_number_integer()) return json.get<std::int64_t>();
    if (json.is_string()) return json.get<std::string>();
    if (json.is_null()) return std::monostate{};
    return json;
}

SampleRequest with_fields(const char* fields) {
    SampleRequest request;
    const Json json = Json::parse(fields);
    for (const auto& [key, value] : json.items()) request.fields.emplace_back(key, value_of(value));
    return request;
}

/// One row of a peer's table: the fields of a span there are those of a request here.
struct Row {
    const char* name;
    Condition condition;
    const char* fields;
    bool holds;
};

void check(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        INFO(row.name);
        CHECK(holds(row.condition, with_fields(row.fields)) == row.holds);
    }
}

}  // namespace

// honeycombio/refinery, sample/rules_test.go at 64a874a: TestRules. Rows of several spans are one request a span here:
// a condition of Refinery's holds if it holds for any span of the trace.
TEST_CASE("Rules of Refinery's tests hold for the fields that they hold for there", "[sampling][peers]") {
    check({
        {"int64equals", field("test") == 1, R"({"test": 1})", true},
        {"int64greaterthan", field("test") > 1, R"({"test": 2})", true},
        {"int64lessthan", field("test") < 2, R"({"test": 1})", true},
        {"int64float64lessthan", field("test") < 2.2, R"({"test": 1})", true},
        {"rule that wont be hit", field("test") > 2.2, R"({"test": 1})", false},
        {"fallback", wideline::always(), R"({"test": 1})", true},
        {"multiple matches", field("test") <= 2.2 && field("test") >= 2.2 && field("test_two") == true,
         R"({"test": 2.2, "test_two": true})", true},
        {"drop", field("test") > 2, R"({"test": 3.0})", true},
        {"test multiple rules must all be matched", field("first") == 1 && field("second") == 2, R"({"first": 1})",
         false},
        {"not equal test", field("first") != 10, R"({"first": 9})", true},
        {"exists test", field("first").exists(), R"({"first": 9})", true},
        {"not exists test", !field("first").exists(), R"({"second": 9})", true},
        {"starts with test", field("first").starts_with("honey"), R"({"first": "honeycomb"})", true},
        {"contains test", field("first").contains("eyco"), R"({"first": "honeycomb"})", true},
        {"does not contain test", !field("first").contains("noteyco"), R"({"first": "honeycomb"})", true},
        {"YAMLintgeaterthan", field("test") > 1, R"({"test": 2})", true},
        {"Search multiple fields (success)", wideline::first_of({"test", "test2"}) == 17, R"({"test2": 17})", true},
        {"Search multiple fields (fails)", wideline::first_of({"test", "test2"}) == 17, R"({"test2": 16})", false},
        {"Multiple fields, multiple values (fails)", wideline::first_of({"test", "test2"}) == 17,
         R"({"test": 2, "test2": 17})", false},
    });
    SampleRequest root;
    SampleRequest child;
    child.parent_span_id = 0x54321;
    CHECK(holds(wideline::has_parent(), child));       // "Check that root span is missing"
    CHECK_FALSE(holds(wideline::has_parent(), root));  // "Check that root span is present"
}

// The same file: TestRulesWithNestedFields. Refinery looks into nested fields if a rule says so; here every rule does,
// so its row "do not check nested" has no counterpart.
TEST_CASE("Nested fields of Refinery's tests are found", "[sampling][peers]") {
    check({
        {"nested field", field("test.test1") == "a", R"({"test": {"test1": "a"}})", true},
        {"field not nested", field("test.test1") == "a", R"({"test.test1": "a"})", true},
        {"not exists test", !field("test.test1").exists(), R"({"test": {"test2": "b"}})", true},
        {"nested fields", wideline::first_of({"test.test1", "test.test2"}) == "a", R"({"test": {"test2": "a"}})", true},
    });
}

// The same file: TestRulesDatatypes. Refinery's datatype of a condition turns both sides into it. Here `number()` does
// for numbers. Nothing turns numbers and booleans into texts, which would compare 9.3 > "10.3": a comparison with
// another type is false.
TEST_CASE("Values of Refinery's tests of types compare as there if they are numbers", "[sampling][peers]") {
    check({
        {"int64Unchanged", number(field("test")) == 1, R"({"test": 1})", true},
        {"floatUnchanged", number(field("test")) == 1.01, R"({"test": 1.01})", true},
        {"stringUnchanged", field("test") == "foo", R"({"test": "foo"})", true},
        {"boolUnchanged: no text here", field("test") == "true", R"({"test": true})", false},
        {"bool", field("test") == true, R"({"test": true})", true},
        {"boolShouldChangeToFalse: no text here", field("test").contains("ru"), R"({"test": true})", false},
        {"intToFloat", number(field("test")) == 10, R"({"test": 10.0})", true},
        {"floatToInt", number(field("test")) < 100.01, R"({"test": 100})", true},
        {"invalidConfigComparesStringWithInt", field("test") == "500", R"({"test": "500"})", true},
        {"stringToInt", number(field("test")) == 500, R"({"test": "500"})", true},
        {"intToString: as numbers here", number(field("test")) > 1, R"({"test": 2})", true},
        {"floatToString: as numbers here", number(field("test")) > 10.3, R"({"test": 9.3})", false},
        {"stringToFloat", number(field("test")) <= 4.13, R"({"test": "4.13"})", true},
        {"stringToFloatInvalid", number(field("test")) >= 4.13, R"({"test": "fourPointOneThree"})", false},
        {"stringNotEqual", field("test") != "notRightValue", R"({"test": "rightValue"})", true},
        {"toStringNotEqual: as numbers here", number(field("test")) != 667, R"({"test": 777})", true},
        {"intsNotEqual", number(field("test")) != 1, R"({"test": 11})", true},
        {"regexp1: no text here", field("test").matches("^[0-9]+$"), R"({"test": 123})", false},
        {"regexpWholeStringFail", field("test").matches("^[0-9]+$"), R"({"test": "abc"})", false},
    });
}

// The same file: TestRegexpRules. A number is no text here: its row `\d+` with 123 is false.
TEST_CASE("Regular expressions of Refinery's tests match as there", "[sampling][peers]") {
    check({
        {"0", field("test").matches(R"(\d+)"), R"({"test": "abc"})", false},
        {"1", field("test").matches(R"(\d+)"), R"({"test": "123"})", true},
        {"2", field("test").matches(R"(^\d+$)"), R"({"test": "123abc"})", false},
        {"3", field("test").matches(R"(^\d+)"), R"({"test": "123abc"})", true},
        {"4", field("test").matches(R"(\d+$)"), R"({"test": "123abc"})", false},
        {"5: no text here", field("test").matches(R"(\d+)"), R"({"test": 123})", false},
        {"6", field("test").matches("/foo/bar/[a-z]+"), R"({"test": "/foo/bar/abc"})", true},
        {"7", field("test").matches("/foo/bar/[a-z]+"), R"({"test": "/foo/bar/123"})", false},
    });
    CHECK_THROWS_AS(field("test").matches("[a-z+"), std::invalid_argument);
}

// The same file: TestRulesRootSpanContext, as far as one event can tell: a request is the root of its own event.
TEST_CASE("Conditions on the root span of Refinery's tests are conditions on the request", "[sampling][peers]") {
    check({
        {"root span matches", field("test").exists(), R"({"test": "foo"})", true},
        {"root prefix condition matches, others don't", field("test").exists() && field("anotherField") == "bar",
         R"({"test": "foo"})", false},
        {"all conditions match", field("test").exists() && field("anotherField") > 1.0,
         R"({"test": "foo", "anotherField": 3.5})", true},
        {"two root conditions, only one matches",
         field("test").exists() && field("nope").exists() && field("anotherField") < 100,
         R"({"test": "foo", "anotherField": 50})", false},
        {"span matches, root does not match", field("test").contains("foo"), R"({"test": "nope"})", false},
        {"no root span with multiple fields", wideline::first_of({"root.foo", "foo"}) == 100.01, R"({"foo": 100.01})",
         true},
        {"no root span, checking other spans in trace", wideline::first_of({"root.foo", "foo"}) == true,
         R"({"foo": true})", true},
        {"NotExists/field is missing", !field("svc.name").exists(), R"({"name.of.svc": "is not svc.name!"})", true},
    });
}

// open-telemetry/opentelemetry-collector-contrib, processor/tailsamplingprocessor/internal/sampling,
// string_tag_filter_test.go at 01e977c: TestStringTagFilter. An inverted policy is `!` here. An empty list of values
// decides nothing, and is refused here.
TEST_CASE("String policies of OpenTelemetry's tail sampler decide as there", "[sampling][peers]") {
    const auto in = [](std::vector<wideline::Constant> values) { return field("example").in(std::move(values)); };
    const Condition check_of_health = field("example").matches("v[0-9]+.HealthCheck$");
    const Condition no_check = field("example").matches("v[a-z]+.HealthCheck$");
    const char* const kHealth = R"({"example": "grpc.health.v1.HealthCheck"})";
    check({
        {"nonmatching node attribute key", in({"value"}), R"({"non_matching": "value"})", false},
        {"nonmatching node attribute value", in({"value"}), R"({"example": "non_matching"})", false},
        {"matching node attribute", in({"value"}), R"({"example": "value"})", true},
        {"matching span attribute with regex", check_of_health, kHealth, true},
        {"nonmatching span attribute with regex", no_check, kHealth, false},
        {"matching plain text node attribute in regex", field("example").matches("value"), R"({"example": "value"})",
         true},
        {"invert nonmatching node attribute key", !in({"value"}), R"({"non_matching": "value"})", true},
        {"invert nonmatching node attribute value", !in({"value"}), R"({"example": "non_matching"})", true},
        {"invert nonmatching node attribute list", !in({"first_value", "value", "last_value"}),
         R"({"example": "non_matching"})", true},
        {"invert matching node attribute", !in({"value"}), R"({"example": "value"})", false},
        {"invert matching node attribute list", !in({"first_value", "value", "last_value"}), R"({"example": "value"})",
         false},
        {"invert matching span attribute with regex", !check_of_health, kHealth, false},
        {"invert matching span attribute with regex list",
         !(field("example").matches("^http") || check_of_health || field("example").matches("metrics$")), kHealth,
         false},
        {"invert nonmatching span attribute with regex", !no_check, kHealth, true},
        {"invert nonmatching span attribute with regex list",
         !(field("example").matches("^http") || no_check || field("example").matches("metrics$")), kHealth, true},
        {"invert matching plain text node attribute in regex list",
         !(field("example").matches("first_value") || field("example").matches("value")), R"({"example": "value"})",
         false},
    });
    CHECK_THROWS_AS(in({}), std::invalid_argument);
}

// numeric_tag_filter_test.go at 0732daa: TestNumericTagFilter, TestNumericTagFilterInverted and
// TestNumericTagFilterOptionalBounds. boolean_tag_filter_test.go at 0b9b509.
TEST_CASE("Numeric and boolean policies of OpenTelemetry's tail sampler decide as there", "[sampling][peers]") {
    const auto example = field("example");
    const Condition within = example >= INT32_MIN && example <= INT32_MAX;
    const std::vector<std::pair<std::string, bool>> limits = {{R"({"non_matching": -2147483648})", false},
                                                              {R"({"example": -2147483648})", true},
                                                              {R"({"example": 2147483647})", true},
                                                              {R"({"example": -2147483649})", false},
                                                              {R"({"example": 2147483648})", false}};
    for (const auto& [fields, inside] : limits) {
        INFO(fields);
        CHECK(holds(within, with_fields(fields.c_str())) == inside);
        CHECK(holds(!within, with_fields(fields.c_str())) != inside);
    }
    check({
        {"only min set - value above min", example >= 100, R"({"example": 200})", true},
        {"only min set - value below min", example >= 100, R"({"example": 50})", false},
        {"only max set - value below max", example <= 100, R"({"example": 50})", true},
        {"only max set - value above max", example <= 100, R"({"example": 200})", false},
        {"both set - value in range", example >= 100 && example <= 200, R"({"example": 150})", true},
        {"both set - value out of range", example >= 100 && example <= 200, R"({"example": 50})", false},
        {"inverted match - only min set - value above min", !(example >= 100), R"({"example": 200})", false},
        {"inverted match - only max set - value below max", !(example <= 100), R"({"example": 50})", false},
        {"non-matching span attribute", example == true, R"({"non_matching": true})", false},
        {"span attribute with unwanted boolean value", example == true, R"({"example": false})", false},
        {"span attribute with wanted boolean value", example == true, R"({"example": true})", true},
        {"inverted, non-matching span attribute", !(example == true), R"({"non_matching": true})", true},
        {"inverted, non matching boolean value", !(example == true), R"({"example": false})", true},
        {"inverted, matching boolean value", !(example == true), R"({"example": true})", false},
    });
}

// latency_test.go at 06be845, trace_flags_test.go at 2d7be13, trace_state_filter_test.go at 0f3d00d.
TEST_CASE("Latency, flag and tracestate policies of OpenTelemetry's tail sampler decide as there",
          "[sampling][peers]") {
    CHECK_FALSE(holds(wideline::duration() >= 5000ms, {.duration = 4500ms}));
    CHECK(holds(wideline::duration() >= 5000ms, {.duration = 5000ms}));
    CHECK(holds(wideline::duration() >= 5000ms, {.duration = 5500ms}));
    CHECK(holds(wideline::upstream_sampled(), {.upstream_sampled = true}));
    CHECK_FALSE(holds(wideline::upstream_sampled(), {.upstream_sampled = false}));
    const auto example = [](std::vector<wideline::Constant> values, const char* tracestate) {
        return holds(wideline::tracestate("example").in(std::move(values)), {.tracestate = tracestate});
    };
    CHECK_FALSE(example({"value"}, "non_matching=value"));
    CHECK_FALSE(example({"value"}, "example=non_matching"));
    CHECK(example({"value"}, "example=value"));
    CHECK_FALSE(example({"value"}, "example=non_matching,non_matching=value"));
    CHECK(example({"value"}, "example=value,non_matching=value"));
    CHECK_FALSE(example({"value1", "value2"}, "example=non_matching"));
    CHECK(example({"value1", "value2"}, "example=value1"));
    CHECK_THROWS_AS(example({}, "example=value"), std::invalid_argument);
}

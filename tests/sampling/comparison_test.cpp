#include "sampling/comparison.hpp"

#include <cfloat>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "catch.hpp"

using wideline::Constant;
using wideline::FieldValue;
using wideline::sampling::as_field_value;
using wideline::sampling::compare;
using wideline::sampling::sorts_before;

namespace {

constexpr auto kLess = std::partial_ordering::less;
constexpr auto kEqual = std::partial_ordering::equivalent;
constexpr auto kGreater = std::partial_ordering::greater;
constexpr auto kUnordered = std::partial_ordering::unordered;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t k53 = std::int64_t{1} << 53;

std::partial_ordering compare_constants(const Constant& left, const Constant& right) {
    return compare(as_field_value(left), as_field_value(right));
}

/// Wide enough for every integer of 64 bits, so the comparison is exact without any care.
long double wide(const FieldValue& value) {
    if (value.type == FieldValue::Type::int64) return static_cast<long double>(value.int64);
    if (value.type == FieldValue::Type::uint64) return static_cast<long double>(value.uint64);
    return static_cast<long double>(value.float64);
}

std::vector<FieldValue> numbers_near_every_edge() {
    std::vector<FieldValue> values;
    const auto add = [&](const Constant& constant) { values.push_back(as_field_value(constant)); };
    for (int bit = 0; bit < 64; ++bit)
        for (const std::uint64_t near : {~std::uint64_t{0}, std::uint64_t{0}, std::uint64_t{1}}) {
            const std::uint64_t integer = (std::uint64_t{1} << bit) + near;
            add(integer);
            add(static_cast<std::int64_t>(integer));
            add(-static_cast<std::int64_t>(integer / 2));
            const double number = std::ldexp(1.0, bit);
            for (const double of :
                 {number, std::nextafter(number, kInfinity), std::nextafter(number, 0.0), number + 0.5}) {
                add(of);
                add(-of);
            }
        }
    for (const double of : {0.0, -0.0, 0.5, 5e-324, DBL_MAX, kInfinity, -kInfinity, 0x1p64, -0x1p63}) add(of);
    return values;
}

}  // namespace

TEST_CASE("Numbers compare by their exact values across int64, uint64 and double", "[sampling]") {
    if (LDBL_MANT_DIG < 64) return;  // no type to check against
    const std::vector<FieldValue> values = numbers_near_every_edge();
    for (const FieldValue& left : values)
        for (const FieldValue& right : values)
            if (compare(left, right) != (wide(left) <=> wide(right))) {
                INFO("left " << wide(left) << " right " << wide(right));
                FAIL();
            }
}

TEST_CASE("2^53 + 1 is more than the double 2^53, though it would round to it", "[sampling]") {
    CHECK(compare_constants(k53 + 1, 0x1p53) == kGreater);
    CHECK(compare_constants(k53, 0x1p53) == kEqual);
    CHECK(compare_constants(~std::uint64_t{0}, 0x1p64) == kLess);
    CHECK(compare_constants(std::numeric_limits<std::int64_t>::max(), 0x1p63) == kLess);
    CHECK(compare_constants(std::int64_t{-1}, ~std::uint64_t{0}) == kLess);
}

TEST_CASE("NaN compares with nothing, not with itself either", "[sampling]") {
    for (const Constant& other : {Constant(kNaN), Constant(0), Constant(1u), Constant(kInfinity)}) {
        CHECK(compare_constants(kNaN, other) == kUnordered);
        CHECK(compare_constants(other, kNaN) == kUnordered);
    }
}

TEST_CASE("Values of different types do not compare", "[sampling]") {
    CHECK(compare_constants(1, true) == kUnordered);
    CHECK(compare_constants("1", 1) == kUnordered);
    CHECK(compare_constants("true", true) == kUnordered);
    CHECK(compare(FieldValue{}, FieldValue{}) == kUnordered);
}

TEST_CASE("Strings compare bytewise, as unsigned bytes and by length last", "[sampling]") {
    CHECK(compare_constants("a", "b") == kLess);
    CHECK(compare_constants("ab", "a") == kGreater);
    CHECK(compare_constants("\xff", "a") == kGreater);
    CHECK(compare_constants(std::string("a\0b", 3), std::string("a\0c", 3)) == kLess);
    CHECK(compare_constants("", "") == kEqual);
    CHECK(compare_constants(false, true) == kLess);
}

TEST_CASE("Times compare as times, whatever their offsets and fractions", "[sampling]") {
    CHECK(compare_constants("2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00Z") == kGreater);
    CHECK(compare_constants("2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00.000Z") == kEqual);
    CHECK(compare_constants("2026-01-01T00:00:00Z", "2026-01-01") == kGreater);  // By bytes: one is no time.
    FieldValue time;
    time.type = FieldValue::Type::time;
    time.int64 = 1'767'225'600'000'000;  // 2026-01-01T00:00:00Z
    const auto constant = [](const char* text) {
        FieldValue value;
        value.type = FieldValue::Type::string;
        value.text = text;
        return value;
    };
    CHECK(compare(time, constant("2026-01-01T01:00:00+01:00")) == kEqual);
    CHECK(compare(time, constant("2026-01-01T00:00:01Z")) == kLess);
    CHECK(compare(time, constant("soon")) == kUnordered);
}

TEST_CASE("The order of constants is a strict weak one", "[sampling]") {
    std::vector<FieldValue> values = numbers_near_every_edge();
    for (const char* text : {"", "a", "b", "\xff", "2026-01-01T01:00:00+01:00", "2026-01-01T00:30:00Z",
                             "2026-01-01T00:45", "2026-01-01T00:00:00Z"}) {
        values.push_back(as_field_value(Constant(text)));
        values.back().text = text;
    }
    values.push_back(as_field_value(Constant(true)));
    values.push_back(as_field_value(Constant(false)));
    std::mt19937 random(3);
    std::uniform_int_distribution<std::size_t> any(0, values.size() - 1);
    const auto same = [](const FieldValue& a, const FieldValue& b) {
        return !sorts_before(a, b) && !sorts_before(b, a);
    };
    for (int i = 0; i < 200'000; ++i) {
        const FieldValue& a = values[any(random)];
        const FieldValue& b = values[any(random)];
        const FieldValue& c = values[any(random)];
        REQUIRE_FALSE((sorts_before(a, b) && sorts_before(b, a)));
        if (sorts_before(a, b) && sorts_before(b, c)) REQUIRE(sorts_before(a, c));
        if (same(a, b) && same(b, c)) REQUIRE(same(a, c));
    }
}

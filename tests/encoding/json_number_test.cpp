#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "catch.hpp"
#include "encoding/json_number.hpp"

using namespace wideline::json_text;

namespace {

template <class Write, class Number>
std::string written(Write write, Number number) {
    char room[kNumberBound + 8];
    std::memset(room, 0x5a, sizeof room);
    const char* const end = write(room, number);
    if (std::string(room + kNumberBound, 8) != std::string(8, '\x5a')) return "wrote past the bound";
    return {static_cast<const char*>(room), end};
}

/// The layout that the header promises, of the standard library's shortest digits.
std::string model_double(double value) {
    char room[64];
    const double size = std::fabs(value);
    const bool with_point = size == 0 || (size >= 1e-4 && size < 1e16);
    const auto format = with_point ? std::chars_format::fixed : std::chars_format::scientific;
    std::string text(room, std::to_chars(room, room + sizeof room, value, format).ptr);
    if (with_point && text.find('.') == std::string::npos) text += ".0";
    return text;
}

/// Gives what differs from the model or does not read back; nothing where all is well.
std::string difference(double value) {
    const std::string got = written(write_double, value);
    if (got == model_double(value)) return {};
    return got + " in place of " + model_double(value);
}

bool reads_back(double value) {
    const double read = std::strtod(written(write_double, value).c_str(), nullptr);
    return std::bit_cast<std::uint64_t>(read) == std::bit_cast<std::uint64_t>(value);
}

double finite_of(std::uint64_t bits) {
    const auto value = std::bit_cast<double>(bits);
    return std::isfinite(value) ? value : std::bit_cast<double>(bits & ~(std::uint64_t{1} << 62));
}

}  // namespace

TEST_CASE("Integers come out exactly, at every power of ten and at the ends of 64 bits", "[json_text]") {
    CHECK(written(write_int, std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    CHECK(written(write_int, std::numeric_limits<std::int64_t>::max()) == "9223372036854775807");
    CHECK(written(write_uint, std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    for (std::int64_t small = -100'100; small <= 100'100; ++small)
        if (written(write_int, small) != std::to_string(small)) FAIL(small);
    std::uint64_t power = 1;
    for (int digits = 1; digits <= 20; ++digits, power *= 10) {
        for (std::uint64_t near = power - 3; near != power + 4; ++near) {
            CHECK(written(write_uint, near) == std::to_string(near));
            CHECK(written(write_int, static_cast<std::int64_t>(near)) ==
                  std::to_string(static_cast<std::int64_t>(near)));
        }
    }
}

TEST_CASE("Random integers of every size come out exactly", "[json_text]") {
    std::mt19937_64 random{7};
    for (int round = 0; round < 1'000'000; ++round) {
        const std::uint64_t value = random() >> (random() % 64);
        if (written(write_uint, value) != std::to_string(value)) FAIL(value);
        const auto negative = -static_cast<std::int64_t>(value >> 1);
        if (written(write_int, negative) != std::to_string(negative)) FAIL(negative);
    }
}

TEST_CASE("A double keeps a point or an exponent, so that it reads back as a double", "[json_text]") {
    CHECK(written(write_double, 0.0) == "0.0");
    CHECK(written(write_double, -0.0) == "-0.0");
    CHECK(written(write_double, 3.0) == "3.0");
    CHECK(written(write_double, -3.5) == "-3.5");
    CHECK(written(write_double, 0.1) == "0.1");
    CHECK(written(write_double, 19.99) == "19.99");
    CHECK(written(write_double, 12.345678) == "12.345678");
    CHECK(written(write_double, 0.001) == "0.001");
    CHECK(written(write_double, 0.0001) == "0.0001");
    CHECK(written(write_double, 0.00001) == "1e-05");
    CHECK(written(write_double, 0.123456789012) == "0.123456789012");
    CHECK(written(write_double, 100000.0) == "100000.0");
    CHECK(written(write_double, 123456789012345.6) == "123456789012345.6");
    CHECK(written(write_double, 9007199254740993.0) == "9007199254740992.0");
    CHECK(written(write_double, 9999999999999998.0) == "9999999999999998.0");
    CHECK(written(write_double, 1e16) == "1e+16");
    CHECK(written(write_double, 1e22) == "1e+22");
    CHECK(written(write_double, -1.5e300) == "-1.5e+300");
    CHECK(written(write_double, 5e-324) == "5e-324");
    CHECK(written(write_double, 2.2250738585072014e-308) == "2.2250738585072014e-308");
    CHECK(written(write_double, 1.7976931348623157e308) == "1.7976931348623157e+308");
}

TEST_CASE("Doubles of any bits have the shortest digits that read back, and the nearest of those", "[json_text]") {
    std::mt19937_64 random{11};
    for (int round = 0; round < 1'000'000; ++round) {
        const double value = finite_of(random());
        if (const auto wrong = difference(value); !wrong.empty()) FAIL(wrong);
        if (round % 8 == 0 && !reads_back(value)) FAIL(value);
    }
}

TEST_CASE("Doubles made of a few decimals have those decimals", "[json_text]") {
    std::mt19937_64 random{13};
    const double kPowers[] = {1,   1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,
                              1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17};
    for (int round = 0; round < 1'500'000; ++round) {
        const std::uint64_t digits = random() >> (random() % 60 + 4);
        const double value = static_cast<double>(digits) / kPowers[random() % std::size(kPowers)];
        if (const auto wrong = difference(value); !wrong.empty()) FAIL(wrong);
        // Its neighbours need every digit: a shortcut that is too generous would give them the decimals of `value`.
        if (const auto wrong = difference(std::nextafter(value, 1e300)); !wrong.empty()) FAIL(wrong);
        if (const auto wrong = difference(std::nextafter(value, -1e300)); !wrong.empty()) FAIL(wrong);
    }
}

TEST_CASE("Doubles at powers of two and ten, where the interval that reads back is lopsided, are shortest",
          "[json_text]") {
    const auto check_around = [](double value) {
        for (int step = -3; step <= 3; ++step) {
            const double near = finite_of(std::bit_cast<std::uint64_t>(value) + static_cast<std::uint64_t>(step));
            if (const auto wrong = difference(near); !wrong.empty()) FAIL(wrong);
            if (!reads_back(near)) FAIL(near);
        }
    };
    for (int exponent = -1074; exponent <= 1023; ++exponent) check_around(std::ldexp(1.0, exponent));
    for (int exponent = -323; exponent <= 308; ++exponent) {
        for (int digit = 1; digit <= 9; ++digit)
            check_around(std::strtod((std::to_string(digit) + "e" + std::to_string(exponent)).c_str(), nullptr));
    }
    for (std::uint64_t bits = 1; bits < 2000; ++bits) check_around(std::bit_cast<double>(bits));
}

TEST_CASE("What other readers take for a double is one: nlohmann reads back the same, as a float", "[json_text]") {
    std::mt19937_64 random{17};
    for (int round = 0; round < 200'000; ++round) {
        const double value = round % 2 == 0 ? finite_of(random()) : static_cast<double>(random() % 1'000'000) / 1000;
        const auto parsed = nlohmann::json::parse(written(write_double, value), nullptr, false);
        if (!parsed.is_number_float() || parsed.get<double>() != value) FAIL(value);
    }
}

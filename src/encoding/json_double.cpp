// A double in three steps: the shortest decimal (shortest_decimal.hpp), its digits in two words, and the layout. Digits
// are made by arithmetic on words and put into place by shifting words, whatever their number, so that little depends
// on branches that no predictor could learn.
#include <bit>
#include <cstring>

#include "encoding/decimal_digits.hpp"
#include "encoding/json_number.hpp"
#include "encoding/shortest_decimal.hpp"

namespace wideline::json_text {

namespace {

constexpr std::uint64_t kTen8 = 100'000'000;
constexpr std::uint64_t kTen15 = 10'000'000 * kTen8;
constexpr std::uint64_t kTen16 = kTen8 * kTen8;

/// d.dddddddddddddddd * 10^exponent: 17 digits as characters, `size` of which are left where zeros at the end are left
/// out, at least one.
struct Digits {
    char first;
    Block rest;
    char last;
    unsigned size;
    int exponent;
};

Digits digits_of(Decimal decimal) noexcept {
    int exponent = decimal.exponent + 16;
    std::uint64_t seventeen = decimal.digits;
    // Only a subnormal double has fewer than 16 digits here; between 16 and 17 a predictor could only guess.
    while (seventeen < kTen15) [[unlikely]] {
            seventeen *= 10;
            --exponent;
        }
    const std::uint64_t missing = seventeen < kTen16 ? 1 : 0;
    seventeen += seventeen * 9 * missing;
    exponent -= static_cast<int>(missing);
    const std::uint64_t sixteen = seventeen % kTen16;
    const auto low = static_cast<std::uint32_t>(sixteen % kTen8);
    const Block rest = sixteen_digits(static_cast<std::uint32_t>(sixteen / kTen8), low);
    return {static_cast<char>('0' + seventeen / kTen16), rest | block_of(kEightZeros, kEightZeros),
            static_cast<char>('0' + low % 10), 1 + size_without_zeros(rest), exponent};
}

/// `123.456`, for an exponent from 0 to 15.
char* write_with_point(char* out, const Digits& digits) noexcept {
    const auto exponent = static_cast<unsigned>(digits.exponent);
    out[0] = digits.first;
    store_block(out + 1, with_byte(digits.rest, exponent, '.'));
    out[17] = digits.last;
    const unsigned least = exponent + 2;  // the digits before the point and one after it
    return out + 1 + (digits.size > least ? digits.size : least);
}

/// `0.00123`, for an exponent from -4 to -1.
char* write_below_one(char* out, const Digits& digits) noexcept {
    std::memcpy(out, "0.000000", 8);
    out += 1 - digits.exponent;
    *out = digits.first;
    store_block(out + 1, digits.rest);
    return out + digits.size;
}

/// `1.5e+300`.
char* write_with_exponent(char* out, const Digits& digits) noexcept {
    out[0] = digits.first;
    out[1] = '.';
    store_block(out + 2, digits.rest);
    out += digits.size == 1 ? 1 : digits.size + 1;
    out[0] = 'e';
    out[1] = digits.exponent < 0 ? '-' : '+';
    out += 2;
    auto exponent = static_cast<unsigned>(digits.exponent < 0 ? -digits.exponent : digits.exponent);
    if (exponent >= 100) {
        *out++ = static_cast<char>('0' + exponent / 100);
        exponent %= 100;
    }
    write_two_digits(out, exponent);
    return out + 2;
}

/// Most doubles of an event were made of a few decimals: nanoseconds as milliseconds, prices, counts. Where `size` is m
/// / 10^6 with m < 10^15, that is its shortest decimal without more ado: two decimals of at most 15 digits never read
/// back as the same double, and the division, being of two exact doubles, rounds as reading back does. nullptr where it
/// is not so.
char* write_few_decimals(char* out, double size) noexcept {
    constexpr std::int64_t kMillion = 1'000'000;
    if (size >= 1e9) return nullptr;
    const auto millionths = static_cast<std::int64_t>(size * 1e6 + 0.5);
    if (static_cast<double>(millionths) / 1e6 != size) return nullptr;
    if (millionths < 100 && millionths != 0) return nullptr;  // has an exponent
    out = write_uint(out, static_cast<std::uint64_t>(millionths / kMillion));
    const std::uint64_t decimals = eight_digits(static_cast<std::uint32_t>(millionths % kMillion) * 100);
    *out = '.';
    store_8(out + 1, decimals | kEightZeros);
    // The first decimal counts as there, so that 3 is 3.0.
    return out + 9 - static_cast<unsigned>(std::countl_zero(decimals | 1)) / 8;
}

char* write_integral(char* out, std::uint64_t value) noexcept {
    out = write_uint(out, value);
    std::memcpy(out, ".0", 2);
    return out + 2;
}

}  // namespace

char* write_double(char* out, double value) noexcept {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    *out = '-';
    out += bits >> 63;
    const std::uint64_t magnitude = bits & ~(std::uint64_t{1} << 63);
    const auto size = std::bit_cast<double>(magnitude);
    if (char* const end = write_few_decimals(out, size); end != nullptr) return end;
    constexpr double kTwo53 = 9007199254740992.0;
    if (size >= 1e9 && size < kTwo53) {
        const auto whole = static_cast<std::int64_t>(size);
        if (static_cast<double>(whole) == size) return write_integral(out, static_cast<std::uint64_t>(whole));
    }
    const Digits digits = digits_of(shortest_decimal(magnitude));
    if (digits.exponent < -4 || digits.exponent > 15) return write_with_exponent(out, digits);
    return digits.exponent < 0 ? write_below_one(out, digits) : write_with_point(out, digits);
}

}  // namespace wideline::json_text

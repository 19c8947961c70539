#include <cstring>

#include "encoding/decimal_digits.hpp"
#include "encoding/json_number.hpp"

namespace wideline::json_text {

namespace {

/// The two digits of `value` < 100 as characters, the first in the least byte.
inline std::uint64_t two_digits(std::uint64_t value) noexcept {
    const auto byte = [](char c) { return std::uint64_t{static_cast<unsigned char>(c)}; };
    return byte(kDigitPairs[2 * value]) | byte(kDigitPairs[2 * value + 1]) << 8;
}

inline char* write_digits(char* out, std::uint64_t value) noexcept {
    constexpr std::uint64_t kTen8 = 100'000'000;
    if (value < 100) {
        const auto one_digit = static_cast<std::size_t>(value < 10);
        std::memcpy(out, &kDigitPairs[2 * value + one_digit], 2);
        return out + 2 - one_digit;
    }
    if (value < 10'000) {
        const std::uint64_t four = two_digits(value / 100) | two_digits(value % 100) << 16;
        const std::size_t zeros = value < 1000 ? 1 : 0;
        store_8(out, four >> (8 * zeros));
        return out + 4 - zeros;
    }
    if (value < kTen8) return write_to_eight_digits(out, static_cast<std::uint32_t>(value));
    const std::uint64_t high = value / kTen8;
    const auto low = static_cast<std::uint32_t>(value % kTen8);
    if (high < kTen8) {
        out = write_to_eight_digits(out, static_cast<std::uint32_t>(high));
    } else {
        out = write_to_eight_digits(out, static_cast<std::uint32_t>(high / kTen8));
        write_eight_digits(out, static_cast<std::uint32_t>(high % kTen8));
        out += 8;
    }
    write_eight_digits(out, low);
    return out + 8;
}

}  // namespace

char* write_uint(char* out, std::uint64_t value) noexcept { return write_digits(out, value); }

char* write_int(char* out, std::int64_t value) noexcept {
    auto magnitude = static_cast<std::uint64_t>(value);
    *out = '-';
    out += value < 0;
    if (value < 0) magnitude = 0 - magnitude;
    return write_digits(out, magnitude);
}

}  // namespace wideline::json_text

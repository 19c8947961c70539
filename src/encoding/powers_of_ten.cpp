#include "encoding/powers_of_ten.hpp"

#include <array>
#include <bit>
#include <cstddef>

namespace wideline::json_text {

namespace {

/// A number of 36 words, the least first: 10^324 has 1077 bits, and 2^1151 / 10^292 still has 182.
using Big = std::array<std::uint32_t, 36>;

constexpr void multiply_by_ten(Big& number) {
    std::uint64_t carry = 0;
    for (std::uint32_t& word : number) {
        carry += std::uint64_t{word} * 10;
        word = static_cast<std::uint32_t>(carry);
        carry >>= 32;
    }
}

/// Rounds down; dividing again and again gives the same as dividing once by the power.
constexpr void divide_by_ten(Big& number) {
    std::uint64_t rest = 0;
    for (std::size_t i = number.size(); i-- > 0;) {
        rest = rest << 32 | number[i];
        number[i] = static_cast<std::uint32_t>(rest / 10);
        rest %= 10;
    }
}

constexpr std::size_t bit_width(const Big& number) {
    std::size_t words = number.size();
    while (number[words - 1] == 0) --words;
    return 32 * words - static_cast<std::size_t>(std::countl_zero(number[words - 1]));
}

/// Bits `from` to `from` + 63; bits below the number are zeros.
constexpr std::uint64_t bits_of(const Big& number, std::ptrdiff_t from) {
    std::uint64_t bits = 0;
    for (std::ptrdiff_t i = 0; i < 3; ++i) {
        const std::ptrdiff_t word = (from + 1152) / 32 - 36 + i;
        const std::ptrdiff_t shift = 32 * word - from;
        if (word < 0 || word >= 36) continue;
        const std::uint64_t value = number[static_cast<std::size_t>(word)];
        bits |= shift >= 0 ? (shift < 64 ? value << shift : 0) : value >> -shift;
    }
    return bits;
}

constexpr PowerOfTen rounded_up(PowerOfTen power) {
    ++power.low;
    if (power.low == 0) ++power.high;
    return power;
}

constexpr PowerOfTen top_128(const Big& number) {
    const auto bits = static_cast<std::ptrdiff_t>(bit_width(number));
    return {bits_of(number, bits - 64), bits_of(number, bits - 128)};
}

using Table = std::array<PowerOfTen, kGreatestPowerOfTen - kLeastPowerOfTen + 1>;

constexpr Table make_table() {
    constexpr int kLastExact = 55;  // 5^55 has 128 bits
    Table table{};
    Big number{1};
    for (int e = 0; e <= kGreatestPowerOfTen; ++e, multiply_by_ten(number)) {
        const PowerOfTen power = top_128(number);
        table[static_cast<std::size_t>(e - kLeastPowerOfTen)] = e <= kLastExact ? power : rounded_up(power);
    }
    number = Big{};
    number.back() = 1U << 31;
    for (int e = -1; e >= kLeastPowerOfTen; --e) {
        divide_by_ten(number);
        table[static_cast<std::size_t>(e - kLeastPowerOfTen)] = rounded_up(top_128(number));
    }
    return table;
}

constexpr Table kTable = make_table();

}  // namespace

const PowerOfTen& power_of_ten(int exponent) noexcept {
    return kTable[static_cast<std::size_t>(exponent - kLeastPowerOfTen)];
}

}  // namespace wideline::json_text

// Decimal digits, eight at once in one 64-bit word.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "encoding/byte_block.hpp"

namespace wideline::json_text {

inline constexpr std::uint64_t kEightZeros = 0x30 * kEveryByte;

/// The eight digits of `value` < 10^8 as bytes 0..9, the first in the least byte. Halves are split three times, all at
/// once: 8 digits into 4 and 4, 2 and 2, 1 and 1; each division is a multiplication that is exact in its range.
constexpr std::uint64_t eight_digits(std::uint32_t value) noexcept {
    const std::uint64_t fours = value / 10000 | std::uint64_t{value % 10000} << 32;
    const std::uint64_t hundreds = ((fours * 5243) >> 19) & 0x0000007f'0000007f;
    const std::uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
    const std::uint64_t tens = ((twos * 103) >> 10) & 0x000f'000f'000f'000f;
    return tens | (twos - tens * 10) << 8;
}

/// Writes exactly eight digits of `value` < 10^8, with zeros in front.
inline void write_eight_digits(char* out, std::uint32_t value) noexcept {
    store_8(out, eight_digits(value) | kEightZeros);
}

inline constexpr std::array<std::uint32_t, 9> kPowersOfTen = {1,       10,        100,        1'000,      10'000,
                                                              100'000, 1'000'000, 10'000'000, 100'000'000};

/// How many digits `value` < 10^8 has; 0 has one.
constexpr unsigned decimal_size(std::uint32_t value) noexcept {
    // 1233 / 4096 is log10(2) from above, near enough for these widths: right, or one too few.
    const unsigned size = static_cast<unsigned>(std::bit_width(value | 1)) * 1233 >> 12;
    return size + ((value | 1) >= kPowersOfTen[size] ? 1 : 0);
}

/// Writes `value` < 10^8 without zeros in front, 1 to 8 digits; always stores eight bytes.
inline char* write_to_eight_digits(char* out, std::uint32_t value) noexcept {
    // Counted from the value, not from its digits: where the next field goes does not wait for them.
    const unsigned count = decimal_size(value);
    store_8(out, (eight_digits(value) | kEightZeros) >> (64 - 8 * count));
    return out + count;
}

constexpr std::array<char, 200> make_digit_pairs() {
    std::array<char, 200> pairs{};
    for (unsigned i = 0; i < 100; ++i) {
        pairs[2 * i] = static_cast<char>('0' + i / 10);
        pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return pairs;
}

inline constexpr std::array<char, 200> kDigitPairs = make_digit_pairs();

/// Writes exactly two digits of `value` < 100.
inline void write_two_digits(char* out, unsigned value) noexcept { std::memcpy(out, &kDigitPairs[2 * value], 2); }

/// Sixteen digits 0..9, the first in the first byte: of `high`, then of `low`, both < 10^8.
inline Block sixteen_digits(std::uint32_t high, std::uint32_t low) noexcept {
#if defined(__SSE2__)
    // The steps of eight_digits, for both at once.
    const __m128i eights = block_of(high, low).bytes;
    const __m128i upper = _mm_srli_epi64(_mm_mul_epu32(eights, _mm_set1_epi64x(0xd1b71759)), 45);  // eights / 10000
    const __m128i lower = _mm_sub_epi64(eights, _mm_mul_epu32(upper, _mm_set1_epi64x(10000)));
    const __m128i fours = _mm_or_si128(upper, _mm_slli_epi64(lower, 32));
    const __m128i hundreds = _mm_srli_epi16(_mm_mulhi_epu16(fours, _mm_set1_epi16(5243)), 3);  // fours / 100
    const __m128i rest = _mm_sub_epi16(fours, _mm_mullo_epi16(hundreds, _mm_set1_epi16(100)));
    const __m128i twos = _mm_or_si128(hundreds, _mm_slli_epi32(rest, 16));
    const __m128i tens = _mm_mulhi_epu16(twos, _mm_set1_epi16(6554));  // twos / 10
    const __m128i ones = _mm_sub_epi16(twos, _mm_mullo_epi16(tens, _mm_set1_epi16(10)));
    return {_mm_or_si128(tens, _mm_slli_epi16(ones, 8))};
#else
    return block_of(eight_digits(high), eight_digits(low));
#endif
}

}  // namespace wideline::json_text

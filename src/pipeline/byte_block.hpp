// Blocks of 16 bytes, tested at once: where is the first byte that a JSON string cannot hold as it is?
//
// Three ways to the same answer: SSE2, which every x86-64 has; NEON, which every AArch64 has; and two 64-bit words
// anywhere else. A byte is plain if it is 20..7F and neither the quote nor the backslash. Wider blocks were measured
// and not worth it: most strings of an event are shorter than 64 bytes.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__) && defined(__ARM_NEON)
#include <arm_neon.h>
#endif

namespace wideline::json_text {

/// A word whose least byte is the first in memory, on any machine.
inline std::uint64_t load_8(const char* from) noexcept {
    std::uint64_t word;
    std::memcpy(&word, from, sizeof word);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    return word;
}

inline std::uint64_t load_4(const char* from) noexcept {
    std::uint32_t word;
    std::memcpy(&word, from, sizeof word);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap32(word);
    return word;
}

/// Writes a word with its least byte first.
inline void store_8(char* to, std::uint64_t word) noexcept {
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    std::memcpy(to, &word, sizeof word);
}

inline constexpr std::uint64_t kEveryByte = 0x0101010101010101;
inline constexpr std::uint64_t kEightBlanks = 0x20 * kEveryByte;

/// Which of eight bytes is the first that is not plain; 8 where all are. A borrow can blame a plain byte, but only
/// above one that is truly not plain, so the least is right.
inline unsigned first_special_8(std::uint64_t word) noexcept {
    const std::uint64_t quote = word ^ ('"' * kEveryByte);
    const std::uint64_t backslash = word ^ ('\\' * kEveryByte);
    const std::uint64_t special = (word | ((word - kEightBlanks) & ~word) | ((quote - kEveryByte) & ~quote) |
                                   ((backslash - kEveryByte) & ~backslash)) &
                                  (0x80 * kEveryByte);
    return static_cast<unsigned>(std::countr_zero(special)) / 8;
}

#if defined(__SSE2__)

namespace detail {

inline unsigned first_special(__m128i block) noexcept {
    // Signed, so that bytes from 80 up, being negative, are less than the blank as control characters are.
    const __m128i outside = _mm_cmplt_epi8(block, _mm_set1_epi8(0x20));
    const __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
    const __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
    const auto special =
        static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(outside, quote), backslash)));
    return static_cast<unsigned>(std::countr_zero(special | 0x10000U));
}

}  // namespace detail

/// Copies 16 bytes, and gives the index of the first that is not plain; 16 where all are.
inline unsigned copy_16(char* to, const char* from) noexcept {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), block);
    return detail::first_special(block);
}

/// The same test of two words, `low` first.
inline unsigned first_special_16(std::uint64_t low, std::uint64_t high) noexcept {
    return detail::first_special(_mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low)));
}

inline bool is_ascii_16(const char* from) noexcept {
    return _mm_movemask_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))) == 0;
}

#elif defined(__aarch64__) && defined(__ARM_NEON)

namespace detail {

inline unsigned first_special(uint8x16_t block) noexcept {
    // One comparison for both ends: less the blank, what is plain is 00..5F.
    const uint8x16_t outside = vcgtq_u8(vsubq_u8(block, vdupq_n_u8(0x20)), vdupq_n_u8(0x5f));
    const uint8x16_t quote = vceqq_u8(block, vdupq_n_u8('"'));
    const uint8x16_t backslash = vceqq_u8(block, vdupq_n_u8('\\'));
    const uint8x16_t special = vorrq_u8(vorrq_u8(outside, quote), backslash);
    // Four bits a byte: the narrowing shift is what NEON has for a movemask.
    const std::uint64_t nibbles = vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(special), 4)), 0);
    return static_cast<unsigned>(std::countr_zero(nibbles)) / 4;
}

}  // namespace detail

inline unsigned copy_16(char* to, const char* from) noexcept {
    const uint8x16_t block = vld1q_u8(reinterpret_cast<const std::uint8_t*>(from));
    vst1q_u8(reinterpret_cast<std::uint8_t*>(to), block);
    return detail::first_special(block);
}

inline unsigned first_special_16(std::uint64_t low, std::uint64_t high) noexcept {
    return detail::first_special(vreinterpretq_u8_u64(vcombine_u64(vcreate_u64(low), vcreate_u64(high))));
}

inline bool is_ascii_16(const char* from) noexcept {
    return vmaxvq_u8(vld1q_u8(reinterpret_cast<const std::uint8_t*>(from))) < 0x80;
}

#else

inline unsigned first_special_16(std::uint64_t low, std::uint64_t high) noexcept {
    const unsigned first = first_special_8(low);
    return first < 8 ? first : 8 + first_special_8(high);
}

inline unsigned copy_16(char* to, const char* from) noexcept {
    const unsigned first = first_special_16(load_8(from), load_8(from + 8));
    std::memcpy(to, from, 16);
    return first;
}

inline bool is_ascii_16(const char* from) noexcept {
    return ((load_8(from) | load_8(from + 8)) & (0x80 * kEveryByte)) == 0;
}

#endif

}  // namespace wideline::json_text

// Blocks of 16 bytes, worked on at once. Strings ask: where is the first byte that a JSON string cannot hold as it is?
// Numbers ask for the zeros at the end of their digits, and for room for the point.
//
// Three ways to the same answers: SSE2, which every x86-64 has; NEON, which every AArch64 has; and two 64-bit words
// anywhere else. A byte is plain if it is 20..7F and neither the quote nor the backslash. Wider blocks would gain
// little: most strings of an event are shorter than 64 bytes.
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

/// The bytes of eight that are not plain, as their top bits. A borrow can blame a plain byte, but only above one that
/// is truly not plain: whether there is one, and the first of them, are right.
inline std::uint64_t special_of_8(std::uint64_t word) noexcept {
    const std::uint64_t quote = word ^ ('"' * kEveryByte);
    const std::uint64_t backslash = word ^ ('\\' * kEveryByte);
    return (word | ((word - kEightBlanks) & ~word) | ((quote - kEveryByte) & ~quote) |
            ((backslash - kEveryByte) & ~backslash)) &
           (0x80 * kEveryByte);
}

/// Which of eight bytes is the first that is not plain; 8 where all are.
inline unsigned first_special_8(std::uint64_t word) noexcept {
    return static_cast<unsigned>(std::countr_zero(special_of_8(word))) / 8;
}

// For each machine: a Block of 16 bytes, and a Mark, which says of each byte whether it is not plain. Marks of several
// blocks are joined with | before one question is asked of all.

#if defined(__SSE2__)

struct Block {
    __m128i bytes;
};
struct Mark {
    __m128i bytes;
};

inline Block load_block(const char* from) noexcept { return {_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))}; }
inline void store_block(char* to, Block block) noexcept {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), block.bytes);
}
inline Block block_of(std::uint64_t low, std::uint64_t high) noexcept {
    return {_mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low))};
}

inline Mark special(Block block) noexcept {
    // Signed, so that bytes from 80 up, being negative, are less than the blank as control characters are.
    const __m128i outside = _mm_cmplt_epi8(block.bytes, _mm_set1_epi8(0x20));
    const __m128i quote = _mm_cmpeq_epi8(block.bytes, _mm_set1_epi8('"'));
    const __m128i backslash = _mm_cmpeq_epi8(block.bytes, _mm_set1_epi8('\\'));
    return {_mm_or_si128(_mm_or_si128(outside, quote), backslash)};
}
inline Mark operator|(Mark a, Mark b) noexcept { return {_mm_or_si128(a.bytes, b.bytes)}; }
inline bool any(Mark mark) noexcept { return _mm_movemask_epi8(mark.bytes) != 0; }
/// The index of the first byte marked; 16 where none is.
inline unsigned first(Mark mark) noexcept {
    return static_cast<unsigned>(std::countr_zero(static_cast<unsigned>(_mm_movemask_epi8(mark.bytes)) | 0x10000U));
}
inline bool is_ascii(Block block) noexcept { return _mm_movemask_epi8(block.bytes) == 0; }
/// How many bytes are left without the zeros at the end.
inline unsigned size_without_zeros(Block block) noexcept {
    const __m128i zeros = _mm_cmpeq_epi8(block.bytes, _mm_setzero_si128());
    return static_cast<unsigned>(std::bit_width(static_cast<unsigned>(_mm_movemask_epi8(zeros)) ^ 0xffffU));
}
inline Block operator|(Block a, Block b) noexcept { return {_mm_or_si128(a.bytes, b.bytes)}; }
/// The block with `byte` put in before the byte at `at` < 16; the last one falls out.
inline Block with_byte(Block block, unsigned at, char byte) noexcept {
    const __m128i place = _mm_set1_epi8(static_cast<char>(at));
    const __m128i index = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m128i before = _mm_and_si128(block.bytes, _mm_cmplt_epi8(index, place));
    const __m128i there = _mm_and_si128(_mm_set1_epi8(byte), _mm_cmpeq_epi8(index, place));
    const __m128i after = _mm_and_si128(_mm_slli_si128(block.bytes, 1), _mm_cmpgt_epi8(index, place));
    return {_mm_or_si128(_mm_or_si128(before, there), after)};
}

#elif defined(__aarch64__) && defined(__ARM_NEON)

struct Block {
    uint8x16_t bytes;
};
struct Mark {
    uint8x16_t bytes;
};

inline Block load_block(const char* from) noexcept { return {vld1q_u8(reinterpret_cast<const std::uint8_t*>(from))}; }
inline void store_block(char* to, Block block) noexcept { vst1q_u8(reinterpret_cast<std::uint8_t*>(to), block.bytes); }
inline Block block_of(std::uint64_t low, std::uint64_t high) noexcept {
    return {vreinterpretq_u8_u64(vcombine_u64(vcreate_u64(low), vcreate_u64(high)))};
}

inline Mark special(Block block) noexcept {
    // One comparison for both ends: less the blank, what is plain is 00..5F.
    const uint8x16_t outside = vcgtq_u8(vsubq_u8(block.bytes, vdupq_n_u8(0x20)), vdupq_n_u8(0x5f));
    const uint8x16_t quote = vceqq_u8(block.bytes, vdupq_n_u8('"'));
    const uint8x16_t backslash = vceqq_u8(block.bytes, vdupq_n_u8('\\'));
    return {vorrq_u8(vorrq_u8(outside, quote), backslash)};
}
inline Mark operator|(Mark a, Mark b) noexcept { return {vorrq_u8(a.bytes, b.bytes)}; }
inline bool any(Mark mark) noexcept { return vmaxvq_u8(mark.bytes) != 0; }
/// The index of the first byte marked; 16 where none is.
inline unsigned first(Mark mark) noexcept {
    // Four bits a byte: the narrowing shift is what NEON has for a movemask.
    const std::uint64_t nibbles =
        vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(mark.bytes), 4)), 0);
    return static_cast<unsigned>(std::countr_zero(nibbles)) / 4;
}
inline bool is_ascii(Block block) noexcept { return vmaxvq_u8(block.bytes) < 0x80; }
/// How many bytes are left without the zeros at the end.
inline unsigned size_without_zeros(Block block) noexcept {
    const uint16x8_t others = vreinterpretq_u16_u8(vtstq_u8(block.bytes, block.bytes));
    const std::uint64_t nibbles = vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(others, 4)), 0);
    return static_cast<unsigned>(std::bit_width(nibbles)) / 4;
}
inline Block operator|(Block a, Block b) noexcept { return {vorrq_u8(a.bytes, b.bytes)}; }
/// The block with `byte` put in before the byte at `at` < 16; the last one falls out.
inline Block with_byte(Block block, unsigned at, char byte) noexcept {
    constexpr std::uint8_t kIndex[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const uint8x16_t index = vld1q_u8(kIndex);
    const uint8x16_t place = vdupq_n_u8(static_cast<std::uint8_t>(at));
    const uint8x16_t moved = vextq_u8(block.bytes, block.bytes, 15);
    const uint8x16_t there = vdupq_n_u8(static_cast<std::uint8_t>(byte));
    return {vbslq_u8(vcltq_u8(index, place), block.bytes, vbslq_u8(vceqq_u8(index, place), there, moved))};
}

#else

struct Block {
    std::uint64_t low, high;
};
struct Mark {
    std::uint64_t low, high;
};

inline Block load_block(const char* from) noexcept { return {load_8(from), load_8(from + 8)}; }
inline void store_block(char* to, Block block) noexcept {
    store_8(to, block.low);
    store_8(to + 8, block.high);
}
inline Block block_of(std::uint64_t low, std::uint64_t high) noexcept { return {low, high}; }

inline Mark special(Block block) noexcept { return {special_of_8(block.low), special_of_8(block.high)}; }
inline Mark operator|(Mark a, Mark b) noexcept { return {a.low | b.low, a.high | b.high}; }
inline bool any(Mark mark) noexcept { return (mark.low | mark.high) != 0; }
/// The index of the first byte marked; 16 where none is.
inline unsigned first(Mark mark) noexcept {
    if (mark.low != 0) return static_cast<unsigned>(std::countr_zero(mark.low)) / 8;
    return 8 + static_cast<unsigned>(std::countr_zero(mark.high)) / 8;
}
inline bool is_ascii(Block block) noexcept { return ((block.low | block.high) & (0x80 * kEveryByte)) == 0; }
/// How many bytes are left without the zeros at the end.
inline unsigned size_without_zeros(Block block) noexcept {
    if (block.high != 0) return 16 - static_cast<unsigned>(std::countl_zero(block.high)) / 8;
    return 8 - static_cast<unsigned>(std::countl_zero(block.low)) / 8;
}
inline Block operator|(Block a, Block b) noexcept { return {a.low | b.low, a.high | b.high}; }
/// The block with `byte` put in before the byte at `at` < 16; the last one falls out.
inline Block with_byte(Block block, unsigned at, char byte) noexcept {
    const std::uint64_t before = (std::uint64_t{1} << (8 * (at % 8))) - 1;
    const std::uint64_t there = std::uint64_t{static_cast<unsigned char>(byte)} << (8 * (at % 8));
    if (at >= 8) return {block.low, (block.high & before) | there | (block.high & ~before) << 8};
    return {(block.low & before) | there | (block.low & ~before) << 8, block.high << 8 | block.low >> 56};
}

#endif

/// Copies 16 bytes, and says which of them are not plain.
inline Mark copy_block(char* to, const char* from) noexcept {
    const Block block = load_block(from);
    store_block(to, block);
    return special(block);
}

}  // namespace wideline::json_text

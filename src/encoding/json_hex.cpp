#include "encoding/json_hex.hpp"

#include <cstring>

#include "encoding/byte_block.hpp"

namespace wideline::json_text {

namespace {

/// Eight digits for the low four bytes of `word`, the first byte's first.
[[maybe_unused]] constexpr std::uint64_t eight_hex_digits(std::uint64_t word) noexcept {
    std::uint64_t spread = (word | word << 16) & 0x0000ffff'0000ffff;
    spread = (spread | spread << 8) & 0x00ff00ff'00ff00ff;
    const std::uint64_t nibbles = (spread >> 4 | spread << 8) & 0x0f0f0f0f'0f0f0f0f;
    const std::uint64_t letters = ((nibbles + 6 * kEveryByte) >> 4) & kEveryByte;
    return nibbles + 0x30 * kEveryByte + letters * ('a' - '0' - 10);
}
static_assert(eight_hex_digits(0xefbe0910) == 0x6665656239303031, "the bytes 10 09 be ef are 1009beef");

/// Sixteen digits for eight bytes, given with the first of them lowest.
Block sixteen_hex_digits(std::uint64_t word) noexcept {
#if defined(__SSE2__)
    const __m128i bytes = block_of(word, 0).bytes;
    const __m128i low_nibbles = _mm_set1_epi8(0x0f);
    const __m128i nibbles =
        _mm_unpacklo_epi8(_mm_and_si128(_mm_srli_epi16(bytes, 4), low_nibbles), _mm_and_si128(bytes, low_nibbles));
    const __m128i letters = _mm_cmpgt_epi8(nibbles, _mm_set1_epi8(9));
    const __m128i above = _mm_and_si128(letters, _mm_set1_epi8('a' - '0' - 10));
    return {_mm_add_epi8(_mm_add_epi8(nibbles, _mm_set1_epi8('0')), above)};
#else
    return block_of(eight_hex_digits(word & 0xffffffff), eight_hex_digits(word >> 32));
#endif
}

const char* chars_at(const std::uint8_t* bytes) noexcept { return reinterpret_cast<const char*>(bytes); }

}  // namespace

char* write_hex(char* out, std::span<const std::uint8_t> bytes) noexcept {
    std::size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8, out += 16)
        store_block(out, sixteen_hex_digits(load_8(chars_at(&bytes[at]))));
    for (; at < bytes.size(); ++at) {
        *out++ = "0123456789abcdef"[bytes[at] >> 4];
        *out++ = "0123456789abcdef"[bytes[at] & 15];
    }
    return out;
}

char* write_uuid(char* out, std::span<const std::uint8_t, 16> bytes) noexcept {
    char digits[32];
    store_block(digits, sixteen_hex_digits(load_8(chars_at(&bytes[0]))));
    store_block(digits + 16, sixteen_hex_digits(load_8(chars_at(&bytes[8]))));
    std::memcpy(out, digits, 8);
    std::memcpy(out + 9, digits + 8, 4);
    std::memcpy(out + 14, digits + 12, 4);
    std::memcpy(out + 19, digits + 16, 4);
    std::memcpy(out + 24, digits + 20, 12);
    for (const std::size_t dash : {8, 13, 18, 23}) out[dash] = '-';
    return out + kUuidBound;
}

}  // namespace wideline::json_text

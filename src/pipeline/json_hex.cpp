#include "pipeline/json_hex.hpp"

#include <cstring>

#include "pipeline/byte_block.hpp"

namespace wideline::json_text {

namespace {

/// Eight digits for the low four bytes of `word`, the first byte's first.
constexpr std::uint64_t eight_hex_digits(std::uint64_t word) noexcept {
    std::uint64_t spread = (word | word << 16) & 0x0000ffff'0000ffff;
    spread = (spread | spread << 8) & 0x00ff00ff'00ff00ff;
    const std::uint64_t nibbles = (spread >> 4 | spread << 8) & 0x0f0f0f0f'0f0f0f0f;
    const std::uint64_t letters = ((nibbles + 6 * kEveryByte) >> 4) & kEveryByte;
    return nibbles + 0x30 * kEveryByte + letters * ('a' - '0' - 10);
}
static_assert(eight_hex_digits(0xefbe0910) == 0x6665656239303031, "the bytes 10 09 be ef are 1009beef");

}  // namespace

char* write_hex(char* out, std::span<const std::uint8_t> bytes) noexcept {
    std::size_t at = 0;
    for (; at + 4 <= bytes.size(); at += 4, out += 8)
        store_8(out, eight_hex_digits(load_4(reinterpret_cast<const char*>(bytes.data() + at))));
    for (; at < bytes.size(); ++at) {
        *out++ = "0123456789abcdef"[bytes[at] >> 4];
        *out++ = "0123456789abcdef"[bytes[at] & 15];
    }
    return out;
}

char* write_uuid(char* out, std::span<const std::uint8_t, 16> bytes) noexcept {
    char digits[32];
    write_hex(digits, bytes);
    std::memcpy(out, digits, 8);
    out[8] = '-';
    std::memcpy(out + 9, digits + 8, 4);
    out[13] = '-';
    std::memcpy(out + 14, digits + 12, 4);
    out[18] = '-';
    std::memcpy(out + 19, digits + 16, 4);
    out[23] = '-';
    std::memcpy(out + 24, digits + 20, 12);
    return out + kUuidBound;
}

}  // namespace wideline::json_text

#include "encoding/json_string.hpp"

#include <array>
#include <cstring>

#include "encoding/byte_block.hpp"
#include "encoding/utf8.hpp"

namespace wideline::json_text {

namespace {

/// What is written for an ASCII byte. Eight bytes, so that one store writes any of them; `size` 1 says that it is
/// plain.
struct Escape {
    char text[7];
    std::uint8_t size;
};
static_assert(sizeof(Escape) == 8);

constexpr std::array<Escape, 128> make_escapes() {
    constexpr char kHex[] = "0123456789abcdef";
    std::array<Escape, 128> escapes{};
    for (unsigned b = 0; b < 128; ++b) {
        if (b < 0x20)
            escapes[b] = {{'\\', 'u', '0', '0', kHex[b >> 4], kHex[b & 15], 0}, 6};
        else
            escapes[b] = {{static_cast<char>(b), 0, 0, 0, 0, 0, 0}, 1};
    }
    constexpr char kShort[][2] = {{'"', '"'},  {'\\', '\\'}, {'\b', 'b'}, {'\f', 'f'},
                                  {'\n', 'n'}, {'\r', 'r'},  {'\t', 't'}};
    for (const auto& [byte, letter] : kShort) escapes[static_cast<unsigned>(byte)] = {{'\\', letter, 0, 0, 0, 0, 0}, 2};
    return escapes;
}

constexpr std::array<Escape, 128> kEscapes = make_escapes();

/// Where the copy stands, in the source and in the JSON text.
struct Cursor {
    const char* from;
    char* out;
};

/// Writes what is not plain, at least the byte at the cursor, until a byte is plain or the text ends.
Cursor write_specials(Cursor at, const char* end, std::uint64_t& replaced) noexcept {
    do {
        const auto byte = static_cast<unsigned char>(*at.from);
        if (byte < 0x80) {
            const Escape& escape = kEscapes[byte];
            if (escape.size == 1) break;
            std::memcpy(at.out, &escape, sizeof escape);
            at.out += escape.size;
            ++at.from;
            continue;
        }
        // A word at once where four bytes are left: a letter costs two or three branches, the same for each of its
        // script.
        while (end - at.from >= 4) {
            const auto word = static_cast<std::uint32_t>(load_4(at.from));
            const unsigned size = multibyte_size(word);
            if (size == 0) break;
            std::memcpy(at.out, at.from, 4);
            at.out += size;
            at.from += size;
        }
        if (at.from == end || static_cast<unsigned char>(*at.from) < 0x80) continue;
        const Utf8Sequence sequence = utf8_sequence(at.from, end);
        if (sequence.well_formed) {
            for (std::uint32_t i = 0; i < sequence.size; ++i) *at.out++ = at.from[i];
        } else {
            std::memcpy(at.out, "\xef\xbf\xbd", 3);
            at.out += 3;
            ++replaced;
        }
        at.from += sequence.size;
    } while (at.from != end);
    return at;
}

/// Copies the last `size` bytes, 1 to 15, up to the first that is not plain. Longer pieces are two words that overlap,
/// so that nothing outside them is read.
unsigned copy_tail(char* out, const char* from, unsigned size) noexcept {
    if (size >= 8) {
        const std::uint64_t low = load_8(from);
        const std::uint64_t high = load_8(from + size - 8);
        store_8(out, low);
        store_8(out + size - 8, high);
        const unsigned plain = first(special(block_of(low, high)));
        return plain < 8 ? plain : size - 16 + plain;
    }
    if (size >= 4) {
        const std::uint64_t low = load_4(from);
        const std::uint64_t high = load_4(from + size - 4);
        std::memcpy(out, from, 4);
        std::memcpy(out + size - 4, from + size - 4, 4);
        const unsigned plain = first_special_8(low | high << 32);
        return plain < 4 ? plain : size - 8 + plain;
    }
    for (unsigned i = 0; i < size; ++i) {
        const auto byte = static_cast<unsigned char>(from[i]);
        if (byte >= 0x80 || kEscapes[byte].size != 1) return i;
        out[i] = from[i];
    }
    return size;
}

/// Copies a text of 16 to 64 bytes in two or four blocks that overlap; gives whether all of it is plain, and so done.
bool copy_plain(char* out, const char* from, std::size_t size) noexcept {
    Mark special = copy_block(out, from) | copy_block(out + size - 16, from + size - 16);
    if (size > 32) special = special | copy_block(out + 16, from + 16) | copy_block(out + size - 32, from + size - 32);
    return !any(special);
}

}  // namespace

char* write_string(char* out, std::string_view text, std::uint64_t& replaced) noexcept {
    *out++ = '"';
    Cursor at{text.data(), out};
    const char* const end = text.data() + text.size();
    if (text.size() - 16 <= 48 && copy_plain(out, text.data(), text.size())) at = {end, out + text.size()};
    while (at.from != end) {
        unsigned copied;
        unsigned wanted = 16;
        const auto left = static_cast<std::size_t>(end - at.from);
        if (left >= 16) {
            copied = first(copy_block(at.out, at.from));
        } else {
            wanted = static_cast<unsigned>(left);
            copied = copy_tail(at.out, at.from, wanted);
        }
        at.from += copied;
        at.out += copied;
        if (copied != wanted) at = write_specials(at, end, replaced);
    }
    *at.out = '"';
    return at.out + 1;
}

std::string quoted(std::string_view text) {
    std::string out(string_bound(text.size()), '\0');
    std::uint64_t replaced = 0;
    out.resize(static_cast<std::size_t>(write_string(out.data(), text, replaced) - out.data()));
    return out;
}

}  // namespace wideline::json_text

// UTF-8: what is well formed, and what to write in place of what is not.
//
// Well formed is table 3-7 of the Unicode standard: no overlong form, no surrogate, nothing above U+10FFFF. What is not
// becomes U+FFFD, one for each maximal subpart (Unicode, chapter 3, "U+FFFD Substitution of Maximal Subparts"; the
// WHATWG decoder does the same): E2 82 41 is one U+FFFD and an A, ED A0 80 is three U+FFFD.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wideline::json_text {

/// What stands at the front of a text: a well-formed sequence of 1 to 4 bytes, or a maximal subpart of 1 to 3.
struct Utf8Sequence {
    std::uint32_t size;
    bool well_formed;
};

namespace detail {

/// How a first byte goes on: the size of its sequence (0 where nothing begins so) and the range of its second byte. The
/// bytes after the second are 80..BF always.
struct Utf8Lead {
    std::uint8_t size;
    std::uint8_t second_least;
    std::uint8_t second_most;
};

constexpr std::array<Utf8Lead, 256> make_utf8_leads() {
    std::array<Utf8Lead, 256> leads{};
    for (std::size_t b = 0x00; b <= 0x7f; ++b) leads[b] = {1, 0, 0};
    for (std::size_t b = 0xc2; b <= 0xdf; ++b) leads[b] = {2, 0x80, 0xbf};
    for (std::size_t b = 0xe0; b <= 0xef; ++b) leads[b] = {3, 0x80, 0xbf};
    for (std::size_t b = 0xf0; b <= 0xf4; ++b) leads[b] = {4, 0x80, 0xbf};
    leads[0xe0].second_least = 0xa0;  // overlong below
    leads[0xed].second_most = 0x9f;   // surrogates above
    leads[0xf0].second_least = 0x90;  // overlong below
    leads[0xf4].second_most = 0x8f;   // past U+10FFFF above
    return leads;
}

inline constexpr std::array<Utf8Lead, 256> kUtf8Leads = make_utf8_leads();

}  // namespace detail

/// The sequence at `at`, which must lie before `end`. Reads nothing at or past `end`.
inline Utf8Sequence utf8_sequence(const char* at, const char* end) noexcept {
    const auto byte = [at](std::size_t i) { return static_cast<unsigned char>(at[i]); };
    const detail::Utf8Lead lead = detail::kUtf8Leads[byte(0)];
    if (lead.size < 2) return {1, lead.size == 1};
    const auto room = static_cast<std::size_t>(end - at);
    if (room < 2 || byte(1) < lead.second_least || byte(1) > lead.second_most) return {1, false};
    for (std::uint32_t i = 2; i < lead.size; ++i)
        if (room <= i || (byte(i) & 0xc0) != 0x80) return {i, false};
    return {lead.size, true};
}

/// The size of the well-formed sequence of 2 to 4 bytes that `word` (four bytes of a text, the first in the least byte)
/// begins with, 0 where it begins with none: the same as `utf8_sequence`, faster where four bytes are left.
inline unsigned multibyte_size(std::uint32_t word) noexcept {
    // Of each form: that the lead and the continuations are ones, then what table 3-7 leaves out of it.
    if ((word & 0x00c0c0f0) == 0x008080e0) {
        const std::uint32_t top = word & 0x0000200f;  // lead's low four bits, and the second byte's A0
        return top != 0 && top != 0x200d ? 3 : 0;     // E0 80..9F is overlong, ED A0..BF a surrogate
    }
    if ((word & 0x0000c0e0) == 0x000080c0) return (word & 0x1e) != 0 ? 2 : 0;  // C0, C1 are overlong
    if ((word & 0xc0c0c0f8) == 0x808080f0) {
        const std::uint32_t lead = word & 7;
        const std::uint32_t second = word & 0x3000;
        if (lead == 0) return second != 0 ? 4 : 0;              // F0 80..8F is overlong
        return lead < 4 || (lead == 4 && second == 0) ? 4 : 0;  // F4 90 and up are past U+10FFFF
    }
    return 0;
}

/// Whether all of `text` is well formed; the empty text is.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// Room that `write_utf8` needs for a text of `size` bytes.
constexpr std::size_t utf8_bound(std::size_t size) noexcept { return 3 * size + 16; }

/// Copies `text` to `out` with U+FFFD for what is not well formed, each counted in `replaced`. No quotes, no escapes.
/// Gives the end of what was written; bytes after it, within the bound, may have been overwritten.
char* write_utf8(char* out, std::string_view text, std::uint64_t& replaced) noexcept;

/// The same as a string. Throws std::bad_alloc.
[[nodiscard]] std::string valid_utf8(std::string_view text, std::uint64_t& replaced);

/// The longest beginning of at most `bytes` that does not end within a character. Of a text that is no UTF-8 it takes
/// at most three bytes more than it must.
[[nodiscard]] inline std::string_view cut(std::string_view text, std::size_t bytes) noexcept {
    if (text.size() <= bytes) return text;
    std::size_t end = bytes;
    while (end > 0 && bytes - end < 3 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return text.substr(0, end);
}

}  // namespace wideline::json_text

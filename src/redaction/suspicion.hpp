// Whether a text may hold what is looked for inside texts: asked of every text that is written, so it is quick, and
// wrong on the side of caution.
//
//   below 16 bytes   no token is that short, but for one after `Bearer`: the text is searched for '=' and '@'
//   first look       16 bytes at once: '=', '@', 'I' or 'J' (AKIA, eyJ), a blank (Bearer …), and in longer texts '_'
//   and
//                    '-' (ghp_, -----BEGIN): every token has one of these. One comparison takes all from '=' to 'J'
//   second look      the first bytes of each kind of token, at 16 places at once
//
// Cards and accounts have a look of their own, which is right: see holds_number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "encoding/byte_block.hpp"

namespace wideline::redaction {

/// What the texts are searched for.
struct Wanted {
    bool parameters = false;  ///< of URLs and query strings, and passwords in URLs
    bool tokens = false;
    bool emails = false;
    bool cards = false;
    bool ibans = false;

    [[nodiscard]] bool none() const noexcept { return !(parameters || tokens || emails || cards || ibans); }
    /// Whether has_sign is not all.
    [[nodiscard]] bool more() const noexcept { return emails || cards || ibans; }
};

/// No parameter is shorter.
inline constexpr std::size_t kShortest = 4;
/// Tokens that may have neither an upper-case letter nor a blank are as long: `glpat-` and 20 characters.
inline constexpr std::size_t kShortestWithDash = 26;

/// Of 16 bytes or more.
[[nodiscard]] bool has_sign_in_long(const char* text, std::size_t size) noexcept;
/// Of 15 bytes: `Bearer ` and 8 characters.
[[nodiscard]] bool may_be_bearer(const char* text) noexcept;

/// Whether it may hold a parameter, a password in a URL, a token, or an e-mail address with '@'. JSON text may be
/// given: no sign is one that JSON escapes. Some 1 to 2 ns for a short text. Reads no byte outside of the text.
[[nodiscard]] inline bool has_sign(std::string_view text) noexcept {
    using json_text::kEveryByte;
    const std::size_t size = text.size();
    if (size >= 16) return has_sign_in_long(text.data(), size);
    if (size < kShortest) return false;
    const auto hits = [](std::uint64_t word) {
        const auto zero = [](std::uint64_t x) { return (x - kEveryByte) & ~x; };
        return zero(word ^ ('=' * kEveryByte)) | zero(word ^ ('@' * kEveryByte));
    };
    constexpr std::uint64_t kTop = 0x80 * kEveryByte;
    const char* const from = text.data();
    if (size >= 8) {
        if (((hits(json_text::load_8(from)) | hits(json_text::load_8(from + size - 8))) & kTop) != 0) return true;
        return size == 15 && may_be_bearer(from);
    }
    return (hits(json_text::load_4(from) | json_text::load_4(from + size - 4) << 32) & kTop) != 0;
}

/// Whether it may hold what has no sign: an address with %40, or, for certain, a card or an account.
[[nodiscard]] bool has_more(std::string_view text, const Wanted& wanted) noexcept;

[[nodiscard]] inline bool may_hold(std::string_view text, const Wanted& wanted) noexcept {
    return has_sign(text) || (wanted.more() && has_more(text, wanted));
}

}  // namespace wideline::redaction

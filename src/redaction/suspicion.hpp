// Whether a text may hold what is looked for inside texts: asked of every text that is written, so it is quick, and
// wrong on the side of caution.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wideline::redaction {

/// No parameter and no address of the kinds that are looked for is shorter.
inline constexpr std::size_t kShortest = 5;

/// What the texts are searched for.
struct Wanted {
    bool parameters = false;  ///< of URLs and query strings, and passwords in URLs
    bool tokens = false;
    bool emails = false;
    bool cards = false;
    bool ibans = false;

    [[nodiscard]] bool none() const noexcept { return !(parameters || tokens || emails || cards || ibans); }
};

/// Whether it may hold a parameter, a password in a URL, a token, or an e-mail address. JSON text may be given: what
/// its escapes stand for is no part of any sign. Some 1 to 2 ns for a short text.
[[nodiscard]] bool has_sign(std::string_view text) noexcept;

/// Whether it has enough digits for a card or an account.
[[nodiscard]] bool has_many_digits(std::string_view text) noexcept;

/// Reads no byte outside of the text.
[[nodiscard]] inline bool may_hold(std::string_view text, const Wanted& wanted) noexcept {
    if (text.size() < kShortest) return false;
    if (has_sign(text)) [[unlikely]]
        return true;
    return (wanted.cards | wanted.ibans) && has_many_digits(text);
}

}  // namespace wideline::redaction

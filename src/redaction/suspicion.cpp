#include "redaction/suspicion.hpp"

#include <cstring>

#include "redaction/detectors.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace wideline::redaction {
namespace {

char lower(char c) noexcept { return static_cast<char>(c | 0x20); }

#if defined(__SSE2__)

__m128i load(const char* from) noexcept { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)); }
__m128i is(__m128i bytes, char c) noexcept { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); }

/// From '=' to 'J'.
__m128i is_rare(__m128i bytes) noexcept {
    const __m128i from_equals = _mm_sub_epi8(bytes, _mm_set1_epi8('='));
    return _mm_cmpeq_epi8(_mm_min_epu8(from_equals, _mm_set1_epi8('J' - '=')), from_equals);
}

/// Which kinds of signs a text may hold.
enum class Look : std::uint8_t { none, dashed, all };

inline Look first_look(const char* text, std::size_t size) noexcept {
    const bool dashes = size >= kShortestWithDash;
    __m128i hits = _mm_setzero_si128();
    __m128i dashed = _mm_setzero_si128();
    const auto look = [&](const char* at) {
        const __m128i bytes = load(at);
        hits = hits | is_rare(bytes) | is(bytes, ' ');
        if (dashes) dashed = dashed | is(bytes, '_') | is(bytes, '-');
    };
    for (std::size_t at = 0; at + 16 <= size; at += 16) look(text + at);
    look(text + size - 16);
    if (_mm_movemask_epi8(hits) != 0) return Look::all;
    return _mm_movemask_epi8(dashed) != 0 ? Look::dashed : Look::none;
}

/// Of the bytes at four places that follow one another, those of tokens with a dash.
__m128i dashed_signs(__m128i a, __m128i b, __m128i c, __m128i d) noexcept {
    const __m128i of_git = is(a, 'g') & ((is(b, 'h') & is(d, '_')) | (is(b, 'l') & is(c, 'p')) |
                                         (is(b, 'i') & is(c, 't') & is(d, 'h')));  // ghp_, glpat-, github_
    const __m128i of_pem = is(a, '-') & is(b, '-') & is(c, '-');                   // -----BEGIN
    const __m128i of_slack = is(a, 'x') & is(b, 'o') & is(c, 'x');                 // xoxb-
    const __m128i of_stripe = is(a, 'k') & is(b, '_') & is(c, 'l');                // sk_live_
    return of_git | of_pem | of_slack | of_stripe;
}

/// The others. '=' and '@' are looked for from the fourth byte on: no name is shorter.
__m128i other_signs(__m128i a, __m128i b, __m128i c, __m128i d) noexcept {
    const __m128i small = _mm_set1_epi8(0x20);
    const __m128i of_url = is(d, '=') | is(d, '@');
    const __m128i of_jwt = is(b, 'y') & is(c, 'J');                    // eyJ
    const __m128i of_aws = (is(a, 'A') & (is(b, 'I') | is(c, 'I'))) |  // AKIA, AIza
                           (is(a, 'S') & is(b, 'I') & is(c, 'A'));     // ASIA
    const __m128i of_bearer = is(a | small, 'b') & is(b | small, 'e') & is(c | small, 'a');
    return of_url | of_jwt | of_aws | of_bearer;
}

template <Look kLook>
bool passes_second_look(const char* text, std::size_t size) noexcept {
    const auto look = [](const char* at) {
        const __m128i a = load(at);
        const __m128i b = load(at + 1);
        const __m128i c = load(at + 2);
        const __m128i d = load(at + 3);
        if constexpr (kLook == Look::dashed)
            return dashed_signs(a, b, c, d);
        else
            return dashed_signs(a, b, c, d) | other_signs(a, b, c, d);
    };
    constexpr std::size_t kWindow = 19;
    __m128i hits = is(load(text), '@');  // an e-mail address may begin before the fourth byte
    for (std::size_t at = 0; at + kWindow <= size; at += 16) hits = hits | look(text + at);
    if (size >= kWindow) return _mm_movemask_epi8(hits | look(text + size - kWindow)) != 0;
    // Of 16 to 18 bytes, in a copy.
    char copy[kWindow + 16] = {};
    std::memcpy(copy, text, size);
    return _mm_movemask_epi8(hits | look(copy) | look(copy + 16)) != 0;
}

#else

bool passes_second_look(const char* text, std::size_t size) noexcept {
    const auto at = [&](std::size_t i) { return i < size ? text[i] : '\0'; };
    for (std::size_t i = 0; i < size; ++i) {
        const char b = at(i + 1);
        const char c = at(i + 2);
        const char d = at(i + 3);
        switch (text[i]) {
            case '=':
            case '@':
                return true;
            case 'e':
                if (b == 'y' && c == 'J') return true;
                break;
            case 'A':
                if (b == 'I' || c == 'I') return true;
                if (b == 'S' && c == 'I') return true;
                break;
            case 'g':
                if ((b == 'h' && d == '_') || (b == 'l' && c == 'p') || (b == 'i' && c == 't' && d == 'h')) return true;
                break;
            case '-':
                if (b == '-' && c == '-') return true;
                break;
            case 'x':
                if (b == 'o' && c == 'x') return true;
                break;
            case 'k':
                if (b == '_' && c == 'l') return true;
                break;
            default:
                break;
        }
        if (lower(text[i]) == 'b' && lower(b) == 'e' && lower(c) == 'a') return true;
    }
    return false;
}

#endif

}  // namespace

bool has_sign_in_long(const char* text, std::size_t size) noexcept {
#if defined(__SSE2__)
    switch (first_look(text, size)) {
        case Look::none:
            return false;
        case Look::dashed:
            return passes_second_look<Look::dashed>(text, size);
        default:
            return passes_second_look<Look::all>(text, size);
    }
#else
    return passes_second_look(text, size);
#endif
}

bool may_be_bearer(const char* text) noexcept {
    return lower(text[0]) == 'b' && lower(text[1]) == 'e' && lower(text[2]) == 'a';
}

bool has_more(std::string_view text, const Wanted& wanted) noexcept {
    if (wanted.emails && text.find("%40") != text.npos) return true;
    if (text.size() < kShortestNumber) return false;
    return holds_number(text, wanted.cards, wanted.ibans);
}

}  // namespace wideline::redaction

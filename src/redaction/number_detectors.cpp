// Payment cards and bank accounts: numbers whose check digits are right, so that order numbers stay.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>

#include "redaction/detectors.hpp"
#include "redaction/edits.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace wideline::redaction {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_alnum(char c) noexcept { return is_digit(c) || is_letter(c); }

constexpr std::size_t kLeastCardDigits = 13;
constexpr std::size_t kMostCardDigits = 19;
constexpr std::size_t kMostIban = 34;

/// Whether an issuer gives cards of this length that begin so.
bool is_issued(std::string_view digits) noexcept {
    const auto first = [&](std::size_t count) {
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) value = value * 10 + (digits[i] - '0');
        return value;
    };
    const std::size_t size = digits.size();
    const int two = first(2);
    const int three = first(3);
    const int four = first(4);
    if (digits[0] == '4') return size == 13 || size == 16 || size == 19;                 // Visa
    if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return size == 16;   // Mastercard
    if (two == 34 || two == 37) return size == 15;                                       // American Express
    if (three >= 300 && three <= 305) return size == 14 || size == 16;                   // Diners Club
    if (two == 36 || two == 38 || two == 39) return size == 14 || size == 16;            // Diners Club
    if (four == 6011 || two == 65 || (three >= 644 && three <= 649)) return size >= 16;  // Discover
    if (two == 35) return size >= 16;                                                    // JCB
    if (two == 62 || two == 81) return size >= 16;                                       // UnionPay
    if (two == 50 || (two >= 56 && two <= 58) || two == 60 || two == 61 || two == 63 || two == 64 || two == 66 ||
        two == 67 || two == 68 || two == 69)
        return size == 16 || size == 18 || size == 19;  // Maestro
    return false;
}

bool passes_luhn(std::string_view digits) noexcept {
    int sum = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        int digit = digits[digits.size() - 1 - i] - '0';
        if (i % 2 == 1) digit = digit < 5 ? 2 * digit : 2 * digit - 9;
        sum += digit;
    }
    return sum % 10 == 0;
}

/// How long an account number of the country is (the registry of ISO 13616); 0 for no country.
std::size_t iban_size(char first, char second) noexcept {
    constexpr std::string_view kSizes =
        "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27"
        "GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22"
        "MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28"
        "TL23TN24TR26UA29VA22VG24XK20YE30";
    for (std::size_t i = 0; i < kSizes.size(); i += 4)
        if (kSizes[i] == first && kSizes[i + 1] == second)
            return static_cast<std::size_t>((kSizes[i + 2] - '0') * 10 + (kSizes[i + 3] - '0'));
    return 0;
}

char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; }

/// ISO 7064: the country and check digits come last, and letters count from 10.
bool passes_mod_97(std::string_view iban) noexcept {
    unsigned rest = 0;
    for (std::size_t i = 0; i < iban.size(); ++i) {
        const char c = iban[(i + 4) % iban.size()];
        rest = is_digit(c) ? (rest * 10 + static_cast<unsigned>(c - '0')) % 97
                           : (rest * 100 + static_cast<unsigned>(c - 'A') + 10) % 97;
    }
    return rest == 1;
}

/// Characters without the single blanks or dashes between them.
template <std::size_t Most>
struct Compact {
    std::array<char, Most> bytes{};
    std::size_t size = 0;
    [[nodiscard]] std::string_view view() const noexcept { return {bytes.data(), size}; }
};

/// The end of the account number that begins at `at`, or nothing.
std::optional<std::size_t> end_of_iban(std::string_view text, std::size_t at) noexcept {
    if (at + 15 > text.size() || !is_letter(text[at]) || !is_letter(text[at + 1])) return std::nullopt;
    const std::size_t size = iban_size(upper(text[at]), upper(text[at + 1]));
    if (size == 0) return std::nullopt;
    Compact<kMostIban> iban;
    std::size_t end = at;
    while (end < text.size() && iban.size < size) {
        const char c = text[end];
        if (is_alnum(c)) {
            iban.bytes[iban.size++] = upper(c);
            ++end;
        } else if ((c == ' ' || c == '-') && iban.size >= 4 && end + 1 < text.size() && is_alnum(text[end + 1])) {
            ++end;
        } else {
            return std::nullopt;
        }
    }
    if (iban.size != size || (end < text.size() && is_alnum(text[end]))) return std::nullopt;
    if (!is_digit(iban.bytes[2]) || !is_digit(iban.bytes[3])) return std::nullopt;
    return passes_mod_97(iban.view()) ? std::optional(end) : std::nullopt;
}

struct Card {
    std::size_t end = 0;  // 0: none
    std::array<char, 4> last_four{};
};

/// The sizes of the groups that blanks or dashes make of the digits.
struct Groups {
    std::array<std::size_t, kMostCardDigits> sizes{};
    std::size_t count = 1;

    /// As on a card: 4-4-4-4, 4-6-5, 4-6-4, or in one. A UUID is not grouped so.
    [[nodiscard]] bool are_of_card() const noexcept {
        if (count == 1) return true;
        if (count == 3 && sizes[0] == 4 && sizes[1] == 6) return sizes[2] == 5 || sizes[2] == 4;
        for (std::size_t i = 0; i + 1 < count; ++i)
            if (sizes[i] != 4) return false;
        return sizes[count - 1] <= 4;
    }
};

/// The longest one that begins at `at`, where digits begin.
Card card_at(std::string_view text, std::size_t at) noexcept {
    Compact<kMostCardDigits> digits;
    Groups groups;
    Card card;
    std::size_t end = at;  // of the digits so far
    for (std::size_t next = at; next < text.size() && digits.size < kMostCardDigits; ++next) {
        if (!is_digit(text[next])) {
            if ((text[next] != ' ' && text[next] != '-') || next != end) break;
            ++groups.count;
            continue;
        }
        ++groups.sizes[groups.count - 1];
        digits.bytes[digits.size++] = text[next];
        end = next + 1;
        const bool apart = end == text.size() || !is_alnum(text[end]);
        if (apart && digits.size >= kLeastCardDigits && groups.are_of_card() && is_issued(digits.view()) &&
            passes_luhn(digits.view())) {
            card.end = end;
            digits.view().copy(card.last_four.data(), 4, digits.size - 4);
        }
    }
    return card;
}

/// Which of up to 64 bytes are digits, and which are letters.
struct Classes {
    std::uint64_t digits = 0;
    std::uint64_t letters = 0;
};

Classes classes_of(const char* text, std::size_t size) noexcept {
    Classes classes;
    std::size_t at = 0;
#if defined(__SSE2__)
    const auto within = [](__m128i bytes, char first, char last) {
        const __m128i from_first = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
        const __m128i found =
            _mm_cmpeq_epi8(_mm_min_epu8(from_first, _mm_set1_epi8(static_cast<char>(last - first))), from_first);
        return static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(found)));
    };
    const auto look = [&](std::size_t from) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + from));
        classes.digits |= within(bytes, '0', '9') << from;
        classes.letters |= within(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 'z') << from;
    };
    for (; at + 16 <= size; at += 16) look(at);
    if (at != size && size >= 16) {
        look(size - 16);
        at = size;
    }
#endif
    for (; at < size; ++at) {
        classes.digits |= std::uint64_t{is_digit(text[at])} << at;
        classes.letters |= std::uint64_t{is_letter(text[at])} << at;
    }
    return classes;
}

bool holds_card(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size(); ++at)
        if (is_digit(text[at]) && (at == 0 || !is_alnum(text[at - 1])) && card_at(text, at).end != 0) return true;
    return false;
}

}  // namespace

bool holds_number(std::string_view text, bool cards, bool ibans) noexcept {
    constexpr std::size_t kChunk = 64;
    constexpr std::size_t kOverlap = 4;  // the first bytes of an account, and the one before them
    std::size_t digits = 0;
    for (std::size_t from = 0; from < text.size(); from += kChunk - kOverlap) {
        const std::size_t size = std::min(kChunk, text.size() - from);
        const Classes classes = classes_of(text.data() + from, size);
        digits += static_cast<std::size_t>(std::popcount(classes.digits));
        if (!ibans) continue;
        std::uint64_t accounts = classes.letters & classes.letters >> 1 & classes.digits >> 2 & classes.digits >> 3 &
                                 ~((classes.digits | classes.letters) << 1);
        if (from != 0) accounts &= ~std::uint64_t{1};  // seen in the chunk before
        for (; accounts != 0; accounts &= accounts - 1)
            if (end_of_iban(text, from + static_cast<std::size_t>(std::countr_zero(accounts)))) return true;
    }
    return cards && digits >= kLeastCardDigits && holds_card(text);
}

std::uint32_t replace_cards(std::string& text) {
    Edits edits(text);
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (!is_digit(text[at]) || (at != 0 && is_alnum(text[at - 1]))) continue;
        const Card card = card_at(text, at);
        if (card.end == 0) continue;
        edits.replace(at, card.end, "[card " + std::string(card.last_four.begin(), card.last_four.end()) + "]");
        at = card.end - 1;
    }
    return edits.apply();
}

std::uint32_t replace_ibans(std::string& text) {
    Edits edits(text);
    for (std::size_t at = 0; at + 15 <= text.size(); ++at) {
        if (at != 0 && is_alnum(text[at - 1])) continue;
        const auto end = end_of_iban(text, at);
        if (!end) continue;
        edits.replace(at, *end, "[iban]");
        at = *end - 1;
    }
    return edits.apply();
}

}  // namespace wideline::redaction

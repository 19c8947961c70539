// Text as a stranger would send it, and what is right to make of it, found the slow way.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace event_test {

/// Seeded; the same on every machine, unlike the distributions of <random>.
class Random {
public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}
    std::uint64_t bits() { return engine_(); }
    std::uint64_t below(std::uint64_t end) { return engine_() % end; }
    std::int64_t between(std::int64_t least, std::int64_t most) {
        return least + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most - least) + 1));
    }
    bool one_in(std::uint64_t n) { return below(n) == 0; }

private:
    std::mt19937_64 engine_;
};

/// Letters, quotes, control characters, scripts of two to four bytes, and every kind of invalid UTF-8.
inline std::string hostile_text(Random& random, std::size_t pieces) {
    static const std::string_view kPieces[] = {"a",
                                               "key",
                                               " ",
                                               "some longer plain text, ",
                                               "\"",
                                               "\\",
                                               "/",
                                               "{\"",
                                               "\":",
                                               ",",
                                               "\\u0000",
                                               std::string_view("\0", 1),
                                               "\n",
                                               "\x1f",
                                               "\x7f",
                                               "\u00e9",
                                               "\u20ac",
                                               "\u2028",
                                               "\ufeff",
                                               "\ufffd",
                                               "\U0001f600",
                                               "\U0010ffff",
                                               "\x80",
                                               "\xbf\xbf",
                                               "\xc0\xaf",
                                               "\xc3",
                                               "\xe2\x82",
                                               "\xe0\x80\xaf",
                                               "\xed\xa0\x80",
                                               "\xf0\x9f\x98",
                                               "\xf4\x90\x80\x80",
                                               "\xf8\x88\x80\x80\x80",
                                               "\xfe\xff"};
    std::string text;
    for (std::size_t i = 0; i < pieces; ++i) {
        if (random.one_in(8))
            text += static_cast<char>(random.below(256));
        else
            text += kPieces[random.below(std::size(kPieces))];
    }
    return text;
}

namespace detail {

/// The size of the well-formed sequence at the beginning, or 0. By the definition: decode, then see whether it was
/// allowed.
inline std::size_t well_formed(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const std::size_t size = byte(0) < 0x80   ? 1
                             : byte(0) < 0xc0 ? 0
                             : byte(0) < 0xe0 ? 2
                             : byte(0) < 0xf0 ? 3
                             : byte(0) < 0xf8 ? 4
                                              : 0;
    if (size < 2) return size;
    if (text.size() < size) return 0;
    std::uint32_t point = byte(0) & (0x7fU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if (byte(i) >> 6 != 2) return 0;
        point = point << 6 | (byte(i) & 0x3f);
    }
    constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool allowed = point >= kLeast[size] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    return allowed ? size : 0;
}

/// Whether `text` begins a well-formed sequence that goes on: tried with every continuation.
inline bool begins_one(std::string_view text) {
    for (const char a : {'\x80', '\x8f', '\x90', '\x9f', '\xa0', '\xbf'})
        for (const char b : {'\x80', '\xbf'}) {
            const std::string longest = std::string(text) + a + b + b;
            if (well_formed(longest) > text.size()) return true;
        }
    return false;
}

}  // namespace detail

/// Each maximal subpart of an ill-formed sequence becomes one U+FFFD (the Unicode Standard, section 3.9).
inline std::string valid_text(std::string_view text) {
    std::string valid;
    while (!text.empty()) {
        std::size_t size = detail::well_formed(text);
        if (size != 0) {
            valid += text.substr(0, size);
        } else {
            size = 1;
            while (size < 3 && size < text.size() && detail::begins_one(text.substr(0, size + 1))) ++size;
            valid += "\ufffd";
        }
        text.remove_prefix(size);
    }
    return valid;
}

/// At most `most` bytes, without a character's beginning at the end.
inline std::string cut_text(std::string_view text, std::size_t most) {
    if (text.size() <= most) return std::string(text);
    std::size_t end = most;
    for (int i = 0; i < 3 && end > 0 && (text[end] & '\xc0') == '\x80'; ++i) --end;
    return std::string(text.substr(0, end));
}

}  // namespace event_test

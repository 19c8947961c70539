// Copying short texts into an arena, as words and without a call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <wideline/detail/arena.hpp>

namespace wideline::detail {

[[gnu::always_inline]] inline std::uint64_t word_at(const char* from) noexcept {
    std::uint64_t word;
    std::memcpy(&word, from, sizeof word);
    return word;
}
[[gnu::always_inline]] inline void copy_two_words(std::byte* to, const char* from) noexcept {
    TwoWords words;
    std::memcpy(&words, from, sizeof words);
    *reinterpret_cast<TwoWords*>(to) = words;
}

/// A text of fewer than eight bytes as a word, zeros behind it.
[[gnu::always_inline]] inline std::uint64_t short_word(const char* from, std::size_t size) noexcept {
    std::uint64_t word = 0;
    std::size_t at = 0;
    if ((size & 4) != 0) {
        std::uint32_t four;
        std::memcpy(&four, from, sizeof four);
        word = four;
        at = 4;
    }
    if ((size & 2) != 0) {
        std::uint16_t two;
        std::memcpy(&two, from + at, sizeof two);
        word |= std::uint64_t{two} << 8 * at;
        at += 2;
    }
    if ((size & 1) != 0) word |= std::uint64_t{static_cast<unsigned char>(from[at])} << 8 * at;
    return word;
}

/// A key, or another text that the compiler knows: it makes constants of its words.
[[gnu::always_inline]] inline void copy_key(std::byte* to, const char* from, std::size_t size) noexcept {
    if (!__builtin_constant_p(size) || size > 40) {
        if (size != 0) std::memcpy(to, from, size);
        return;
    }
    if (size >= 8) store_word(to, word_at(from));
    if (size >= 16) store_word(to + 8, word_at(from + 8));
    if (size >= 24) store_word(to + 16, word_at(from + 16));
    if (size >= 32) store_word(to + 24, word_at(from + 24));
    if (size >= 40) store_word(to + 32, word_at(from + 32));
    const std::size_t whole = size & ~std::size_t{7};
    if (size != whole) store_word(to + whole, short_word(from + whole, size - whole));
}

/// A text of any length. Behind it, up to the next word, anything may be written.
[[gnu::always_inline]] inline void copy_text(std::byte* to, const char* from, std::size_t size) noexcept {
    if (__builtin_constant_p(size)) return copy_key(to, from, size);
    asm("" : "+r"(from));  // g++ 12 warns of the branches that a text which it knows, but not its length, never takes
    if (size > 64) {
        std::memcpy(to, from, size);
    } else if (size >= 16) {
        if (size > 32) {
            copy_two_words(to + 16, from + 16);
            copy_two_words(to + size - 32, from + size - 32);
        }
        copy_two_words(to, from);
        copy_two_words(to + size - 16, from + size - 16);  // over the others, where it is no multiple
    } else if (size >= 8) {
        store_word(to, word_at(from));
        store_word(to + size - 8, word_at(from + size - 8));
    } else if (size != 0) {
        store_word(to, short_word(from, size));
    }
}

}  // namespace wideline::detail

// Copying short texts without a call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace wideline::detail {

/// Copies both ends of a text that is one to two words long; they overlap where it is shorter than two.
template <class Word>
[[gnu::always_inline]] inline void copy_ends(std::byte* to, const char* from, std::size_t size) noexcept {
    Word first;
    Word last;
    std::memcpy(&first, from, sizeof first);
    std::memcpy(&last, from + size - sizeof last, sizeof last);
    std::memcpy(to, &first, sizeof first);
    std::memcpy(to + size - sizeof last, &last, sizeof last);
}

/// As std::memcpy, without a call where a field's text is short, as most are.
[[gnu::always_inline]] inline void copy_text(std::byte* to, const char* from, std::size_t size) noexcept {
    struct Pair {
        std::uint64_t halves[2];
    };
    if (__builtin_constant_p(size)) {
        std::memcpy(to, from, size);
        return;
    }
    asm("" : "+r"(from));  // g++ 12 warns of the branches that a text which it knows, but not its length, never takes
    if (size > 32)
        std::memcpy(to, from, size);
    else if (size >= 16)
        copy_ends<Pair>(to, from, size);
    else if (size >= 8)
        copy_ends<std::uint64_t>(to, from, size);
    else if (size >= 4)
        copy_ends<std::uint32_t>(to, from, size);
    else if (size >= 2)
        copy_ends<std::uint16_t>(to, from, size);
    else if (size == 1)
        to[0] = static_cast<std::byte>(from[0]);
}

}  // namespace wideline::detail

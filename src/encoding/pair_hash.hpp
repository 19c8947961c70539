// The 64-bit hash of a field and its value, by which a search asks whether a frame may hold an event that has both.
//
// What counts as a value is defined on the JSON text of an event's line, so that whoever writes a line and whoever
// reads it back come to the same hashes:
//
//   JSON text of the value          hashes of
//   "text"                          the key, and the text without quotes and escapes, as UTF-8
//   7  7.0  -0  1e+18               the key, and the digits of the whole number: 7  7  0  1000000000000000000
//   7.5  1e-05  1e+300              nothing: not a whole number that an int64 or a uint64 can hold
//   true  false  null               the key, and the word
//   ["a",7,["b"]]                   the key, and each text, whole number or word that is an item itself: a  7
//   {"a":1}                         nothing
//
// So the text "7" and the number 7 are one pair, and a number is found however it was written. A search for `key=7.5`
// cannot ask by this hash, for the number 7.5 has none. Of an event, every member of its line counts but `timestamp`
// and `event_id`, which begins with the same time: they are looked for by time, and each would need a place of its own.
// The pair of a `trace_id`, for which people search most, counts twice, so that a filter seldom mistakes another for
// it.
#pragma once

#ifndef XXH_INLINE_ALL
#define XXH_INLINE_ALL
#endif
#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace wideline {

/// Of the key's bytes, as UTF-8 without escapes: XXH3_64, seed 0.
[[nodiscard]] inline std::uint64_t key_hash(std::string_view key) noexcept {
    return XXH3_64bits(key.data(), key.size());
}

/// Of a value's bytes in the form given above, under a key: XXH3_64 with the key's hash as the seed.
[[nodiscard]] inline std::uint64_t pair_hash(std::uint64_t key, std::string_view value) noexcept {
    return XXH3_64bits_withSeed(value.data(), value.size(), key);
}

/// Under which the pair of kKeyCountedTwice counts once more.
inline constexpr std::string_view kKeyCountedTwice = "trace_id";
[[nodiscard]] constexpr std::uint64_t second_pair_hash(std::uint64_t pair) noexcept {
    return pair * 0x9E3779B97F4A7C15;
}

/// Whether a member of an event's line counts at all.
[[nodiscard]] constexpr bool has_pair_hash(std::string_view key) noexcept {
    return key != "timestamp" && key != "event_id";
}

/// Room that `whole_number` needs.
inline constexpr std::size_t kWholeNumberBound = 49;

/// Writes the digits of a whole number that an int64 or a uint64 can hold, by which it is hashed; gives how many bytes,
/// 0 for every other double. For a search: `key=7.0` asks for the text "7.0" and the number 7.
std::size_t whole_number(char* out, double value) noexcept;

/// Appends the hashes of a value's pairs under a key, from the value's JSON text, which must be valid and without
/// blanks, as a line of an event is. Throws std::bad_alloc.
void append_pair_hashes(std::vector<std::uint64_t>& to, std::uint64_t key, std::string_view json);

}  // namespace wideline

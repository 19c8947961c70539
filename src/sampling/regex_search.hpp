// Searching a field with a user's regular expression, bounded in stack and time.
//
// libstdc++ matches by backtracking unless told otherwise: `(a|b)*` recurses once a character and overflows the stack
// on a long string, which no exception announces, and `(a+)+$` takes time exponential in the string's length. A rule
// runs on the request's thread with data that came from outside, so neither may be. Four measures:
//
// - `__polynomial` where the library is libstdc++: a breadth-first matcher, linear in the text for a given pattern and
// of
//   constant stack depth. It has no back references. (libc++ keeps its states on the heap and gives up with
//   std::regex_error when it backtracks too much, which is treated like a predicate that throws.)
// - std::regex_search would start that matcher anew at every character: quadratic. So the pattern is compiled behind a
//   lazy "anything" and tried once, from the beginning.
// - What grows with the pattern is bounded by the pattern: counted repetitions, which are copies in the automaton
//   (`(a?){9999}` visits 20,000 states for every character), and parentheses, over which the compiler recurses.
// - Only the first kMaxSearchedBytes of the text are looked at.
#pragma once

#include <cstddef>
#include <regex>
#include <string>
#include <string_view>

namespace wideline::sampling {

inline constexpr std::size_t kMaxPatternBytes = 4096;
inline constexpr std::size_t kMaxPatternAtoms = 4096;
inline constexpr std::size_t kMaxPatternDepth = 100;
inline constexpr std::size_t kMaxSearchedBytes = 4096;

/// The pattern compiled for `search`; `(?i)` at its beginning makes it ignore the case of ASCII letters. Throws
/// std::invalid_argument naming it where it does not compile or is too large.
[[nodiscard]] std::regex compile_search(std::string_view written);

/// Bytes that stand in every text that the pattern matches; empty where it tells none at a glance, as with `|` and
/// parentheses. Looking for them first is much cheaper than `search`.
[[nodiscard]] std::string required_text(std::string_view pattern);

/// Whether the pattern matches somewhere in the text. Allocates. Throws std::regex_error where libc++ gives up, and
/// std::bad_alloc.
[[nodiscard]] bool search(const std::regex& compiled, std::string_view text);

}  // namespace wideline::sampling

// Text of events on a terminal. Events hold what strangers sent, and a terminal obeys what it is sent: control
// characters and escape sequences are shown, never passed on.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wideline {

/// Control characters (C0, DEL, C1) and bytes that are no UTF-8 as \n, \t, \x1b, …; all else as it stands.
[[nodiscard]] std::string printable(std::string_view text);

/// Columns of a terminal that printable text takes: a code point one, but two where it is wide or full-width (UAX #11),
/// and none where it joins the one before.
[[nodiscard]] std::size_t columns(std::string_view printable_text) noexcept;

/// The longest beginning of it, in whole code points, that takes at most `most` columns.
[[nodiscard]] std::string_view beginning_of(std::string_view printable_text, std::size_t most) noexcept;

}  // namespace wideline

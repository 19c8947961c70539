// Text of events on a terminal. Events hold what strangers sent, and a terminal obeys what it is sent: control
// characters and escape sequences are shown, never passed on.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wideline {

/// Control characters (C0, DEL, C1) and bytes that are no UTF-8 as \n, \t, \x1b, …; all else as it stands.
[[nodiscard]] std::string printable(std::string_view text);

/// Columns that printable text takes, one a code point: good enough for alignment.
[[nodiscard]] std::size_t columns(std::string_view printable_text) noexcept;

}  // namespace wideline

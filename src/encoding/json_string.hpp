// Strings of a JSON text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wideline::json_text {

/// Room that `write_string` needs for a text of `size` bytes: six bytes for each (\u0000), two quotes, and slack, for
/// it stores whole words.
constexpr std::size_t string_bound(std::size_t size) noexcept { return 6 * size + 2 + 16; }

/// Writes `text` as a JSON string, quotes included: escaped (\" \\ \b \f \n \r \t, other control characters as \u001f),
/// and valid UTF-8 whatever comes in: each sequence that is not becomes U+FFFD and is counted in `replaced` (see
/// utf8.hpp). DEL, U+2028 and the slash stay as they are. Gives the end of what was written; bytes after it, within the
/// bound, may have been overwritten. Reads nothing outside `text`.
char* write_string(char* out, std::string_view text, std::uint64_t& replaced) noexcept;

/// The same as a text of its own; nobody counts.
std::string quoted(std::string_view text);

}  // namespace wideline::json_text

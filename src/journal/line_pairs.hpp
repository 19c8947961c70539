// The pairs of an event that was written already, for filters of frames that are merged or whose index is gone. While
// events are encoded their pairs are known without this.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace wideline::journal_files {

/// Appends the hashes of the line's pairs that belong into a filter (encoding/pair_hash.hpp). False where the line is
/// no JSON object as far as this can see; `to` then has some of them, and no filter may be made of it. Any bytes may
/// come in.
[[nodiscard]] bool append_line_pairs(std::vector<std::uint64_t>& to, std::string_view line);

/// The same of many lines.
[[nodiscard]] bool append_pairs_of_lines(std::vector<std::uint64_t>& to, std::string_view lines);

}  // namespace wideline::journal_files

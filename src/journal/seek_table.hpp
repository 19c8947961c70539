// The seek table at the end of a closed segment, in the layout of zstd's seekable format 0.1.0: one entry a frame, the
// index frames included, so that any reader of that format finds every byte of the data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wideline::journal_files {

inline constexpr std::uint32_t kSeekTableMagic = 0x184D2A5E;
inline constexpr std::uint32_t kSeekTableFooterMagic = 0x8F92EAB1;
inline constexpr std::size_t kSeekTableFooterBytes = 9;

struct SeekEntry {
    std::uint32_t compressed_bytes = 0;
    std::uint32_t raw_bytes = 0;  ///< 0 for a skippable frame.

    bool operator==(const SeekEntry&) const = default;
};

/// Zstd's own decoder refuses tables of more entries.
inline constexpr std::size_t kMostSeekEntries = 0x8000000;

/// Appends the whole skippable frame, without checksums: each data frame carries its own.
void append_seek_table(std::string& to, const std::vector<SeekEntry>& entries);

/// The entries, or nothing where the payload of a skippable frame is no whole seek table. Any bytes may come in.
[[nodiscard]] std::optional<std::vector<SeekEntry>> decode_seek_table(std::string_view payload);

}  // namespace wideline::journal_files

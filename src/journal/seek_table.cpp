#include "journal/seek_table.hpp"

#include "journal/little_endian.hpp"

namespace wideline::journal_files {
namespace {

constexpr std::size_t kEntryBytes = 8;
constexpr std::size_t kChecksumBytes = 4;
constexpr unsigned kChecksumFlag = 0x80;
constexpr unsigned kReservedBits = 0x7C;

}  // namespace

void append_seek_table(std::string& to, const std::vector<SeekEntry>& entries) {
    append_little_endian(to, kSeekTableMagic);
    append_little_endian(to, static_cast<std::uint32_t>(entries.size() * kEntryBytes + kSeekTableFooterBytes));
    for (const SeekEntry& entry : entries) {
        append_little_endian(to, entry.compressed_bytes);
        append_little_endian(to, entry.raw_bytes);
    }
    append_little_endian(to, static_cast<std::uint32_t>(entries.size()));
    append_little_endian(to, std::uint8_t{0});
    append_little_endian(to, kSeekTableFooterMagic);
}

std::optional<std::vector<SeekEntry>> decode_seek_table(std::string_view payload) {
    if (payload.size() < kSeekTableFooterBytes) return std::nullopt;
    const std::size_t footer = payload.size() - kSeekTableFooterBytes;
    const auto count = little_endian_at<std::uint32_t>(payload, footer);
    const auto descriptor = little_endian_at<std::uint8_t>(payload, footer + 4);
    if (little_endian_at<std::uint32_t>(payload, footer + 5) != kSeekTableFooterMagic) return std::nullopt;
    if ((descriptor & kReservedBits) != 0) return std::nullopt;
    const std::size_t step = kEntryBytes + ((descriptor & kChecksumFlag) != 0 ? kChecksumBytes : 0);
    if (footer != std::size_t{count} * step) return std::nullopt;

    std::vector<SeekEntry> entries;
    entries.reserve(count);
    for (std::size_t offset = 0; offset < footer; offset += step)
        entries.push_back(
            {little_endian_at<std::uint32_t>(payload, offset), little_endian_at<std::uint32_t>(payload, offset + 4)});
    return entries;
}

}  // namespace wideline::journal_files

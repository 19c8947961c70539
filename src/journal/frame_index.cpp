// Layout of the payload (all little-endian):
//
//    0  "wideline"            48  f64 sum of weights
//    8  u16 version           56  i64 least time
//   10  u16 fixed length      64  i64 greatest time
//   12  u16 reserved flags    72  u64 raw bytes
//   14  u16 unused flags      80  u64 compressed bytes
//   16  u64 stream            88  u64 hash of the data frame
//   24  u64 sequence          96  u64 sequences
//   32  u64 events           104  sections: u16 type, u16 flags, u32 length, payload; …
//   40  u64 errors            -8  u64 hash of all of the payload before
//
// The fixed part ended at 96 before frames were merged; such an index is read as one of a single sequence.
#include "journal/frame_index.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "journal/little_endian.hpp"
#include "journal/lost_section.hpp"
#include "journal/totals_section.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace wideline::journal_files {
namespace {

constexpr std::uint16_t kVersion = 1;
constexpr std::uint16_t kFixedBytes = 104;
constexpr std::uint16_t kLeastFixedBytes = 96;
constexpr std::size_t kHashBytes = 8;
constexpr std::size_t kSectionHeaderBytes = 8;
constexpr std::uint16_t kSampledAwaySection = 1;
constexpr std::uint16_t kPairFilterSection = 2;
constexpr std::uint16_t kRemovedSection = 3;
constexpr std::uint16_t kTotalsSection = 4;
constexpr std::uint16_t kLostSection = 5;
constexpr std::size_t kRemovedBytes = 48;

void append_section(std::string& to, std::uint16_t type, std::string_view payload) {
    append_little_endian(to, type);
    append_little_endian(to, std::uint16_t{0});
    append_little_endian(to, static_cast<std::uint32_t>(payload.size()));
    to += payload;
}

std::string sampled_away_section(const std::vector<SampledAwayByRule>& rules) {
    std::string section;
    for (const SampledAwayByRule& entry : rules) {
        const auto length = static_cast<std::uint16_t>(
            std::min<std::size_t>(entry.rule.size(), std::numeric_limits<std::uint16_t>::max()));
        append_little_endian(section, entry.requests);
        append_little_endian(section, length);
        section.append(entry.rule, 0, length);
    }
    return section;
}

std::string removed_section(const RemovedByRetention& removed) {
    std::string section;
    for (const std::uint64_t value :
         {removed.segments, removed.events, removed.errors, std::bit_cast<std::uint64_t>(removed.weight),
          static_cast<std::uint64_t>(removed.least_time), static_cast<std::uint64_t>(removed.greatest_time)})
        append_little_endian(section, value);
    return section;
}

/// Bytes behind the known ones are of a later program.
bool decode_removed(std::string_view section, RemovedByRetention& into) {
    if (section.size() < kRemovedBytes) return false;
    into.segments = little_endian_at<std::uint64_t>(section, 0);
    into.events = little_endian_at<std::uint64_t>(section, 8);
    into.errors = little_endian_at<std::uint64_t>(section, 16);
    into.weight = std::bit_cast<double>(little_endian_at<std::uint64_t>(section, 24));
    into.least_time = static_cast<std::int64_t>(little_endian_at<std::uint64_t>(section, 32));
    into.greatest_time = static_cast<std::int64_t>(little_endian_at<std::uint64_t>(section, 40));
    return true;
}

/// False where an entry runs past the end of the section.
bool decode_sampled_away(std::string_view section, std::vector<SampledAwayByRule>& into) {
    while (!section.empty()) {
        if (section.size() < 10) return false;
        const auto requests = little_endian_at<std::uint64_t>(section, 0);
        const auto length = little_endian_at<std::uint16_t>(section, 8);
        section.remove_prefix(10);
        if (section.size() < length) return false;
        into.push_back({std::string(section.substr(0, length)), requests});
        section.remove_prefix(length);
    }
    return true;
}

bool decode_section(std::uint16_t type, std::string_view payload, FrameIndex& index) {
    switch (type) {
        case kSampledAwaySection:
            return decode_sampled_away(payload, index.sampled_away);
        case kPairFilterSection:
            index.pair_filter = payload;
            return true;
        case kRemovedSection:
            return decode_removed(payload, index.removed);
        case kTotalsSection:
            if (!index.totals) index.totals.emplace();
            return decode_totals(payload, *index.totals);
        case kLostSection:
            return decode_lost(payload, index.lost);
        default:
            return true;
    }
}

bool decode_sections(std::string_view sections, FrameIndex& index) {
    while (!sections.empty()) {
        if (sections.size() < kSectionHeaderBytes) return false;
        const auto type = little_endian_at<std::uint16_t>(sections, 0);
        const auto flags = little_endian_at<std::uint16_t>(sections, 2);
        const auto length = little_endian_at<std::uint32_t>(sections, 4);
        sections.remove_prefix(kSectionHeaderBytes);
        if (sections.size() < length) return false;
        // A flag says that the payload has a form which this reader does not know.
        if (flags == 0 && !decode_section(type, sections.substr(0, length), index)) return false;
        sections.remove_prefix(length);
    }
    return true;
}

FrameIndex decode_fixed(std::string_view payload, std::size_t fixed) {
    FrameIndex index;
    index.stream = little_endian_at<std::uint64_t>(payload, 16);
    index.sequence = little_endian_at<std::uint64_t>(payload, 24);
    index.events = little_endian_at<std::uint64_t>(payload, 32);
    index.errors = little_endian_at<std::uint64_t>(payload, 40);
    index.weight = std::bit_cast<double>(little_endian_at<std::uint64_t>(payload, 48));
    index.least_time = static_cast<std::int64_t>(little_endian_at<std::uint64_t>(payload, 56));
    index.greatest_time = static_cast<std::int64_t>(little_endian_at<std::uint64_t>(payload, 64));
    index.raw_bytes = little_endian_at<std::uint64_t>(payload, 72);
    index.compressed_bytes = little_endian_at<std::uint64_t>(payload, 80);
    index.hash = little_endian_at<std::uint64_t>(payload, 88);
    if (fixed >= kFixedBytes) index.sequences = little_endian_at<std::uint64_t>(payload, 96);
    return index;
}

}  // namespace

std::uint64_t hash_of(std::string_view bytes) noexcept { return XXH3_64bits(bytes.data(), bytes.size()); }

void append_index_frame(std::string& to, const FrameIndex& index) {
    std::string payload(kIndexSignature);
    append_little_endian(payload, kVersion);
    append_little_endian(payload, kFixedBytes);
    append_little_endian(payload, std::uint16_t{0});
    append_little_endian(payload, std::uint16_t{0});
    for (const std::uint64_t value :
         {index.stream, index.sequence, index.events, index.errors, std::bit_cast<std::uint64_t>(index.weight),
          static_cast<std::uint64_t>(index.least_time), static_cast<std::uint64_t>(index.greatest_time),
          index.raw_bytes, index.compressed_bytes, index.hash, index.sequences})
        append_little_endian(payload, value);
    if (!index.sampled_away.empty())
        append_section(payload, kSampledAwaySection, sampled_away_section(index.sampled_away));
    if (!index.pair_filter.empty()) append_section(payload, kPairFilterSection, index.pair_filter);
    if (index.removed != RemovedByRetention{}) append_section(payload, kRemovedSection, removed_section(index.removed));
    if (index.totals) append_section(payload, kTotalsSection, totals_section(*index.totals));
    if (!index.lost.empty()) append_section(payload, kLostSection, lost_section(index.lost));
    append_little_endian(payload, hash_of(payload));

    append_little_endian(to, kIndexMagic);
    append_little_endian(to, static_cast<std::uint32_t>(payload.size()));
    to += payload;
}

bool looks_like_index(std::string_view payload) noexcept { return payload.starts_with(kIndexSignature); }

std::variant<FrameIndex, IndexRefusal> decode_index(std::string_view payload) {
    using enum IndexRefusal::Kind;
    if (!looks_like_index(payload)) return IndexRefusal{damaged, "the index does not begin as one of wideline's"};
    if (payload.size() < kLeastFixedBytes + kHashBytes) return IndexRefusal{damaged, "the index is too short"};
    const std::size_t hashed = payload.size() - kHashBytes;
    if (hash_of(payload.substr(0, hashed)) != little_endian_at<std::uint64_t>(payload, hashed))
        return IndexRefusal{damaged, "the index does not match its hash"};
    const auto version = little_endian_at<std::uint16_t>(payload, 8);
    if (version != kVersion)
        return IndexRefusal{unknown_form,
                            "the index has version " + std::to_string(version) + "; this program reads 1"};
    if (little_endian_at<std::uint16_t>(payload, 12) != 0)
        return IndexRefusal{unknown_form, "the index has a reserved flag set"};
    const auto fixed = little_endian_at<std::uint16_t>(payload, 10);
    if (fixed < kLeastFixedBytes || fixed > hashed) return IndexRefusal{damaged, "the index has an impossible length"};

    FrameIndex index = decode_fixed(payload, fixed);
    // The last number of the run must be a number too.
    if (index.sequences == 0 || index.sequence + (index.sequences - 1) < index.sequence)
        return IndexRefusal{damaged, "the index covers an impossible range of frames"};
    if (!decode_sections(payload.substr(fixed, hashed - fixed), index))
        return IndexRefusal{damaged, "a section of the index is cut off"};
    return index;
}

}  // namespace wideline::journal_files

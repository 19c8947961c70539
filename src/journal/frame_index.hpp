// The index of a frame: what a reader wants to know of a data frame before it decompresses it. It lies directly before
// the data frame in a skippable frame, which every zstd decoder steps over. docs/file-format.md gives every byte.
//
// An index is a hint and never a condition: where it is missing, damaged or of a later version, the data frame is read
// without it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <wideline/lost_events.hpp>
#include <wideline/request_totals.hpp>

namespace wideline::journal_files {

/// One of the sixteen that zstd leaves to applications; 5E is the seek table's.
inline constexpr std::uint32_t kIndexMagic = 0x184D2A57;
inline constexpr std::uint32_t kDataMagic = 0xFD2FB528;
inline constexpr std::uint32_t kSkippableMagic = 0x184D2A50;
inline constexpr std::uint32_t kSkippableMask = 0xFFFFFFF0;
inline constexpr std::size_t kSkippableHeaderBytes = 8;
/// The first bytes of an index's payload, to tell it from other programs' skippable frames.
inline constexpr std::string_view kIndexSignature = "wideline";

struct SampledAwayByRule {
    std::string rule;
    std::uint64_t requests = 0;

    bool operator==(const SampledAwayByRule&) const = default;
};

/// What retention has unlinked since the frame before, as the indexes of those segments said.
struct RemovedByRetention {
    std::uint64_t segments = 0;
    std::uint64_t events = 0;
    std::uint64_t errors = 0;
    double weight = 0;
    std::int64_t least_time = 0;  ///< Of the removed events; both 0 where there were none.
    std::int64_t greatest_time = 0;

    bool operator==(const RemovedByRetention&) const = default;
};

struct FrameIndex {
    std::uint64_t stream = 0;    ///< Which run of a recorder wrote the frame; 0 where nobody knows any more.
    std::uint64_t sequence = 0;  ///< The frame's number there; of a merged frame, the least of its numbers.
    std::uint64_t events = 0;
    std::uint64_t errors = 0;
    double weight = 0;            ///< Sum of the events' sample_weight.
    std::int64_t least_time = 0;  ///< Microseconds since 1970 UTC, of the events' timestamps.
    std::int64_t greatest_time = 0;
    std::uint64_t raw_bytes = 0;
    std::uint64_t compressed_bytes = 0;           ///< Of the whole data frame.
    std::uint64_t hash = 0;                       ///< XXH3_64 of the whole data frame as it is in the file.
    std::vector<SampledAwayByRule> sampled_away;  ///< Since the frame before.
    std::vector<LostEvents> lost;                 ///< The same; no section if it is empty.
    std::uint64_t sequences = 1;                  ///< How many numbers it has: more than one where frames were merged.
    RemovedByRetention removed;                   ///< No section where it is all 0.
    std::string pair_filter;                      ///< As PairFilterBuilder makes it; empty where there is none.
    /// Of all requests that ended since the frame before, by name; nothing where nobody counted.
    std::optional<std::vector<RequestTotals>> totals;

    bool operator==(const FrameIndex&) const = default;
};

/// What `FrameIndex::hash` holds, and what ends an index.
[[nodiscard]] std::uint64_t hash_of(std::string_view bytes) noexcept;

/// Appends the whole skippable frame. Rule names past 65,535 bytes are cut.
void append_index_frame(std::string& to, const FrameIndex& index);

/// Whether a skippable frame's payload (its first bytes are enough) claims to be an index.
[[nodiscard]] bool looks_like_index(std::string_view payload) noexcept;

/// Why an index is not to be used: its bytes are wrong, or they are right and of a form that is later than this
/// program.
struct IndexRefusal {
    enum class Kind { damaged, unknown_form } kind = Kind::damaged;
    std::string reason;
};

/// Any bytes may come in.
[[nodiscard]] std::variant<FrameIndex, IndexRefusal> decode_index(std::string_view payload);

}  // namespace wideline::journal_files

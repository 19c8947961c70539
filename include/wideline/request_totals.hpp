// Totals: how many requests of a name ended, failed, and took how long. Counted, not estimated: those are in that were
// sampled away.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wideline {

/// Requests whose durations lie in one bucket: 64 buckets to each power of two, so that the middle of one is within
/// 0.8 % of all in it. docs/file-format.md gives their bounds.
struct DurationCount {
    std::uint32_t bucket = 0;
    std::uint64_t requests = 0;

    bool operator==(const DurationCount&) const = default;
};

struct RequestTotals {
    std::string name;            ///< Valid UTF-8.
    bool further_names = false;  ///< Not of one name but of all that came after the 256 that are told apart.
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;
    /// By bucket, none of them empty. Fewer requests in all than `requests` where memory for more buckets ran out.
    std::vector<DurationCount> durations;

    bool operator==(const RequestTotals&) const = default;
};

}  // namespace wideline

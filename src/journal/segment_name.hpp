// Names of segments: `<service>-<UTC start>-<pid>-<n>.jsonl.zst`, for instance
// `checkout-20261123T220102Z-4711-0.jsonl.zst`.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

namespace wideline::journal_files {

inline constexpr std::string_view kSegmentSuffix = ".jsonl.zst";

/// The service's name as the beginning of a file name: letters, digits, '.', '_' and '-', at most 100 bytes; "events"
/// where it is empty.
[[nodiscard]] std::string safe_service_name(std::string_view service);

/// `safe_service` as safe_service_name gives it.
[[nodiscard]] std::string segment_name(std::string_view safe_service, std::chrono::sys_seconds start, std::int64_t pid,
                                       std::uint64_t number);

/// Sorts segments by start, then process, then number; names of another form come first, by name.
struct SegmentOrder {
    std::string start;
    std::uint64_t pid = 0;
    std::uint64_t number = 0;
    std::string name;
    std::string service;  ///< As safe_service_name gave it; empty where the name has another form.

    auto operator<=>(const SegmentOrder&) const = default;
};

[[nodiscard]] SegmentOrder segment_order(std::string_view name);

}  // namespace wideline::journal_files

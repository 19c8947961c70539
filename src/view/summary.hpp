// Counts of what a search takes, over time and by a field.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>

#include "view/frame_scan.hpp"

namespace wideline::view {

/// How a span of time is cut into buckets.
struct TimeAxis {
    std::int64_t from = 0;  ///< Microseconds since 1970.
    std::int64_t to = 1;    ///< Exclusive.
    std::size_t buckets = 60;

    /// The wanted frames' times, or what the terms say.
    static TimeAxis of(const Snapshot& snapshot, const Search::Terms& terms, std::size_t buckets);
    [[nodiscard]] std::size_t bucket_of(std::int64_t time) const noexcept;
};

/// Reads every frame that may matter.
[[nodiscard]] nlohmann::ordered_json exact_summary(platform::FileSystem& files, const Snapshot& snapshot,
                                                   const Search::Terms& terms, const TimeAxis& axis);
/// By the indexes alone; no words are asked for.
[[nodiscard]] nlohmann::ordered_json quick_summary(const Snapshot& snapshot, const Search::Terms& terms,
                                                   const TimeAxis& axis);

}  // namespace wideline::view

// What `slower_than_percentile` compares with: for each key, the duration that all but so many of its requests stay
// below.
//
//   request's threads                                   pipeline's thread, some times a second
//   key ─► cell ─► cell and duration into a ring ─────► histogram of the cell, fading ─► percentile
//             └──► threshold ◄──────────────────────────────────────────────────────────────┘
//
// A ring that is full, since a thread had more than 1,024 requests before the pipeline looked, takes no more: a part
// of a burst is not looked at, which moves no percentile. A key of which too little is known to say has the percentile
// of all keys together; until that is known, no request is slower.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "sampling/key_table.hpp"
#include "sampling/per_lane.hpp"

namespace wideline::sampling {

/// Counts of duration_buckets.hpp that can fade.
class FadingHistogram {
public:
    void add(std::uint32_t bucket);
    void fade(double to) noexcept;
    [[nodiscard]] double total() const noexcept { return total_; }
    /// The bucket in which `share` of all, from the least on, is reached.
    [[nodiscard]] std::uint32_t bucket_at(double share) const noexcept;

private:
    std::uint32_t first_ = 0;
    std::vector<float> counts_;  // from the bucket first_ on
    double total_ = 0;
};

class PercentileRule {
public:
    PercentileRule(double percentile, std::uint32_t max_keys);

    /// Whether the duration is past its key's percentile, as it was before this request; counts the duration. Neither
    /// locks nor, once the lane is warm, allocates; some 5 ns.
    [[nodiscard]] bool is_slow(std::uint64_t key, std::size_t lane, std::int64_t duration_ns) noexcept;

    /// What is_slow would say; counts nothing.
    [[nodiscard]] bool would_be_slow(std::uint64_t key, std::int64_t duration_ns) noexcept;

    /// Called often, by one thread.
    void adjust(std::int64_t now_ns);

private:
    static constexpr std::uint32_t kRing = 1024;

    struct Ring {
        std::atomic<std::uint32_t> written{0};
        alignas(64) std::atomic<std::uint32_t> read{0};
        std::array<std::atomic<std::uint64_t>, kRing> entries{};  // cell : 32 │ bucket : 32
    };

    [[nodiscard]] bool is_past_threshold(std::uint32_t cell, std::int64_t duration_ns) const noexcept;
    void drain();
    void publish();
    [[nodiscard]] bool is_known(const FadingHistogram& histogram) const noexcept;

    const double share_;
    KeyTable table_;
    const std::unique_ptr<std::atomic<std::int64_t>[]> thresholds_;  // by cell
    std::atomic<std::int64_t> of_all_;
    PerLane<Ring> rings_;

    // The pipeline's thread alone.
    std::int64_t published_ns_ = 0;
    std::vector<FadingHistogram> histograms_;  // by cell
    FadingHistogram all_;
};

}  // namespace wideline::sampling

// The rates of one `adaptive` rule: what threads count, what the pipeline makes of it, and what threads then read.
//
//   request's threads                         pipeline's thread, some times a second
//   key ─► cell ─► count (per lane) ────────► sums since the last adjustment ─► Throughput
//             └──► probability ◄───────────────────────────────────────────────────┘
//
// A probability is one word that is read once, before the event's randomness is looked at, and it was made from the
// traffic of the past alone: of all that came, not of what was kept. So the decision's weight is the one that the
// decision was made by, and estimates stay unbiased, however fast the rates move.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "request/counter.hpp"
#include "sampling/key_table.hpp"
#include "sampling/per_lane.hpp"
#include "sampling/throughput.hpp"

namespace wideline::sampling {

class AdaptiveRate {
public:
    enum class Unit : std::uint8_t { events, bytes };

    AdaptiveRate(double per_second, Unit unit, std::uint32_t max_keys, Throughput::Pace pace = {});

    /// Counts one event of the key, and tells with which probability it is to be kept. `amount` is what it takes of the
    /// budget: 1, or its bytes. Neither locks nor, once the lane is warm, allocates; some 5 ns.
    [[nodiscard]] double probability(std::uint64_t key, std::size_t lane, std::uint64_t amount) noexcept {
        const std::uint32_t cell = table_.cell(key);
        if (Counts* const mine = counts_.of(lane, [this] { return std::make_unique<Counts>(table_.cells()); })) {
            mine->cells[cell].raise(amount);
            mine->total.raise(amount);
            if (unit_ == Unit::bytes) mine->events.raise();
        }
        return probabilities_[cell].load(std::memory_order_relaxed);
    }

    /// What probability() would give; counts nothing.
    [[nodiscard]] double expected(std::uint64_t key) noexcept {
        return probabilities_[table_.cell(key)].load(std::memory_order_relaxed);
    }

    /// Called often, by one thread; does the work where it is due. `ratio`: the user's bytes for one byte as counted.
    void adjust_if_due(std::int64_t now_ns, double ratio);

    /// What it has learned: keys and their traffic per second, the overflow apart.
    [[nodiscard]] std::vector<std::pair<std::uint64_t, double>> traffic() const;
    /// Before the first event.
    void remember(std::span<const std::pair<std::uint64_t, double>> traffic);

    [[nodiscard]] std::uint32_t keys() const noexcept { return table_.size(); }

private:
    struct Counts {
        explicit Counts(std::uint32_t length) : cells(std::make_unique<detail::Counter[]>(length)) {}
        detail::Counter total;
        detail::Counter events;
        std::unique_ptr<detail::Counter[]> cells;
    };

    void adjust(double seconds);
    [[nodiscard]] double unit_size() const noexcept;

    KeyTable table_;
    const Unit unit_;
    const double per_second_;
    const std::unique_ptr<std::atomic<double>[]> probabilities_;  // by cell
    PerLane<Counts> counts_;

    // The pipeline's thread alone.
    Throughput model_;
    std::int64_t adjusted_ns_ = 0;
    std::uint64_t total_before_ = 0;
    std::uint64_t events_before_ = 0;
    double mean_size_ = 1;
    std::vector<std::uint64_t> before_;  // by cell: what the counts were at the last adjustment
};

}  // namespace wideline::sampling

#include "sampling/adaptive_rate.hpp"

#include <algorithm>

namespace wideline::sampling {

AdaptiveRate::AdaptiveRate(double per_second, Unit unit, std::uint32_t max_keys, Throughput::Pace pace)
    : table_(max_keys),
      unit_(unit),
      per_second_(per_second),
      probabilities_(std::make_unique<std::atomic<double>[]>(table_.cells())),
      model_(table_.cells(), per_second, pace),
      before_(table_.cells()) {
    for (std::uint32_t cell = 0; cell < table_.cells(); ++cell) probabilities_[cell].store(1);
}

void AdaptiveRate::adjust_if_due(std::int64_t now_ns, double ratio) {
    std::uint64_t total = 0;
    std::uint64_t events = 0;
    counts_.for_each([&](const Counts& lane) {
        total += lane.total.get();
        events += lane.events.get();
    });
    if (adjusted_ns_ == 0) {
        adjusted_ns_ = now_ns;
        return;
    }
    if (unit_ == Unit::bytes && events != events_before_) {
        model_.set_goal(per_second_ / ratio);
        mean_size_ = static_cast<double>(total - total_before_) / static_cast<double>(events - events_before_);
    }
    const double seconds = static_cast<double>(now_ns - adjusted_ns_) * 1e-9;
    if (!model_.is_due(seconds, static_cast<double>(total - total_before_))) return;
    adjust(seconds);
    adjusted_ns_ = now_ns;
    total_before_ = total;
    events_before_ = events;
}

void AdaptiveRate::adjust(double seconds) {
    std::vector<std::uint64_t> sums(table_.cells());
    counts_.for_each([&](const Counts& lane) {
        for (std::uint32_t cell = 0; cell < table_.cells(); ++cell) sums[cell] += lane.cells[cell].get();
    });
    std::vector<double> since(table_.cells());
    for (std::uint32_t cell = 0; cell < table_.cells(); ++cell)
        since[cell] = static_cast<double>(sums[cell] - before_[cell]);
    before_ = std::move(sums);

    model_.adjust(since, seconds, unit_size());
    for (std::uint32_t cell = 0; cell < table_.cells(); ++cell) {
        // The rate of the key that comes next, first: so the cell is never without one.
        probabilities_[cell].store(model_.probabilities()[cell], std::memory_order_relaxed);
        if (model_.averages()[cell] == 0 && table_.key(cell) != 0) table_.remove(cell);
    }
}

double AdaptiveRate::unit_size() const noexcept { return unit_ == Unit::bytes ? std::max(mean_size_, 1.0) : 1; }

std::vector<std::pair<std::uint64_t, double>> AdaptiveRate::traffic() const {
    std::vector<std::pair<std::uint64_t, double>> known;
    for (std::uint32_t cell = 0; cell < table_.overflow(); ++cell)
        if (const std::uint64_t key = table_.key(cell); key != 0 && model_.averages()[cell] > 0)
            known.emplace_back(key, model_.averages()[cell]);
    return known;
}

void AdaptiveRate::remember(std::span<const std::pair<std::uint64_t, double>> traffic) {
    for (const auto& [key, per_second] : traffic)
        if (const std::uint32_t cell = table_.cell(key); cell != table_.overflow()) model_.remember(cell, per_second);
    model_.settle(unit_size());
    for (std::uint32_t cell = 0; cell < table_.cells(); ++cell)
        probabilities_[cell].store(model_.probabilities()[cell], std::memory_order_relaxed);
}

}  // namespace wideline::sampling

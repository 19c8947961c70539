#include "sampling/adaptive_rate.hpp"

#include <algorithm>
#include <cmath>

namespace wideline::sampling {

namespace {

constexpr double kWindowsOfInterval = 15;
constexpr double kMemoryOfKey = 1.0 / 3;  // of an interval
constexpr double kMemoryOfSum = 1.0 / 5;
constexpr double kMostFactor = 20;         // until the keys' shares follow, when the traffic falls
constexpr std::uint8_t kIdleWindows = 15;  // then a key is forgotten
constexpr std::uint8_t kIdleIfFull = 2;    // the same if others have no cell

}  // namespace

AdaptiveRate::AdaptiveRate(const Settings& settings)
    : settings_(settings),
      table_(settings.max_keys),
      probabilities_(std::make_unique<std::atomic<double>[]>(table_.cells())),
      throttle_(settings.interval_s * kMemoryOfSum, {.per_second = settings.per_second, .share = settings.share}),
      per_second_(settings.per_second),
      cells_(table_.cells()) {
    for (std::uint32_t cell = 0; cell < table_.cells(); ++cell)
        probabilities_[cell].store(settings.initial_probability);
}

void AdaptiveRate::look(std::int64_t now_ns, double ratio, double part) {
    per_second_ = settings_.per_second * part / (settings_.unit == Unit::bytes ? ratio : 1);
    if (throttle_.is_over(now_ns)) {
        Throttle::Sums sums;
        counts_.for_each([&](const Counts& lane) { sums.add(lane.meter); });
        throttle_.close(now_ns, sums, {.per_second = per_second_, .share = settings_.share}, began_ ? kMostFactor : 1);
    }
    if (learned_ns_ == 0) learned_ns_ = now_ns;
    const double seconds = static_cast<double>(now_ns - learned_ns_) * 1e-9;
    if (seconds < settings_.interval_s / kWindowsOfInterval) return;
    learned_ns_ = now_ns;
    learn(seconds);
    if (!began_) return;
    static_cast<void>(spread());
    forget();
}

/// Takes in what came since the last time.
void AdaptiveRate::learn(double seconds) {
    std::vector<std::uint64_t> sums(table_.cells());
    std::uint64_t events = 0;
    counts_.for_each([&](const Counts& lane) {
        events += lane.events.get();
        for (std::uint32_t cell = 0; cell < table_.cells(); ++cell) sums[cell] += lane.cells[cell].get();
    });
    double total = 0;
    for (std::uint32_t cell = 0; cell < table_.cells(); ++cell) {
        const std::uint64_t since = sums[cell] - std::exchange(cells_[cell].before, sums[cell]);
        sums[cell] = since;
        total += static_cast<double>(since);
    }
    if (settings_.unit == Unit::bytes && events != events_before_)
        mean_ = std::max(total / static_cast<double>(events - events_before_), 1.0);
    events_before_ = events;

    const double memory = settings_.interval_s * kMemoryOfKey;
    double new_keys = 0;
    double of_new_keys = 0;
    for (std::uint32_t at = 0; at < table_.cells(); ++at) {
        Cell& cell = cells_[at];
        const auto count = static_cast<double>(sums[at]);
        const bool overflow = at == table_.overflow();
        if (count > 0)
            cell.idle = 0;
        else if (cell.idle < kIdleWindows)
            ++cell.idle;
        if (cell.flow.is_known() || overflow) {
            cell.flow.take(count, seconds, mean_, memory);
        } else if (count > 0) {
            new_keys += 1;
            of_new_keys += count;
            cell.flow.take(std::max(count - mean_, 0.0), seconds, mean_, memory);
        }
    }
    if (total > 0 && !std::exchange(began_, true)) return;
    new_keys_.take(new_keys, seconds, 1, memory);
    of_new_keys_.take(of_new_keys, seconds, mean_, memory);
}

Claim AdaptiveRate::claim_of(double traffic) const noexcept {
    const double events = traffic / mean_;
    const double least = settings_.at_least_per_key;
    return {.traffic = traffic,
            .rarity = rarity_of(events * settings_.interval_s),
            .least = least == 0        ? 0
                     : events <= least ? 1
                                       : least / events};
}

/// Fixes the probabilities. Returns what they come to.
double AdaptiveRate::spread() {
    const double events_of_interval = settings_.interval_s / mean_;
    const double no_cell = cells_.back().flow.per_second();
    const double strangers = of_new_keys_.per_second() + no_cell;
    const double shares =
        new_keys_.per_second() * settings_.interval_s * rarity_of(1) + std::log1p(no_cell * events_of_interval);
    claims_.assign(1, claim_of(0));
    claims_.front().traffic = strangers;
    if (shares > 0 && strangers > 0)
        claims_.front().rarity = std::min(rarity_of(1), shares / (strangers * events_of_interval));
    if (no_cell > 0) claims_.front().least = 0;  // nobody knows which keys they are
    double total = strangers;
    for (std::uint32_t cell = 0; cell < table_.overflow(); ++cell)
        if (cells_[cell].flow.is_known()) {
            claims_.push_back(claim_of(cells_[cell].flow.per_second()));
            total += claims_.back().traffic;
        }
    const double level = level_of(claims_, per_second_ + settings_.share * total);

    double before = 0;
    double after = 0;
    const auto fix = [&](std::uint32_t cell, const Claim& claim) {
        const double fixed = claim.probability(level);
        before += claim.traffic * probabilities_[cell].load(std::memory_order_relaxed);
        after += claim.traffic * fixed;
        probabilities_[cell].store(fixed, std::memory_order_relaxed);
    };
    Claim none = claims_.front();
    none.traffic = 0;
    const Claim* claim = claims_.data();
    fix(table_.overflow(), *claim);
    for (std::uint32_t cell = 0; cell < table_.overflow(); ++cell)
        fix(cell, cells_[cell].flow.is_known() ? *++claim : none);
    throttle_.rescale(before, after);
    return after;
}

void AdaptiveRate::forget() {
    const bool full = cells_.back().idle < kIdleIfFull;
    for (std::uint32_t cell = 0; cell < table_.overflow(); ++cell) {
        if (table_.key(cell) == 0 || cells_[cell].idle < (full ? kIdleIfFull : kIdleWindows)) continue;
        cells_[cell].flow = {};
        cells_[cell].idle = 0;
        // The rate of the key that comes next, first: so the cell is never without one.
        probabilities_[cell].store(probabilities_[table_.overflow()].load(std::memory_order_relaxed),
                                   std::memory_order_relaxed);
        table_.remove(cell);
    }
}

std::vector<std::pair<std::uint64_t, double>> AdaptiveRate::traffic() const {
    std::vector<std::pair<std::uint64_t, double>> known;
    for (std::uint32_t cell = 0; cell < table_.overflow(); ++cell)
        if (const std::uint64_t key = table_.key(cell); key != 0 && cells_[cell].flow.per_second() > 0)
            known.emplace_back(key, cells_[cell].flow.per_second());
    return known;
}

void AdaptiveRate::remember(std::span<const std::pair<std::uint64_t, double>> traffic) {
    for (const auto& [key, per_second] : traffic)
        if (const std::uint32_t cell = table_.cell(key); cell != table_.overflow())
            cells_[cell].flow.remember(per_second, settings_.interval_s * kMemoryOfKey);
    began_ = true;
    throttle_.remember(spread());
}

}  // namespace wideline::sampling

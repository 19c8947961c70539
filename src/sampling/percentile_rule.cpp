#include "sampling/percentile_rule.hpp"

#include <cmath>
#include <limits>

#include "event/duration_buckets.hpp"

namespace wideline::sampling {

namespace {

constexpr double kHalfLifeSeconds = 300;
constexpr std::int64_t kPublishEveryNs = 1'000'000'000;
constexpr double kForgotten = 0.5;
constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::max();  // nothing is slower
constexpr std::int64_t kAsAll = 0;

}  // namespace

void FadingHistogram::add(std::uint32_t bucket) {
    if (counts_.empty()) first_ = bucket;
    if (bucket < first_) {
        counts_.insert(counts_.begin(), first_ - bucket, 0);
        first_ = bucket;
    }
    if (bucket - first_ >= counts_.size()) counts_.resize(bucket - first_ + 1);
    counts_[bucket - first_] += 1;
    total_ += 1;
}

void FadingHistogram::fade(double to) noexcept {
    total_ = 0;
    for (float& count : counts_) total_ += count *= static_cast<float>(to);
}

std::uint32_t FadingHistogram::bucket_at(double share) const noexcept {
    const double wanted = share * total_;
    double reached = 0;
    std::uint32_t at = 0;
    while (at + 1 < counts_.size() && (reached += counts_[at]) < wanted) ++at;
    return first_ + at;
}

PercentileRule::PercentileRule(double percentile, std::uint32_t max_keys)
    : share_(percentile / 100),
      table_(max_keys),
      thresholds_(std::make_unique<std::atomic<std::int64_t>[]>(table_.cells())),
      of_all_(kUnknown),
      histograms_(table_.cells()) {}

bool PercentileRule::is_slow(std::uint64_t key, std::size_t lane, std::int64_t duration_ns) noexcept {
    const std::uint32_t cell = table_.cell(key);
    if (Ring* const ring = rings_.of(lane, [] { return std::make_unique<Ring>(); })) {
        const std::uint32_t at = ring->written.load(std::memory_order_relaxed);
        if (at - ring->read.load(std::memory_order_acquire) < kRing) {
            ring->entries[at % kRing].store(std::uint64_t{cell} << 32 | detail::duration_bucket(duration_ns),
                                            std::memory_order_relaxed);
            ring->written.store(at + 1, std::memory_order_release);
        }
    }
    return is_past_threshold(cell, duration_ns);
}

bool PercentileRule::would_be_slow(std::uint64_t key, std::int64_t duration_ns) noexcept {
    return is_past_threshold(table_.cell(key), duration_ns);
}

bool PercentileRule::is_past_threshold(std::uint32_t cell, std::int64_t duration_ns) const noexcept {
    std::int64_t threshold = thresholds_[cell].load(std::memory_order_relaxed);
    if (threshold == kAsAll) threshold = of_all_.load(std::memory_order_relaxed);
    return duration_ns > threshold;
}

void PercentileRule::adjust(std::int64_t now_ns) {
    drain();
    if (published_ns_ == 0) published_ns_ = now_ns;
    if (now_ns - published_ns_ < kPublishEveryNs) return;
    publish();
    const double fading = std::exp2(-static_cast<double>(now_ns - published_ns_) * 1e-9 / kHalfLifeSeconds);
    all_.fade(fading);
    for (FadingHistogram& histogram : histograms_)
        if (histogram.total() > 0) histogram.fade(fading);
    published_ns_ = now_ns;
}

void PercentileRule::drain() {
    rings_.for_each([this](Ring& ring) {
        const std::uint32_t end = ring.written.load(std::memory_order_acquire);
        for (std::uint32_t at = ring.read.load(std::memory_order_relaxed); at != end; ++at) {
            const std::uint64_t entry = ring.entries[at % kRing].load(std::memory_order_relaxed);
            const auto bucket = static_cast<std::uint32_t>(entry);
            histograms_[entry >> 32].add(bucket);
            all_.add(bucket);
        }
        ring.read.store(end, std::memory_order_release);
    });
}

void PercentileRule::publish() {
    const auto threshold_of = [this](const FadingHistogram& histogram) {
        return detail::end_of_duration_bucket(histogram.bucket_at(share_)) - 1;
    };
    if (is_known(all_)) of_all_.store(threshold_of(all_), std::memory_order_relaxed);
    for (std::uint32_t cell = 0; cell < table_.cells(); ++cell) {
        FadingHistogram& histogram = histograms_[cell];
        if (histogram.total() == 0) continue;
        const bool forgotten = histogram.total() < kForgotten;
        thresholds_[cell].store(!forgotten && is_known(histogram) ? threshold_of(histogram) : kAsAll,
                                std::memory_order_relaxed);
        if (!forgotten) continue;
        histogram = {};
        if (cell != table_.overflow() && table_.key(cell) != 0) table_.remove(cell);
    }
}

/// One request at least is past the percentile, on average.
bool PercentileRule::is_known(const FadingHistogram& histogram) const noexcept {
    return histogram.total() * (1 - share_) >= 1 && histogram.total() >= 2;
}

}  // namespace wideline::sampling

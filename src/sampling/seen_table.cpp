#include "sampling/seen_table.hpp"

#include <algorithm>

namespace wideline::sampling {

namespace {

/// The ttl in ticks: time is kept to a thousandth of it, and 32 bits of ticks are four million times as long.
constexpr std::uint32_t kTtl = 1024;
constexpr std::uint32_t kStale = kTtl / 8;
constexpr int kTries = 4;

/// Of a combination, in the upper half of its cell; never 0.
std::uint64_t fingerprint_of(std::uint64_t combination) noexcept { return (combination >> 32 | 1) << 32; }

/// Events end in no strict order: one that ended a moment before the time in the cell is no age of its own.
bool is_live(std::uint32_t age) noexcept { return age < kTtl || age > ~kTtl; }

}  // namespace

SeenTable::SeenTable(std::chrono::nanoseconds ttl, Counts counts)
    : tick_ns_(std::max<std::int64_t>(1, (ttl.count() + kTtl - 1) / kTtl)),
      every_(counts == Counts::every),
      cells_(std::make_unique<std::atomic<std::uint64_t>[]>(kCells)) {}

bool SeenTable::is_first(std::uint64_t combination, std::int64_t now_ns) noexcept {
    const std::uint32_t now = ticks(now_ns);
    const std::uint64_t fingerprint = fingerprint_of(combination);
    std::atomic<std::uint64_t>* const line = line_of(combination);
    for (int tries = 0; tries < kTries; ++tries) {
        std::atomic<std::uint64_t>* oldest = line;
        std::uint64_t oldest_value = line->load(std::memory_order_acquire);
        for (std::uint32_t i = 0; i < kLine; ++i) {
            std::uint64_t value = line[i].load(std::memory_order_acquire);
            if ((value ^ fingerprint) >> 32 == 0) {
                oldest = &line[i];
                oldest_value = value;
                break;
            }
            const bool older = oldest_value != 0 && (value == 0 || age(value, now) > age(oldest_value, now));
            if (older) {
                oldest = &line[i];
                oldest_value = value;
            }
        }
        const bool known = (oldest_value ^ fingerprint) >> 32 == 0;
        const std::uint32_t since = known ? age(oldest_value, now) : kTtl;
        const bool live = known && is_live(since);
        if (live && (!every_ || since < kStale || since > ~kTtl)) return false;
        if (oldest->compare_exchange_strong(oldest_value, fingerprint | now, std::memory_order_acq_rel)) return !live;
    }
    return true;
}

bool SeenTable::would_be_first(std::uint64_t combination, std::int64_t now_ns) const noexcept {
    const std::uint64_t fingerprint = fingerprint_of(combination);
    const std::atomic<std::uint64_t>* const line = line_of(combination);
    return std::none_of(line, line + kLine, [&](const std::atomic<std::uint64_t>& cell) {
        const std::uint64_t value = cell.load(std::memory_order_acquire);
        return (value ^ fingerprint) >> 32 == 0 && is_live(age(value, ticks(now_ns)));
    });
}

}  // namespace wideline::sampling

// Stress relief: before a queue is full, events are thinned, so that what is kept of an overload is a sample with true
// weights, and not its beginning.
//
// How much is kept is decided by how full the queue is. From `from` on, each sixteenth of what is left up to the limit
// halves the share that is kept:
//
//   waiting   0 ─────────────── from ── 1/16 ── 2/16 ── 3/16 ──   …   ── limit
//   share     1                  1      1/2     1/4     1/8              2^-16, then refused
//
// So whatever the overload is, up to 65,536 times what the sinks take, there is a level at which as much comes in as
// goes out. It is reached within one filling of the queue, by the requests' threads themselves: the pipeline, which may
// be waiting in a sink, has no part in it.
//
// A sink takes frames, so the level goes up and down with each. If the share followed it, weights would differ by
// hundreds within a second. So it falls at once and rises slowly, as a limiter of sound does: it doubles in a second,
// as long as the level asks for no less. The whole state is one time: when it will be back at 1. So there is nothing
// that could swing between two states; a level that falls has no effect but to let that time come.
//
// The level is that of the events before, so it is fixed before an event's randomness is looked at.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace wideline::pipeline {

/// Any number of threads. All times are of one monotonic clock, in nanoseconds.
class StressRelief {
public:
    static constexpr double kOctaves = 16;
    static constexpr std::int64_t kReleaseNs = 1'000'000'000;  // for the share to double

    /// Bytes that wait: thins from `from` on; past `limit` there is no room. from < limit.
    StressRelief(std::size_t from, std::size_t limit) noexcept;

    /// Whether share() must be asked about an event with which `waiting` bytes wait. One relaxed load.
    [[nodiscard]] bool asks(std::size_t waiting) const noexcept {
        return waiting > asks_above_.load(std::memory_order_relaxed);
    }
    /// The share of such events that is to be kept: above 0, and 1 if nothing is to be thinned.
    [[nodiscard]] double share(std::size_t waiting, std::int64_t now) noexcept;
    [[nodiscard]] bool has_room(std::size_t waiting) const noexcept { return waiting <= limit_; }
    /// Whether events are being thinned.
    [[nodiscard]] bool is_active(std::int64_t now) const noexcept {
        return over_at_.load(std::memory_order_relaxed) > now;
    }

private:
    std::atomic<std::size_t> asks_above_;  // 0 while it is active
    std::atomic<std::int64_t> over_at_;    // when the share is 1 again
    const std::size_t from_;
    const std::size_t limit_;
};

}  // namespace wideline::pipeline

// Buckets for durations: 64 to each power of two, so that a bucket's middle is within 0.8 % of every duration in it.
// Which bucket a duration has is found by counting bits; no logarithm, no table.
//
//   nanoseconds   0 … 1023  │ 1024 … 1039 │ 1040 … │ …  │ 2047 │ 2048 … 2079 │ …      up to some 2.4 hours
//   bucket             0    │      1      │   2    │ …  │  64  │      65     │ …
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace wideline::detail {

inline constexpr std::uint32_t kBucketsOfOctave = 64;
inline constexpr std::uint32_t kLeastOctave = 10;  // 1.024 µs: what is faster is all the same
inline constexpr std::uint32_t kOctaves = 33;
inline constexpr std::uint32_t kDurationBuckets = 1 + kOctaves * kBucketsOfOctave;

/// Negative durations are in the first bucket, those past the last one in the last. Some 1 ns.
constexpr std::uint32_t duration_bucket(std::int64_t ns) noexcept {
    if (ns < std::int64_t{1} << kLeastOctave) return 0;
    const auto value = static_cast<std::uint64_t>(ns);
    const auto octave = static_cast<std::uint32_t>(std::bit_width(value)) - 1;
    const auto within = static_cast<std::uint32_t>(value >> (octave - 6)) & (kBucketsOfOctave - 1);
    return std::min(1 + (octave - kLeastOctave) * kBucketsOfOctave + within, kDurationBuckets - 1);
}

/// The least duration of the bucket behind it, in nanoseconds.
constexpr std::int64_t end_of_duration_bucket(std::uint32_t bucket) noexcept {
    const std::uint32_t octave = bucket / kBucketsOfOctave + kLeastOctave;
    return static_cast<std::int64_t>(kBucketsOfOctave + bucket % kBucketsOfOctave) << (octave - 6);
}

/// What stands for the durations of a bucket.
constexpr double middle_of_duration_bucket(std::uint32_t bucket) noexcept {
    const double begin = bucket == 0 ? 0.0 : static_cast<double>(end_of_duration_bucket(bucket - 1));
    return (begin + static_cast<double>(end_of_duration_bucket(bucket))) / 2;
}

}  // namespace wideline::detail

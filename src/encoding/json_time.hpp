// Times of a JSON text: RFC 3339 in UTC, with microseconds.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wideline::json_text {

/// Room that `write_time` needs: 29 bytes, always, and no slack.
inline constexpr std::size_t kTimeBound = 29;

inline constexpr std::int64_t kFirstTime = -62'167'219'200'000'000;  ///< 0000-01-01T00:00:00.000000Z
inline constexpr std::int64_t kLastTime = 253'402'300'799'999'999;   ///< 9999-12-31T23:59:59.999999Z

/// Whether a time, in microseconds since 1970, lies in the years 0000 to 9999: RFC 3339 can say no other.
constexpr bool is_writable_time(std::int64_t microseconds) noexcept {
    return microseconds >= kFirstTime && microseconds <= kLastTime;
}

/// Writes `"2026-11-23T22:01:02.123456Z"`, quotes included, in the proleptic Gregorian calendar, for a time that
/// `is_writable_time`. Pure arithmetic: any number of threads, no cache.
char* write_time(char* out, std::int64_t microseconds) noexcept;

}  // namespace wideline::json_text

// Durations are whole nanoseconds until they are read as milliseconds.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>

namespace wideline::detail {

/// The double next to that many nanoseconds, so that its shortest digits are theirs.
inline double milliseconds_of(std::int64_t nanoseconds) noexcept {
    constexpr std::int64_t kExact = std::int64_t{1} << 53;  // doubles hold each whole number up to here: 104 days
    if (-kExact <= nanoseconds && nanoseconds <= kExact) return static_cast<double>(nanoseconds) / 1e6;
    // A quotient of a rounded number can be one off: read what would be written.
    char digits[32];
    char* const end = std::to_chars(digits, digits + sizeof digits - 1, nanoseconds).ptr;
    std::memmove(end - 5, end - 6, 6);
    *(end - 6) = '.';
    double milliseconds = 0;
    std::from_chars(digits, end + 1, milliseconds);
    return milliseconds;
}

}  // namespace wideline::detail

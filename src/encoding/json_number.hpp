// Numbers of a JSON text.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wideline::json_text {

/// Room that any of these needs; bytes between the end that is given and this bound may have been overwritten.
inline constexpr std::size_t kNumberBound = 48;

char* write_uint(char* out, std::uint64_t value) noexcept;
char* write_int(char* out, std::int64_t value) noexcept;

/// Writes a finite `value` (what JSON has no number for is the caller's: NaN and infinities) with the fewest digits
/// that read back as the same double, and of those the nearest to it. From 1e-4 to below 1e16 (and 0) as `0.0001`,
/// `19.99`, `100000.0`, -0 as `-0.0`: with a point always, so that readers take it for a double; outside that as
/// `1e-05`, `1.5e+300`. These are the bytes that Python's repr and json.dumps write.
char* write_double(char* out, double value) noexcept;

}  // namespace wideline::json_text

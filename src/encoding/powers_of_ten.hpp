// Powers of ten to 128 bits, for writing doubles.
#pragma once

#include <cstdint>

namespace wideline::json_text {

/// 10^e as (high * 2^64 + low) * 2^(floor(e * log2(10)) - 127): the top bit of `high` is set. Exact for 0 <= e <= 55,
/// otherwise rounded up.
struct PowerOfTen {
    std::uint64_t high;
    std::uint64_t low;
};

inline constexpr int kLeastPowerOfTen = -292;
inline constexpr int kGreatestPowerOfTen = 324;

/// For `exponent` from kLeastPowerOfTen to kGreatestPowerOfTen: what doubles of any size need.
const PowerOfTen& power_of_ten(int exponent) noexcept;

}  // namespace wideline::json_text

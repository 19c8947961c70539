// The shortest decimal that reads back as a given double.
#pragma once

#include <cstdint>

namespace wideline::json_text {

/// digits * 10^exponent. `digits` may end in zeros.
struct Decimal {
    std::uint64_t digits;
    int exponent;
};

/// For the bits of a finite double above zero that is no integer below 2^53: of the decimals that read back as it, one
/// of the fewest significant digits (zeros at the end aside), and of those the nearest.
Decimal shortest_decimal(std::uint64_t bits) noexcept;

}  // namespace wideline::json_text

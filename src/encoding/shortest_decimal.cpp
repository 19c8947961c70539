// The algorithm is Schubfach: R. Giulietti, "The Schubfach way to render doubles" (2020), and the form of its
// arithmetic is that of A. Bolz's Drachennest. In short:
//
//   A double v = c * 2^q is what every decimal between v - ulp/2 and v + ulp/2 reads back as (the ends too where c is
//   even). Choose k so that 10^k is at most the width of that interval and 10^(k+1) is more. Then at least one multiple
//   of 10^k lies in it, and at most one of 10^(k+1), which, if there, is the shorter one. So scale everything by 10^-k:
//   with s = floor(v * 10^-k) the candidates are s / 10 * 10 and the next multiple of ten, then s and s + 1; no others.
//
//        lower                v                 upper
//   ───────┼──────────┼───────┼──────┼────────────┼────────     s' = s / 10 * 10 lies left of `lower` here,
//                     s             s+1                          so the answer is s or s + 1
//
//   The scaled ends are needed only as far as comparisons with multiples of 1/4 go, so they are kept times four, cut to
//   an integer, with the last bit set where something was cut off ("round to odd"). A power of ten of 128 bits is
//   enough for that; the paper proves it.
#include "encoding/shortest_decimal.hpp"

#include "encoding/powers_of_ten.hpp"

namespace wideline::json_text {

namespace {

__extension__ using Wide = unsigned __int128;

/// floor(power * factor / 2^128), its last bit set where the rest is more than what the power is too great by.
std::uint64_t round_to_odd(const PowerOfTen& power, std::uint64_t factor) noexcept {
    const auto low = static_cast<std::uint64_t>(static_cast<Wide>(power.low) * factor >> 64);
    const Wide product = static_cast<Wide>(power.high) * factor + low;
    const std::uint64_t rest = static_cast<std::uint64_t>(product) > 1 ? 1 : 0;
    return static_cast<std::uint64_t>(product >> 64) | rest;
}

/// floor(log10(2^q)), or of 3/4 * 2^q; exact for |q| <= 1500.
constexpr int floor_log10_of_power_of_2(int q) noexcept { return (q * 1262611) >> 22; }
constexpr int floor_log10_of_three_quarters_of_power_of_2(int q) noexcept { return (q * 1262611 - 524031) >> 22; }
/// floor(log2(10^e)); exact for |e| <= 1200.
constexpr int floor_log2_of_power_of_10(int e) noexcept { return (e * 1741647) >> 19; }

}  // namespace

Decimal shortest_decimal(std::uint64_t bits) noexcept {
    constexpr std::uint64_t kHiddenBit = std::uint64_t{1} << 52;
    const std::uint64_t fraction = bits & (kHiddenBit - 1);
    const int biased = static_cast<int>(bits >> 52 & 0x7ff);
    const std::uint64_t c = biased != 0 ? fraction | kHiddenBit : fraction;
    const int q = (biased != 0 ? biased : 1) - 1075;

    // The double below a power of two is only half as far away.
    const bool lopsided = fraction == 0 && biased > 1;
    const int k = lopsided ? floor_log10_of_three_quarters_of_power_of_2(q) : floor_log10_of_power_of_2(q);
    const int shift = q + floor_log2_of_power_of_10(-k) + 1;
    const PowerOfTen& power = power_of_ten(-k);

    const std::uint64_t four_v = round_to_odd(power, 4 * c << shift);
    const std::uint64_t odd = c & 1;  // an odd c leaves the ends out
    const std::uint64_t lower = round_to_odd(power, (4 * c - (lopsided ? 1 : 2)) << shift) + odd;
    const std::uint64_t upper = round_to_odd(power, (4 * c + 2) << shift) - odd;

    const std::uint64_t s = four_v / 4;
    const std::uint64_t tens = s / 10 * 10;
    const bool tens_inside = lower <= 4 * tens;
    const bool next_tens_inside = 4 * tens + 40 <= upper;
    // Of a subnormal with one digit no ten is shorter, and 0 is none of its decimals.
    if (s >= 10 && tens_inside != next_tens_inside) return {next_tens_inside ? tens + 10 : tens, k};

    const bool s_inside = lower <= 4 * s;
    const bool next_inside = 4 * s + 4 <= upper;
    if (s_inside != next_inside) return {s + (next_inside ? 1 : 0), k};
    // Both read back: the nearer, and of two as near the even one.
    const std::uint64_t middle = 4 * s + 2;
    const bool up = four_v > middle || (four_v == middle && (s & 1) != 0);
    return {s + (up ? 1 : 0), k};
}

}  // namespace wideline::json_text

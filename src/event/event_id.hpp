// The id of an event: a UUIDv7 (RFC 9562), made of what the arena holds, so that an event that another process recovers
// has the id that it would have had.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <wideline/detail/arena.hpp>

namespace wideline::detail {

/// The highest byte first.
inline std::array<std::uint8_t, 8> big_endian(std::uint64_t word) noexcept {
    std::array<std::uint8_t, 8> bytes{};
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(word >> (56 - 8 * i));
    return bytes;
}

/// The start in milliseconds, the start's fraction of a millisecond in 12 bits (the RFC's method 3), and 62 bits of the
/// span id.
inline std::array<std::uint8_t, 16> event_id(const RequestIdentity& request) noexcept {
    const auto start_us = static_cast<std::uint64_t>(request.start_us);
    const std::uint64_t fraction = start_us % 1000 * 4096 / 1000;
    const auto high = big_endian(start_us / 1000 << 16 | 0x7000 | fraction);
    const auto low = big_endian(std::uint64_t{2} << 62 | (request.span_id & ((std::uint64_t{1} << 62) - 1)));
    std::array<std::uint8_t, 16> id{};
    std::copy(high.begin(), high.end(), id.begin());
    std::copy(low.begin(), low.end(), id.begin() + 8);
    return id;
}

}  // namespace wideline::detail

// A number after one more `add` or `maximum`, in the eight bytes that records hold.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>

#include <wideline/detail/arena.hpp>

namespace wideline::detail {

/// Nothing where the result is not exact, or the two are not such numbers.
[[nodiscard]] inline std::optional<std::uint64_t> raised(Type type, Operation operation, std::uint64_t old,
                                                         std::uint64_t fresh) noexcept {
    const bool adds = operation == Operation::add;
    if (!adds && operation != Operation::maximum) return std::nullopt;
    if (type == Type::int64 || type == Type::duration) {
        auto number = static_cast<std::int64_t>(old);
        if (!adds)
            number = std::max(number, static_cast<std::int64_t>(fresh));
        else if (__builtin_add_overflow(number, static_cast<std::int64_t>(fresh), &number))
            return std::nullopt;
        return static_cast<std::uint64_t>(number);
    }
    if (type != Type::float64) return std::nullopt;
    const auto before = std::bit_cast<double>(old);
    const auto value = std::bit_cast<double>(fresh);
    if (adds) return std::bit_cast<std::uint64_t>(before + value);
    return value > before || std::isnan(before) ? fresh : old;
}

}  // namespace wideline::detail

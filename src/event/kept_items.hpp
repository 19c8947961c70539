// Which items of an array that was appended to are kept when there are too many: the first ones and the last ones.
#pragma once

#include <algorithm>
#include <cstdint>

#include <wideline/detail/arena.hpp>
#include <wideline/limits.hpp>

namespace wideline::detail {

struct KeptItems {
    std::uint32_t first;
    std::uint32_t last;

    /// Whether the item that `before` items come before, and `after` after, is kept.
    [[nodiscard]] constexpr bool keeps(std::uint64_t before, std::uint64_t after) const noexcept {
        return before < first || after < last;
    }
};

/// By the type of the items.
constexpr KeptItems kept_items(Type type, const Limits& limits) noexcept {
    if (type != Type::call) return {limits.array_items, 0};
    const std::uint32_t first = std::min<std::uint32_t>(32, limits.array_items);
    return {first, std::min<std::uint32_t>(96, limits.array_items - first)};
}

}  // namespace wideline::detail

// Which items of an array to which they were appended one by one are kept when there are too many: the first ones and
// the last ones. What a request noted last before it failed tells why.
#pragma once

#include <algorithm>
#include <cstdint>

#include <wideline/detail/arena.hpp>

namespace wideline::detail {

struct KeptItems {
    std::uint32_t first;
    std::uint32_t last;

    /// Whether the item that `before` items come before, and `after` after, is kept.
    [[nodiscard]] constexpr bool keeps(std::uint64_t before, std::uint64_t after) const noexcept {
        return before < first || after < last;
    }
};

/// By the type of the items, of which at most `most` are kept: of calls the first 32 and the last 96, of others the
/// first 64 and the last of the rest, or half of each where `most` is lower.
constexpr KeptItems kept_items(Type type, std::uint32_t most) noexcept {
    if (type == Type::call) {
        const std::uint32_t first = std::min<std::uint32_t>(32, most);
        return {first, std::min<std::uint32_t>(96, most - first)};
    }
    const std::uint32_t first = most > 64 ? 64 : most / 2;
    return {first, most - first};
}

}  // namespace wideline::detail

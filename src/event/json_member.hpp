// What a rule finds in a nested value: `field("cart.total")` after `set("cart", json{{"total", 7}})`.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <wideline/event_view.hpp>

#include "event/open_event.hpp"

namespace wideline::detail {

/// A bit, by its hash, for each key under which any thread of the request has written a nested value.
[[nodiscard]] inline std::uint64_t json_keys(const OpenEvent& event) noexcept {
    std::uint64_t keys = event.json_keys.load(std::memory_order_relaxed);
    if (!event.shared.load(std::memory_order_relaxed)) [[likely]]
        return keys;
    for (const OpenEvent* at = event.fragments.load(std::memory_order_acquire); at != nullptr; at = at->next)
        keys |= at->json_keys.load(std::memory_order_relaxed);
    return keys;
}

/// The member at a dotted path in a JSON object, as this library writes one; of several ways to divide the path, the
/// one with the longest key counts. Nothing if there is none. A text with escapes is copied, and lives until
/// forget_copies().
[[nodiscard]] std::optional<FieldValue> json_member(std::string_view object, std::string_view path,
                                                    const OpenEvent& event) noexcept;

}  // namespace wideline::detail

// An event on its way from the core that wrote it.
#pragma once

#include <cstddef>

#include "event/open_event.hpp"

namespace wideline::detail {

/// The event was written by another core: its lines are on their way here while the one before is encoded.
inline void fetch_ahead(const OpenEvent& event) noexcept {
    constexpr std::size_t kTypicalEvent = 2048;
    constexpr std::size_t kCacheLine = 64;
    const auto* const bytes = reinterpret_cast<const char*>(event.small_arena);
    for (std::size_t at = 0; at < kTypicalEvent; at += kCacheLine) __builtin_prefetch(bytes + at);
}

}  // namespace wideline::detail

// A frame that waits for the disk, in the memory of arenas: cut into parts, each in the first arena of an event that no
// request has.
//
//   │ ArenaHeader, Stage::frame │ FramePart │ bytes of the frame, up to the arena's end │
//
// It is there for whoever finds it after a crash when all of its parts are, and its hash is right. So it does not
// matter in which order the parts were written or given back.
#pragma once

#include <cstddef>
#include <cstdint>

#include "event/arena_pool.hpp"

namespace wideline::detail {

struct FramePart {
    std::uint64_t sequence = 0;  // of the frame
    std::uint64_t hash = 0;      // XXH3_64 of the whole frame
    std::uint32_t bytes = 0;     // of the whole frame
    std::uint32_t number = 0;    // of this part, from 0

    /// Bytes of a frame that one arena has room for.
    static constexpr std::size_t kRoom = ArenaPool::kSmallest - sizeof(ArenaHeader) - 24;

    [[nodiscard]] static constexpr std::size_t parts_of(std::size_t bytes) noexcept {
        return (bytes + kRoom - 1) / kRoom;
    }
    [[nodiscard]] static FramePart& in(ArenaHeader& arena) noexcept {
        return reinterpret_cast<FramePart&>(*(&arena + 1));
    }
    [[nodiscard]] static const FramePart& in(const ArenaHeader& arena) noexcept {
        return reinterpret_cast<const FramePart&>(*(&arena + 1));
    }

    [[nodiscard]] std::byte* data() noexcept { return reinterpret_cast<std::byte*>(this + 1); }
    [[nodiscard]] const std::byte* data() const noexcept { return reinterpret_cast<const std::byte*>(this + 1); }
    /// Bytes of the frame in this part.
    [[nodiscard]] std::size_t size() const noexcept {
        const std::size_t before = number * kRoom;
        return before >= bytes ? 0 : bytes - before < kRoom ? bytes - before : kRoom;
    }
};
static_assert(sizeof(FramePart) == 24);

}  // namespace wideline::detail

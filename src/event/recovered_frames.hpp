// The frames that a dead process had compressed and could not write, in its arenas.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "event/arena_file.hpp"
#include "event/frame_part.hpp"

namespace wideline::detail {

/// Reads an ArenaFile whose owner is dead; any bytes may be in it. The file must outlive it.
class RecoveredFrames {
public:
    /// Throws std::bad_alloc.
    explicit RecoveredFrames(const ArenaFile& file);

    struct Frame {
        std::uint64_t sequence = 0;
        std::vector<const FramePart*> parts;

        [[nodiscard]] std::string bytes() const;
    };
    /// Those of which every part is there and right, in the order of their sequence.
    [[nodiscard]] const std::vector<Frame>& frames() const noexcept { return frames_; }

private:
    std::vector<Frame> frames_;
};

}  // namespace wideline::detail

// Copies the open events out of an ArenaFile whose process lives, into memory of the reader's own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <wideline/detail/arena.hpp>

#include "event/arena_memory.hpp"
#include "platform/file_system.hpp"

namespace wideline::detail {

/// Reads an open file at any place.
class PlacedReader {
public:
    /// Of a file from which nothing was read yet, and which outlives this.
    explicit PlacedReader(platform::File& file) : file_(file) {}
    /// False if it cannot be read there, or ends before.
    [[nodiscard]] bool read(std::uint64_t offset, void* to, std::size_t bytes);

private:
    platform::File& file_;
    std::uint64_t at_ = 0;
};

/// Each event as it was at one moment; different events at different moments.
class ArenaCopier {
public:
    /// The blocks begin at `blocks_begin` in the file; `image` has room for all `bytes` of them, and is zero.
    ArenaCopier(PlacedReader& reader, std::uint64_t blocks_begin, std::byte* image, std::size_t bytes)
        : reader_(reader), blocks_begin_(blocks_begin), image_(image), taken_(bytes / ArenaMemory::kBlockBytes) {}

    /// The event, or fragment of one, whose first arena is this block; nothing if it is not under way.
    void copy_event(std::uint32_t number);

private:
    struct Part {
        std::uint32_t number;
        ArenaHeader header;
        std::vector<std::byte> records;
    };

    [[nodiscard]] std::uint64_t place(std::uint32_t number) const noexcept {
        return blocks_begin_ + (number - std::uint64_t{1}) * ArenaMemory::kBlockBytes;
    }
    [[nodiscard]] std::uint64_t image_end() const noexcept {
        return blocks_begin_ + taken_.size() * ArenaMemory::kBlockBytes;
    }
    [[nodiscard]] bool header(std::uint32_t number, ArenaHeader& into);
    [[nodiscard]] bool try_event(std::uint32_t number);
    [[nodiscard]] bool copy_part(std::uint32_t number, const ArenaHeader& before);
    void keep_parts();

    PlacedReader& reader_;
    const std::uint64_t blocks_begin_;
    std::byte* const image_;
    std::vector<bool> taken_;  // by block
    std::vector<Part> parts_;  // of the event that is being copied
};

}  // namespace wideline::detail

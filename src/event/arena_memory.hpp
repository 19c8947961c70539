// Where arenas lie: here, in memory of this process alone; in an ArenaFile, where they outlive it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/mapped_memory.hpp"

namespace wideline::detail {

class ArenaMemory {
public:
    static constexpr std::size_t kBlockBytes = 4096;

    /// Throws std::bad_alloc.
    explicit ArenaMemory(std::size_t bytes) : ArenaMemory(platform::MappedMemory(whole_blocks(bytes)), 0) {}
    virtual ~ArenaMemory() = default;
    ArenaMemory(const ArenaMemory&) = delete;
    ArenaMemory& operator=(const ArenaMemory&) = delete;

    [[nodiscard]] std::byte* blocks() const noexcept { return mapping_.data() + before_; }
    [[nodiscard]] std::size_t size() const noexcept { return mapping_.size() - before_; }

    /// Whether the first `bytes` of the blocks can be touched. By any thread, in a request; seldom a system call.
    [[nodiscard]] virtual bool reserve(std::size_t) noexcept { return true; }
    /// So that they can be. By the pipeline's thread.
    virtual void reserve_ahead(std::size_t) noexcept {}
    /// The `event`-th event's first arena is, from now on, the block with this number.
    virtual void note_head(std::uint32_t, std::uint32_t) noexcept {}
    /// What encoding needs to know has changed; where there is no room for it, what was known before holds.
    virtual void note_form(std::string_view) noexcept {}
    /// The process lives at this moment of the monotonic clock.
    virtual void note_alive(std::int64_t) noexcept {}
    /// Why some of it does not outlive the process although it should, as a sentence; empty if all of it does. Any
    /// thread. Throws std::bad_alloc.
    [[nodiscard]] virtual std::string trouble() const { return {}; }
    /// In a forked child, which goes on with memory of its own: what lies in the parent's stays as it is.
    virtual void disown() noexcept {}

protected:
    ArenaMemory(platform::MappedMemory mapping, std::size_t before) : mapping_(std::move(mapping)), before_(before) {}

    [[nodiscard]] static constexpr std::size_t whole_blocks(std::size_t bytes) noexcept {
        return (bytes + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
    }

    platform::MappedMemory mapping_;

private:
    std::size_t before_;  // bytes before the first block
};

}  // namespace wideline::detail

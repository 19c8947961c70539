// Arenas in a file that outlives the process, so that what it was writing is found after it was killed.
//
//   │ head: what is what │ form: how to encode, twice │ heads: the events' first arenas │ blocks: arenas … │
//
// The file is mapped and shared. A store to it is in the kernel's hands at once, whatever becomes of the process, and
// costs a request what a store to any other memory costs. Only the machine's end loses it; so it need not be on a disk,
// and should not be: pages of a disk's file can stop a writer while they are written back.
//
// If the file cannot grow (a full disk, a small /dev/shm), the blocks that are not in it yet become plain memory, in
// the same place: events in them are written as all others, but do not outlive the process. The head of the file says
// which those are.
//
// Whether the owner lives is a lock that the kernel releases when the process ends, however it ends; never a pid. A
// forked child has neither the lock nor the descriptor, and zeros where the parent's mapping was.
//
// A reader trusts nothing in it: what is damaged is left out (recovered_arenas.hpp).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "event/arena_memory.hpp"
#include "platform/file_system.hpp"

namespace wideline::detail {

class ArenaFile final : public ArenaMemory {
public:
    /// Makes the file and locks it, with `block_bytes` of blocks at the most: they take space as they are used. `form`
    /// is for whoever encodes the events after a crash.
    [[nodiscard]] static platform::Result<std::unique_ptr<ArenaFile>> create(platform::FileSystem& files,
                                                                             const std::string& path,
                                                                             std::size_t block_bytes,
                                                                             std::uint64_t stream,
                                                                             std::string_view form);
    /// What create needs, all of it in use.
    [[nodiscard]] static std::uint64_t bytes_for(std::size_t block_bytes, std::string_view form);

    /// Takes a dead process's file: EWOULDBLOCK where its owner, or somebody who recovers it, lives; EBADMSG where it
    /// is none, or another version's.
    [[nodiscard]] static platform::Result<std::unique_ptr<ArenaFile>> open(platform::FileSystem& files,
                                                                           const std::string& path);

    /// Copies what the requests under way in a living process have written, and nothing else of its file, into memory
    /// of this process: RecoveredArenas then finds them. Takes no lock, does not ask for one, and
    /// writes nothing. EBADMSG as for open.
    [[nodiscard]] static platform::Result<std::unique_ptr<ArenaFile>> copy_open(platform::File& file,
                                                                                const std::string& path);

    [[nodiscard]] bool reserve(std::size_t bytes) noexcept override;
    void reserve_ahead(std::size_t bytes) noexcept override;
    void note_head(std::uint32_t event, std::uint32_t block) noexcept override;
    void note_form(std::string_view form) noexcept override;
    void note_alive(std::int64_t monotonic_ns) noexcept override;
    [[nodiscard]] std::string trouble() const override;
    void disown() noexcept override;

    [[nodiscard]] std::uint64_t stream() const noexcept;
    [[nodiscard]] std::string_view form() const noexcept;
    /// The last sign of life of the owner, by its monotonic clock; 0 where it gave none.
    [[nodiscard]] std::int64_t alive_ns() const noexcept;
    /// How many events there may be, and the number of the block that the `event`-th one begins in: 0 for none.
    [[nodiscard]] std::uint32_t heads() const noexcept;
    [[nodiscard]] std::uint32_t head(std::uint32_t event) const noexcept;
    /// Bytes of the blocks that are in the file. Those after them were plain memory of the process.
    [[nodiscard]] std::size_t shared_bytes() const noexcept;

private:
    struct Head;

    ArenaFile(std::unique_ptr<platform::File> file, platform::MappedMemory mapping, std::size_t before);
    [[nodiscard]] static bool is_whole(const Head& head, std::uint64_t bytes) noexcept;
    [[nodiscard]] Head& at_start() const noexcept;
    [[nodiscard]] std::uint32_t* table() const noexcept;
    [[nodiscard]] bool grow_to(std::size_t bytes) noexcept;

    std::unique_ptr<platform::File> file_;  // holds the lock
    const std::size_t before_blocks_;
    std::atomic<std::size_t> reserved_{0};  // of the blocks: in the file, or plain memory
    bool disowned_ = false;
    mutable std::mutex growing_;
    platform::Failure cannot_grow_;  // why there is plain memory; under the mutex
};

}  // namespace wideline::detail

// Where a recorder's arenas lie that outlive its process, and the note in the journal that says so.
//
//   journal/.wideline-arenas-<stream>     {"arenas": "/dev/shm/wideline-…", "boot": "…", "shared_memory": "…"}
//   /dev/shm/wideline-<stream>            the ArenaFile
//
// In /dev/shm, for that is memory: pages of a disk's file can stop a writer while they are written back. Where there is
// no room in it (a container may have 64 MB), in the journal's directory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/arena_file.hpp"
#include "platform/file_system.hpp"
#include "platform/lock_table.hpp"

namespace wideline::journal_files {

/// One note, or where it would be.
class KeptArenas {
public:
    /// Makes the file and the note. Throws nothing but std::bad_alloc; a failure leaves neither.
    [[nodiscard]] static platform::Result<KeptArenas> make(const std::string& directory, platform::FileSystem& files,
                                                           std::size_t bytes, std::uint64_t stream,
                                                           std::string_view form);
    /// Those that the notes in a journal tell of; a note that cannot be read fails when its arenas are opened.
    [[nodiscard]] static platform::Result<std::vector<KeptArenas>> in(const std::string& directory,
                                                                      platform::FileSystem& files);

    /// The stream of the recorder whose note has this name; nothing if it is not a note's. Finished and unfinished
    /// ones.
    [[nodiscard]] static std::optional<std::uint64_t> stream_of(std::string_view name);

    /// Removes what somebody was making, or removing, who died meanwhile.
    static void remove_unfinished(const std::string& directory, platform::FileSystem& files);

    /// What make() has made; once.
    [[nodiscard]] std::unique_ptr<detail::ArenaFile> take() { return std::move(arenas_); }
    /// What somebody left: see ArenaFile::open.
    [[nodiscard]] platform::Result<std::unique_ptr<detail::ArenaFile>> open() const;
    /// If open() finds no file, it is gone for good: it lay where we look, or in the memory of a machine that was
    /// started again since. False if it may lie in the shared memory of another container, where its process may live.
    [[nodiscard]] bool were_here() const;
    /// What a process that lives has open: see ArenaFile::copy_open; as of `now_ns`. EWOULDBLOCK if
    /// it is dead: nobody has the lock of its arenas, or, if there is no table of locks, it gave no sign of life
    /// lately.
    [[nodiscard]] platform::Result<std::unique_ptr<detail::ArenaFile>> copy_open(const platform::LockTable* locks,
                                                                                 std::int64_t now_ns) const;
    /// Removes file and note: nothing in them is needed any more.
    platform::Status remove() const;

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] const std::string& note() const noexcept { return note_; }

private:
    KeptArenas(platform::FileSystem& files, std::string note) : files_(&files), note_(std::move(note)) {}
    [[nodiscard]] platform::Result<std::unique_ptr<platform::File>> begin_note();
    [[nodiscard]] bool read_note();

    platform::FileSystem* files_;
    std::string note_;
    std::string path_;
    std::string boot_;
    std::string shared_memory_;
    std::optional<platform::Failure> unreadable_;  // why the note cannot be read
    std::string unfinished_;                       // the note while it is made
    std::unique_ptr<detail::ArenaFile> arenas_;
};

}  // namespace wideline::journal_files

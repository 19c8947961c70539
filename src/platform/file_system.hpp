// The one door to the operating system's files: everything about them that can fail passes here, so that a test can
// make the Nth call fail, and no other place deals with short writes, EINTR, or the flags of open.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/mapped_memory.hpp"
#include "platform/status.hpp"

namespace wideline::platform {

struct FileState {
    std::uint64_t bytes = 0;
    std::chrono::sys_time<std::chrono::microseconds> modified{};
    bool in_place = false;  ///< Its path leads to it: since it was opened it was neither deleted nor renamed.
    /// Which file it is, and when anything about it changed last, in nanoseconds since 1970: whoever writes into a
    /// file, renames it, or sets its times, changes that. 0 where nobody keeps them.
    std::uint64_t inode = 0;
    std::int64_t changed = 0;
};

/// Tells files apart: equal only of one file. A number is given away again once its file is deleted; the moment of
/// birth then differs, where the file system knows it.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t number = 0;
    std::int64_t born = 0;  ///< Nanoseconds since 1970; 0 where it is not known.

    bool operator==(const FileIdentity&) const = default;
};

/// What a path leads to, links followed.
struct FileTarget {
    FileIdentity identity;
    std::uint64_t bytes = 0;
};

/// An open file. One thread at a time; closed by the destructor where close() was not called.
class File {
public:
    virtual ~File() = default;

    /// Writes all of `bytes` at the end of the file, in one call of write where the system takes them at once. After a
    /// failure any part of them may be in the file: truncate() to the size before.
    virtual Status append(std::string_view bytes) = 0;
    /// Reads from where the last read ended; 0 at the end of the file, fewer than asked for elsewhere too.
    virtual Result<std::size_t> read(std::span<char> into) = 0;
    /// Writes all of `bytes` at `offset`, by one call if the system takes them at once. ENOTSUP unless the file is open
    /// by open_in_place.
    virtual Status write_at(std::uint64_t offset, std::string_view bytes);
    /// Moves on by `bytes` without reading them, not beyond the end; gives how many were there.
    virtual Result<std::uint64_t> skip(std::uint64_t bytes) = 0;
    /// Moves back by `bytes`, which were read or skipped. ENOTSUP, or ESPIPE, where the file has no way back.
    virtual Status go_back(std::uint64_t bytes);
    virtual Result<FileState> state() = 0;
    virtual Status truncate(std::uint64_t bytes) = 0;
    /// Takes the lock that goes with the file; false where somebody else has it. It is released when the file is
    /// closed, and by the kernel when the process ends, however that ends. A directory has a lock too.
    virtual Result<bool> try_lock() = 0;
    /// Whether somebody else has that lock. Any number may ask at the same time.
    virtual Result<bool> locked_by_other();
    /// Makes sure that the bytes are there, so that a mapping of them can be touched. Any thread. ENOTSUP where files
    /// cannot be mapped.
    virtual Status allocate(std::uint64_t offset, std::uint64_t bytes);
    /// The file's first bytes as memory that all who map it share. Outlives the open file. ENOTSUP as above.
    virtual Result<MappedMemory> map(std::uint64_t bytes);
    /// Until the disk has what was written. After a failure the pages may be gone: never try again and believe it.
    virtual Status sync() = 0;
    /// Even where it fails, the file is closed.
    virtual Status close() = 0;
};

struct DirectoryEntry {
    std::string name;
    bool directory = false;
};

class FileSystem {
public:
    virtual ~FileSystem() = default;

    /// A file that did not exist, to append to: mode 0640, no link followed, not inherited by exec. EEXIST where there
    /// is one.
    virtual Result<std::unique_ptr<File>> create(const std::string& path) = 0;
    /// The same to map, for this user's eyes alone: mode 0600. ENOTSUP where files cannot be mapped.
    virtual Result<std::unique_ptr<File>> create_private(const std::string& path);
    /// What create_private made, to map it. EPERM where it is no regular file of this user (or, for root, of anyone).
    virtual Result<std::unique_ptr<File>> open_private(const std::string& path);
    /// A file of this user alone that is read, and written in place; made if it is absent. Mode 0600, no link followed.
    /// EPERM as for open_private.
    virtual Result<std::unique_ptr<File>> open_in_place(const std::string& path);
    /// To read, or to lock a directory; "-" is standard input.
    virtual Result<std::unique_ptr<File>> open(const std::string& path) = 0;
    virtual Status rename(const std::string& from, const std::string& to) = 0;
    virtual Status remove(const std::string& path) = 0;
    /// Mode 0750. One that is there already is no failure.
    virtual Status make_directory(const std::string& path) = 0;
    /// The same with mode 0700.
    virtual Status make_private_directory(const std::string& path);
    virtual Status sync_directory(const std::string& path) = 0;
    virtual Result<bool> is_directory(const std::string& path) = 0;
    /// Of a file that is not open; no link is followed.
    virtual Result<FileState> state(const std::string& path) = 0;
    /// Of a file that is not open; links are followed. ENOTSUP where files have no identity.
    virtual Result<FileTarget> target(const std::string& path);
    /// What may still be written into `directory` by this user.
    virtual Result<std::uint64_t> free_bytes(const std::string& directory) = 0;
    /// In no order, without "." and "..".
    virtual Result<std::vector<DirectoryEntry>> list(const std::string& directory) = 0;

    /// `directory` and every one above it that is missing. Gives those that it made, the outermost first.
    Result<std::vector<std::string>> make_directories(const std::string& directory);

    /// The operating system's. Lives until the process ends, static destructors included.
    static FileSystem& real();
};

/// The directory that an entry lies in: "." of "logs", "/" of "/logs".
[[nodiscard]] std::string parent_of(const std::string& path);

}  // namespace wideline::platform

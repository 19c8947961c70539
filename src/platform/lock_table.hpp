// Who holds which lock, asked without taking one: a lock that is only tried keeps others from it for that moment.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "platform/file_system.hpp"

namespace wideline::platform {

/// The exclusive locks that processes hold at this moment, as File::try_lock takes them.
class LockTable {
public:
    /// From /proc/locks, in which processes of other containers are not listed. Nullopt if the system has no such
    /// table.
    [[nodiscard]] static std::optional<LockTable> read(FileSystem& files);
    [[nodiscard]] static LockTable parse(std::string_view text);

    /// Whether a file with this number is locked. Numbers are a file system's own, but its device is not looked at:
    /// some file systems give programs another device number than the table has.
    [[nodiscard]] bool is_locked(std::uint64_t inode) const;

private:
    std::vector<std::uint64_t> inodes_;
};

}  // namespace wideline::platform

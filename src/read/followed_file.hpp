// A file that others append to, replace and delete, known from one look to the next by what the file system says of it.
// It is not held open: a process may open fewer files than a journal has segments, and who holds a deleted one keeps
// its bytes on the disk.
#pragma once

#include <cstdint>
#include <string>

#include "platform/file_system.hpp"

namespace wideline::read {

class FollowedFile {
public:
    enum class Change {
        none,
        grown,    ///< Bytes behind read_up_to() may be new.
        replaced  ///< Another file than the last time, or one that was cut: all of it is new, and read_up_to() is 0.
    };

    /// What happened since the last look. Links are followed. What is appended after this is seen the next time.
    [[nodiscard]] platform::Result<Change> look(platform::FileSystem& files, const std::string& path);
    /// Whether the path still leads to the file of the last look: asked once it was opened, for only then does
    /// read_up_to() mean anything in what was opened.
    [[nodiscard]] bool is_still_at(platform::FileSystem& files, const std::string& path) const;

    [[nodiscard]] std::uint64_t read_up_to() const noexcept { return read_up_to_; }
    void set_read_up_to(std::uint64_t offset) noexcept { read_up_to_ = offset; }

private:
    platform::FileIdentity identity_;
    bool known_ = false;
    std::uint64_t bytes_ = 0;
    std::uint64_t read_up_to_ = 0;
};

}  // namespace wideline::read

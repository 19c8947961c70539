// One cursor on disk: 8,192 bytes, two slots. Its lock is the ownership of that run in that route: who has the lock
// sends the run's events, and the kernel releases it when the process ends, however that ends.
//
// A save writes the slot that the disk is not known to have, and then syncs. So one slot is whole after a kill at any
// moment and after a loss of power, and no space is needed to move on: a full disk cannot stop it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "forward/progress/cursor_slot.hpp"
#include "platform/file_system.hpp"

namespace wideline::delivery {

inline constexpr std::size_t kCursorBytes = 2 * kSlotBytes;
inline constexpr std::string_view kCursorSuffix = ".cursor";
/// Before the name of its segment, the run of frames that have none.
inline constexpr std::string_view kNamePrefix = "name:";

/// What a cursor file says, by its bytes.
struct CursorContent {
    SlotContent::Kind kind = SlotContent::Kind::bad;
    Cursor cursor;
    int slot = 0;  ///< Which one it is from.
};
/// The slot with the greater generation whose hash is right. Any bytes may come in. A slot of a later version makes the
/// file one of a later version.
[[nodiscard]] CursorContent read_cursor(std::string_view bytes);

/// The file's name of a run: `1122334455667788.cursor`, or `<XXH3>.name.cursor` for `name:<segment>`.
[[nodiscard]] std::string cursor_file_name(std::string_view run);

/// All bytes of a small file.
[[nodiscard]] platform::Result<std::string> read_whole(platform::FileSystem& files, const std::string& path);

/// Owned while it lives. One thread at a time.
class CursorFile {
public:
    enum class Opening {
        owned,
        of_another,     ///< Another owner has it at this moment.
        later_version,  ///< Written by a later program; it is left alone.
    };
    struct Opened {
        Opening opening = Opening::of_another;
        std::unique_ptr<CursorFile> file;  ///< If owned.
        bool lost = false;                 ///< Both slots were bad: it begins with the oldest frame.
    };
    /// Makes the file if it is absent. Its content never is a failure.
    static platform::Result<Opened> open(platform::FileSystem& files, const std::string& path, const std::string& run);

    [[nodiscard]] const Cursor& saved() const noexcept { return saved_; }
    /// Survives the end of the process; of the machine, once synced.
    platform::Status save(const Cursor& cursor);
    platform::Status sync();
    /// Deletes the file, of a run that is over. It stays locked until this is destroyed.
    platform::Status remove(platform::FileSystem& files) { return files.remove(path_); }

private:
    CursorFile(std::unique_ptr<platform::File> file, std::string path)
        : file_(std::move(file)), path_(std::move(path)) {}
    platform::Status write_both(const Cursor& cursor);

    std::unique_ptr<platform::File> file_;
    std::string path_;
    Cursor saved_;
    int synced_slot_ = 0;
    bool dirty_ = false;
};

}  // namespace wideline::delivery

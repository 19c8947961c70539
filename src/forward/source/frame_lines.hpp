// The lines of one frame of a catalogue, if it is still there.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "forward/source/frame_catalog.hpp"
#include "read/segment_reader.hpp"

namespace wideline::delivery {

/// One thread at a time.
class FrameLines {
public:
    explicit FrameLines(platform::FileSystem& files) : files_(files) {}

    struct Read {
        enum class Kind {
            lines,
            moved,    ///< Another frame lies there, or no file: look again.
            damaged,  ///< It is there and cannot be read.
        } kind = Kind::moved;
        std::string_view lines;  ///< Valid until the next call; kReadableBehind bytes after them can be read.
        const journal_files::FrameIndex* index = nullptr;  ///< Null if it has none.
        std::string sentence;                              ///< About the damage.
    };
    /// `wanted` is asked of the frame's index; if it says no, the lines are not read, and empty.
    template <class Wanted>
    [[nodiscard]] Read read(const std::string& path, const std::string& run, const CatalogFrame& frame, Wanted wanted) {
        if (!open_at(path, frame)) return {};
        reader_->set_wanted([&](const journal_files::FrameIndex& index) { return wanted(index); });
        return next(run, frame);
    }

private:
    [[nodiscard]] bool open_at(const std::string& path, const CatalogFrame& frame);
    [[nodiscard]] Read next(const std::string& run, const CatalogFrame& frame);

    platform::FileSystem& files_;
    std::unique_ptr<read::SegmentReader> reader_;
    platform::FileIdentity identity_;
    std::uint64_t next_offset_ = 0;
    std::optional<read::Piece> piece_;
};

}  // namespace wideline::delivery

// Merges the small frames of a closed segment into frames of up to 1 MiB. The essay is in segment_merge.cpp.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/pair_filter.hpp"
#include "journal/pair_reader.hpp"
#include "journal/seek_table.hpp"
#include "journal/segment_writer.hpp"
#include "platform/file_system.hpp"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace wideline::journal_files {

/// Whether a segment of these frames (an index, its data, an index, …) is worth to be merged: whether enough of it is
/// in small frames that have small neighbours.
[[nodiscard]] bool merging_pays(const std::vector<SeekEntry>& entries) noexcept;

/// One thread at a time. `files` must outlive it.
class SegmentMerge {
public:
    enum class Progress {
        more,      ///< Call again.
        merged,    ///< The new file has the old one's name.
        given_up,  ///< The old one is as it was.
    };

    SegmentMerge(std::string path, platform::FileSystem& files);
    /// Removes what is unfinished.
    ~SegmentMerge();
    SegmentMerge(const SegmentMerge&) = delete;
    SegmentMerge& operator=(const SegmentMerge&) = delete;

    /// Writes one frame more: some milliseconds, and a sync of it.
    Progress step() noexcept;

private:
    enum class Outcome { frame_written, all_read, failed };

    bool open();
    Outcome write_next_frame();
    bool joins_group(const FrameIndex& index) const noexcept;
    bool write_group();
    bool write_merged();
    bool finish();
    void give_up() noexcept;

    std::string path_;
    std::string unfinished_path_;
    platform::FileSystem& files_;
    std::optional<PairReader> from_;
    std::optional<SegmentWriter> to_;
    std::vector<StoredPair> group_;  // What becomes the next frame.
    std::uint64_t group_bytes_ = 0;  // Of its lines.
    std::optional<StoredPair> next_;
    bool finished_ = false;

    std::string lines_;
    std::string frame_;
    PairFilterBuilder filter_;
    struct Free {
        void operator()(ZSTD_CCtx_s* context) const noexcept;
        void operator()(ZSTD_DCtx_s* context) const noexcept;
    };
    std::unique_ptr<ZSTD_CCtx_s, Free> compressor_;
    std::unique_ptr<ZSTD_DCtx_s, Free> decompressor_;
};

}  // namespace wideline::journal_files

// Reads one segment, from its first byte to its last, without trusting any of them. The essay is in segment_reader.cpp.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/frame_index.hpp"
#include "platform/file_system.hpp"
#include "read/byte_window.hpp"
#include "read/frame_finder.hpp"

struct ZSTD_DCtx_s;

namespace wideline::read {

/// What next() found. The views are valid until the next call.
struct Piece {
    enum class Kind {
        lines,       ///< Whole lines; only the last one of a file may lack its '\n'.
        compressed,  ///< `frame` is a whole data frame, by its index's hash (leave_compressed).
        skipped,     ///< A data frame that was not wanted.
        skippable,   ///< A skippable frame that is no usable index: a seek table, or another program's.
        damage,      ///< Bytes that are not given, or an index that cannot be used, and why.
    };

    Kind kind = Kind::lines;
    std::uint64_t offset = 0;  ///< Of the first byte, in the file.
    std::uint64_t bytes = 0;   ///< In the file; 0 for lines of a frame too large to hold.

    std::string_view lines;  ///< kReadableBehind bytes behind them may be read.
    std::string_view frame;  ///< The data frame as it is in the file; empty where it was not held whole.
    /// Of this frame; null where it has none.
    const journal_files::FrameIndex* index = nullptr;
    std::uint64_t index_offset = 0;

    std::uint32_t magic = 0;   ///< Of a skippable frame.
    std::string_view payload;  ///< Of a skippable frame.
    std::string reason;        ///< Of damage, as a sentence without its full stop; of an index of a later form.
};

/// Of a piece that is damage: which file, where, why, and how much is left out.
[[nodiscard]] std::string damage_sentence(const std::string& path, const Piece& piece);

/// One thread at a time.
class SegmentReader {
public:
    /// Fails where the file cannot be opened, and where it is neither a segment, nor any other zstd file, nor JSON
    /// lines. Reading begins at byte `offset`, where a frame (of plain lines, a line) must begin or the file end.
    static platform::Result<std::unique_ptr<SegmentReader>> open(platform::FileSystem& files, const std::string& path,
                                                                 std::uint64_t offset = 0);

    /// The same of a file that is open and stands at byte `offset`. It is closed where this fails.
    static platform::Result<std::unique_ptr<SegmentReader>> resume(std::unique_ptr<platform::File> file,
                                                                   const std::string& path, std::uint64_t offset);
    /// For resume() at `offset`, which lies behind the reader: the file; null where it has no way back. The reader is
    /// of no use afterwards.
    [[nodiscard]] std::unique_ptr<platform::File> release(std::uint64_t offset);

    ~SegmentReader();
    SegmentReader(const SegmentReader&) = delete;
    SegmentReader& operator=(const SegmentReader&) = delete;

    /// Frames whose index is there and of which `wanted` says no come as Kind::skipped, not decompressed.
    void set_wanted(std::function<bool(const journal_files::FrameIndex&)> wanted) { wanted_ = std::move(wanted); }

    /// Frames that hold whole lines and match their index's hash come as Kind::compressed, for others to decompress.
    void leave_compressed() { leaves_compressed_ = true; }

    /// Other processes may be writing the file: it ends before what is not whole at its end, and that is no damage,
    /// where one of them has its lock.
    void expect_writer() noexcept { expects_writer_ = true; }

    /// Whether another process has the file's lock.
    [[nodiscard]] bool is_being_written();

    /// As ByteWindow::count_into.
    void count_into(std::atomic<std::uint64_t>& counter) noexcept { window_.count_into(counter); }

    /// The next piece; nothing at the end of the file. Ends on any bytes. Throws nothing but std::bad_alloc.
    [[nodiscard]] std::optional<Piece> next();

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// Bytes of the file that are behind the reader; all of them after the last piece.
    [[nodiscard]] std::uint64_t position() const noexcept { return window_.position(); }
    /// Why the file could not be read to its end, where that is so.
    [[nodiscard]] const std::optional<platform::Failure>& failure() const noexcept { return window_.failure(); }

private:
    enum class Form { segment, plain };

    SegmentReader(std::unique_ptr<platform::File> file, std::string path, std::uint64_t offset);

    /// Why the file cannot be read; nothing where it can.
    std::optional<std::string> recognise();
    [[nodiscard]] bool begins_as_lines();

    std::optional<Piece> next_piece();
    std::optional<Piece> step();
    std::optional<Piece> at_end();
    std::optional<Piece> read_skippable(std::uint32_t magic);
    std::optional<Piece> read_index(std::string_view payload, std::uint64_t total);
    std::optional<Piece> read_data();
    Piece skip_data();
    Piece whole_frame(std::string_view frame);
    Piece decompress_whole(std::string_view frame, std::uint64_t content_bytes);
    Piece broken_frame(std::string_view reason, std::uint64_t claimed_bytes);
    std::optional<Piece> read_streamed();
    std::optional<Piece> read_plain();
    Piece skip_long_line();

    /// Gives `filled` bytes of decoded_ as whole lines; what follows the last '\n' waits in carry_.
    std::optional<Piece> lines_of(std::size_t filled);
    std::optional<Piece> drop_index(std::string reason);
    Piece damage_to_here(std::uint64_t from, std::string reason);
    Piece search_next_frame(std::uint64_t from, std::string reason);

    std::string path_;
    ByteWindow window_;
    Form form_ = Form::segment;
    std::function<bool(const journal_files::FrameIndex&)> wanted_;
    bool leaves_compressed_ = false;
    bool expects_writer_ = false;
    bool looked_again_ = false;  // At the end of the file, when its writer had just closed it.
    ZSTD_DCtx_s* decoder_;
    FrameFinder finder_;

    std::optional<Piece> first_damage_;  // Found when the file was opened, and not given yet.
    std::uint64_t held_ = 0;             // Bytes ahead that belong to the piece given last.
    bool streaming_ = false;             // In the middle of a frame too large to hold.
    bool failure_said_ = false;
    std::optional<journal_files::FrameIndex> index_;  // Read, and its data frame is next.
    std::uint64_t index_offset_ = 0;
    std::optional<journal_files::FrameIndex> given_index_;  // What Piece::index points to.
    std::vector<char> decoded_;
    bool in_long_line_ = false;  // Behind the beginning of a line that is left out, up to its end.
    std::string carry_;          // The beginning of a line that another frame ends.
};

}  // namespace wideline::read

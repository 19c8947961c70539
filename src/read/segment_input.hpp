// The segments that some paths mean, one piece after the other: what the command and wl::Reader read.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "platform/file_system.hpp"
#include "read/seen_frames.hpp"
#include "read/segment_reader.hpp"
#include "read/segment_walk.hpp"

namespace wideline::read {

/// One thread at a time. `files` must outlive it.
class SegmentInput {
public:
    enum class Trouble {
        damage,     ///< Some bytes are left out.
        unreadable  ///< A whole path is.
    };
    /// Hears a sentence about what is wrong, each once. Reading goes on behind it.
    using Hear = std::function<void(Trouble trouble, const std::string& sentence)>;

    /// `paths` are segments, directories of segments, or "-" for standard input.
    SegmentInput(platform::FileSystem& files, std::vector<std::string> paths, Hear hear);

    /// As those of SegmentReader; for segments that are opened later.
    void set_wanted(std::function<bool(const journal_files::FrameIndex&)> wanted) { wanted_ = std::move(wanted); }
    void leave_compressed() { leaves_compressed_ = true; }

    /// The next piece, in the order of paths, segments and bytes; nothing at the end. Frames that came before (in
    /// another segment) are left out, and so is damage, of which the sentence is heard. Valid until the next call.
    [[nodiscard]] std::optional<Piece> next();
    /// Of the piece that next() gave last.
    [[nodiscard]] const SegmentReader& segment() const { return *segment_; }
    /// What another thread found damaged, in a frame that was left compressed.
    void report(const std::string& sentence) { hear_once(Trouble::damage, sentence); }
    /// Reads everything once more; what was heard is not said again.
    void begin_again();

    /// How many bytes came from files so far (any thread may ask), and how many of them were damaged, or frames that
    /// came before.
    [[nodiscard]] const std::atomic<std::uint64_t>& bytes_read() const noexcept { return bytes_read_; }
    [[nodiscard]] std::uint64_t bytes_left_out() const noexcept { return bytes_left_out_; }

private:
    bool open_next();
    void hear_once(Trouble trouble, const std::string& sentence);

    Hear hear_;
    SegmentWalk walk_;
    std::function<bool(const journal_files::FrameIndex&)> wanted_;
    bool leaves_compressed_ = false;

    std::unique_ptr<SegmentReader> segment_;
    SeenFrames seen_;
    std::set<std::string> heard_;
    std::atomic<std::uint64_t> bytes_read_{0};
    std::uint64_t bytes_left_out_ = 0;
};

}  // namespace wideline::read

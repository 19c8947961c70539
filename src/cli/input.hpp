// The segments that a command was given, one piece after the other, with what is wrong said on standard error.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_status.hpp"
#include "read/lines.hpp"
#include "read/seen_frames.hpp"
#include "read/segment_reader.hpp"

namespace wideline::cli {

/// One sentence on standard error, after "wideline: ". Control characters in it are made visible.
void complain(std::string_view sentence);

class Input {
public:
    explicit Input(std::vector<std::string> paths) : paths_(std::move(paths)) {}

    using Take = std::function<void(const read::SegmentReader& segment, const read::Piece& piece)>;

    void set_wanted(std::function<bool(const journal_files::FrameIndex&)> wanted) { wanted_ = std::move(wanted); }
    /// As SegmentReader::leave_compressed.
    void leave_compressed() { leaves_compressed_ = true; }
    /// Says what is wrong with the input, and makes the status worse; the same once.
    void report_damage(const std::string& sentence);

    /// May be called again, to read the same once more. Reads everything, in order, and calls `take` with every piece
    /// but frames that came before (in another segment) and damage, which is complained about and makes the status
    /// worse; a path that cannot be read at all does too, and the others go on.
    ExitStatus for_each(const Take& take);

    [[nodiscard]] ExitStatus status() const noexcept { return status_; }
    /// How many bytes were read so far, and how many of them were damaged, or frames that came before.
    [[nodiscard]] std::uint64_t bytes_read() const noexcept { return bytes_read_; }
    [[nodiscard]] std::uint64_t bytes_left_out() const noexcept { return bytes_left_out_; }

private:
    void read_segment(const std::string& path, const Take& take);

    std::vector<std::string> paths_;
    std::function<bool(const journal_files::FrameIndex&)> wanted_;
    bool leaves_compressed_ = false;
    read::SeenFrames seen_;
    std::set<std::string> said_;
    std::uint64_t bytes_read_ = 0;
    std::uint64_t bytes_left_out_ = 0;
    ExitStatus status_ = ExitStatus::done;
};

using read::for_each_line;

}  // namespace wideline::cli

// The segments that a command was given, one piece after the other, with what is wrong said on standard error.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_status.hpp"
#include "cli/progress.hpp"
#include "read/lines.hpp"
#include "read/segment_input.hpp"

namespace wideline::cli {

/// Whether an argument leads to something that may be read: a file, a directory, or standard input ("-").
[[nodiscard]] bool is_path(const std::string& argument);

/// How many bytes the segments have that some paths mean; nothing where that cannot be known (standard input, a pipe).
[[nodiscard]] std::optional<std::uint64_t> bytes_at(const std::vector<std::string>& paths);

/// One sentence on standard error, after "wideline: ". Control characters in it are made visible.
void complain(std::string_view sentence);

class Input {
public:
    explicit Input(std::vector<std::string> paths);

    using Take = std::function<void(const read::SegmentReader& segment, const read::Piece& piece)>;

    void set_wanted(std::function<bool(const journal_files::FrameIndex&)> wanted) {
        segments_.set_wanted(std::move(wanted));
    }
    /// May be called again, to read the same once more. Reads everything, in order, and calls `take` with every piece
    /// but frames that came before (in another segment) and damage, which is complained about and makes the status
    /// worse; a path that cannot be read at all does too, and the others go on.
    ExitStatus for_each(const Take& take);
    /// For who reads them himself; what is wrong is complained about all the same. Progress is then his own matter.
    [[nodiscard]] read::SegmentInput& segments() noexcept { return segments_; }

    /// What was lost around the frames whose lines were taken, as their indexes say.
    [[nodiscard]] const std::vector<LostEvents>& lost() const noexcept { return lost_; }

    [[nodiscard]] ExitStatus status() const noexcept { return status_; }
    /// As those of read::SegmentInput.
    [[nodiscard]] const std::atomic<std::uint64_t>& bytes_read() const noexcept { return segments_.bytes_read(); }
    [[nodiscard]] std::uint64_t bytes_left_out() const noexcept { return segments_.bytes_left_out(); }

    [[nodiscard]] const std::vector<std::string>& paths() const noexcept { return paths_; }

private:
    std::vector<std::string> paths_;
    ExitStatus status_ = ExitStatus::done;
    std::vector<LostEvents> lost_;
    read::SegmentInput segments_;
};

/// "27,738 events that stood for 55,476 requests: 27,738 otherwise (queue_full)".
[[nodiscard]] std::string losses_text(const std::vector<LostEvents>& lost);
/// For a verb that does not correct its figures by what was lost: complains if anything was, and returns the status
/// that this makes of `status`.
[[nodiscard]] ExitStatus with_losses(ExitStatus status, const Input& input);

using read::for_each_line;

}  // namespace wideline::cli

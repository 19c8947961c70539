#include "cli/verify.hpp"

#include <fmt/format.h>

#include <utility>

#include "cli/input.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "encoding/printable.hpp"
#include "read/segment_check.hpp"
#include "read/segment_walk.hpp"

namespace wideline::cli {
namespace {

std::string counted(std::uint64_t count, std::string_view noun) {
    return with_thousands(static_cast<double>(count)) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string verdict(const std::string& path, const read::SegmentFindings& found) {
    std::string text = fmt::format("{}: {}, {}, {}, {}", printable(path), counted(found.frames, "frame"),
                                   counted(found.events, "event"), counted(found.errors, "error"),
                                   found.closed ? "closed" : "not closed");
    if (found.frames != 0 && found.without_index == found.frames) text += ", no indexes";
    if (found.indexes_of_later_form != 0)
        text += ", " + counted(found.indexes_of_later_form, "index frame") + " of a later version not checked";
    if (!found.lost.empty()) text += ", lost " + printable(losses_text(found.lost));
    return text + (found.problems == 0 ? ": good\n" : ": " + counted(found.problems, "problem") + "\n");
}

/// Checks segments one after the other and says what it found of each.
class Verifier {
public:
    [[nodiscard]] const std::atomic<std::uint64_t>& bytes_read() const noexcept { return bytes_read_; }

    void verify_path(const std::string& path) {
        bool readable = true;
        read::SegmentWalk walk(platform::FileSystem::real(), {path}, [&](const std::string& sentence) {
            complain(sentence);
            status_ = ExitStatus::unusable;
            readable = false;
        });
        walk.count_into(bytes_read_);
        std::uint64_t deleted = 0;
        while (const auto segment = walk.next()) {
            if (std::exchange(deleted, walk.deleted()) != walk.deleted()) check_.expect_gap();
            verify_segment(*segment);
        }
        if (walk.listed() != 0 || !readable) return;
        complain("there is no segment in " + path);
        status_ = worse(status_, ExitStatus::nothing_or_problems);
    }

    [[nodiscard]] ExitStatus finish() {
        if (segments_ > 1)
            output_.write(fmt::format("total: {}, {}, {}, {}, {}\n", counted(segments_, "segment"),
                                      counted(total_.frames, "frame"), counted(total_.events, "event"),
                                      counted(total_.errors, "error"), counted(total_.problems, "problem")));
        output_.flush();
        return status_;
    }

private:
    void verify_segment(read::SegmentReader& segment) {
        const std::string& path = segment.path();
        const auto found = check_.check(segment, [&path](std::uint64_t offset, const std::string& sentence) {
            complain(path + " at byte " + std::to_string(offset) + ": " + sentence);
        });
        output_.write(verdict(path, found));
        if (found.problems != 0) status_ = worse(status_, ExitStatus::nothing_or_problems);
        ++segments_;
        total_.frames += found.frames;
        total_.events += found.events;
        total_.errors += found.errors;
        total_.problems += found.problems;
    }

    std::atomic<std::uint64_t> bytes_read_{0};
    read::SegmentCheck check_;
    read::SegmentFindings total_;
    std::uint64_t segments_ = 0;
    Output output_;
    ExitStatus status_ = ExitStatus::done;
};

}  // namespace

ExitStatus verify(const VerifyOptions& options) {
    Verifier verifier;
    {
        const Progress progress(verifier.bytes_read(), [&options] { return bytes_at(options.paths); });
        for (const std::string& path : options.paths) verifier.verify_path(path);
    }
    return verifier.finish();
}

}  // namespace wideline::cli

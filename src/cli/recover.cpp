#include "cli/recover.hpp"

#include <cerrno>

#include <fmt/format.h>

#include "cli/input.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "encoding/printable.hpp"
#include "journal/recovery.hpp"
#include "journal/segment_name.hpp"
#include "read/segment_list.hpp"
#include "read/segment_repair.hpp"

namespace wideline::cli {
namespace {

using platform::FileSystem;

/// What a process is writing is no damage: it lacks its end.
bool is_being_written(const platform::Failure& failure) { return failure.error_number == EWOULDBLOCK; }

class Recoverer {
public:
    [[nodiscard]] const std::atomic<std::uint64_t>& bytes_done() const noexcept { return bytes_done_; }

    void recover_path(const std::string& path) {
        const auto directory = FileSystem::real().is_directory(path);
        if (!directory.ok()) return unusable(directory.failure());
        if (directory.value()) recover_processes(path);
        const auto segments = read::segments_at(FileSystem::real(), path);
        if (!segments.ok()) return unusable(segments.failure());
        for (const std::string& segment : segments.value()) {
            if (directory.value() && !segment.ends_with(journal_files::kSegmentSuffix)) continue;  // Plain lines.
            const std::uint64_t bytes = bytes_at({segment}).value_or(0);  // Before it is written anew.
            repair(segment);
            bytes_done_ += bytes;
        }
    }

    [[nodiscard]] ExitStatus finish() {
        output_.flush();
        return status_;
    }

private:
    void recover_processes(const std::string& path) {
        const journal_files::Recovery found =
            journal_files::recover_arenas(path, {}, FileSystem::real(), platform::Clock::real());
        for (const std::string& problem : found.problems) {
            complain(problem);
            status_ = worse(status_, ExitStatus::nothing_or_problems);
        }
        if (found.not_hashed != 0)
            complain(fmt::format("{}: {} removed: the rules say to hash, and the secret is known to the service alone",
                                 path, counted(found.not_hashed, "value was", "values were")));
        output_.write(fmt::format("{}: {} left {}, {} of them under way\n", printable(path),
                                  counted(found.processes, "dead process", "dead processes"),
                                  counted(found.finished + found.crashed, "event", "events"),
                                  with_thousands(static_cast<double>(found.crashed))));
    }

    void repair(const std::string& path) {
        const auto repaired = read::repair_segment(path, FileSystem::real());
        if (!repaired.ok()) {
            if (is_being_written(repaired.failure())) return;
            complain(repaired.failure().sentence());
            status_ = worse(status_, ExitStatus::nothing_or_problems);
            return;
        }
        const read::Repair& repair = repaired.value();
        for (const read::Repair::Cut& cut : repair.cuts)
            complain(fmt::format("{} at byte {}: {}; left out {}", path, cut.offset, cut.reason,
                                 counted(cut.bytes, "byte", "bytes")));
        if (!repair.changed) return;
        output_.write(fmt::format("{}: written anew, {}", printable(path), counted(repair.frames, "frame", "frames")));
        if (repair.rebuilt_indexes != 0)
            output_.write(fmt::format(", {} made anew", counted(repair.rebuilt_indexes, "index", "indexes")));
        output_.write("\n");
    }

    static std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
        return with_thousands(static_cast<double>(count)) + " " + std::string(count == 1 ? one : many);
    }

    void unusable(const platform::Failure& failure) {
        complain(failure.sentence());
        status_ = ExitStatus::unusable;
    }

    std::atomic<std::uint64_t> bytes_done_{0};
    Output output_;
    ExitStatus status_ = ExitStatus::done;
};

}  // namespace

ExitStatus recover(const RecoverOptions& options) {
    Recoverer recoverer;
    {
        const Progress progress(recoverer.bytes_done(), [&options] { return bytes_at(options.paths); });
        for (const std::string& path : options.paths) recoverer.recover_path(path);
    }
    return recoverer.finish();
}

}  // namespace wideline::cli

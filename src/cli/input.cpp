#include "cli/input.hpp"

#include <cerrno>
#include <cstdio>

#include "cli/table.hpp"
#include "encoding/printable.hpp"
#include "journal/lost_section.hpp"
#include "read/loss_correction.hpp"
#include "read/segment_list.hpp"

namespace wideline::cli {

bool is_path(const std::string& argument) {
    return argument == "-" || platform::FileSystem::real().is_directory(argument).ok();
}

std::optional<std::uint64_t> bytes_at(const std::vector<std::string>& paths) {
    platform::FileSystem& files = platform::FileSystem::real();
    std::uint64_t bytes = 0;
    for (const std::string& path : paths) {
        const auto segments = read::segments_at(files, path);
        if (!segments.ok()) continue;
        for (const std::string& segment : segments.value()) {
            if (read::is_read_once(segment)) return std::nullopt;
            const auto target = files.target(segment);
            if (target.ok())
                bytes += target.value().bytes;
            else if (target.failure().error_number != ENOENT)
                return std::nullopt;
        }
    }
    return bytes;
}

void complain(std::string_view sentence) {
    const Progress::Pause pause(Progress::Pause::For::sentence);
    const std::string line = "wideline: " + printable(sentence) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
}

Input::Input(std::vector<std::string> paths)
    : paths_(paths),
      segments_(platform::FileSystem::real(), std::move(paths),
                [this](read::SegmentInput::Trouble trouble, const std::string& sentence) {
                    const bool damage = trouble == read::SegmentInput::Trouble::damage;
                    complain(sentence);
                    status_ = worse(status_, damage ? ExitStatus::nothing_or_problems : ExitStatus::unusable);
                }) {}

ExitStatus Input::for_each(const Take& take) {
    const Progress progress(bytes_read(), [this] { return bytes_at(paths_); });
    segments_.begin_again();
    lost_.clear();
    while (const auto piece = segments_.next()) {
        if (piece->index != nullptr && piece->kind == read::Piece::Kind::lines)
            journal_files::add(piece->index->lost, lost_);
        take(segments_.segment(), *piece);
    }
    return status_;
}

std::string losses_text(const std::vector<LostEvents>& lost) {
    const auto number = [](std::uint64_t events) { return with_thousands(static_cast<double>(events)); };
    std::string text = number(read::events_of(lost)) + " events that stood for " +
                       with_thousands(read::requests_of(lost)) + " requests:";
    for (const LostEvents& one : lost)
        text += (&one == lost.data() ? " " : ", ") + number(one.events) + " " +
                (one.rule.empty() ? "of no rule" : one.rule) + " (" + std::string(name_of(one.reason)) + ")";
    return text;
}

ExitStatus with_losses(ExitStatus status, const Input& input) {
    if (input.lost().empty()) return status;
    complain("the figures lack what was lost, " + losses_text(input.lost()) + "; wideline stats corrects by it");
    return worse(status, ExitStatus::nothing_or_problems);
}

}  // namespace wideline::cli

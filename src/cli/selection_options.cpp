#include "cli/selection_options.hpp"

#include <chrono>
#include <stdexcept>

namespace wideline::cli {
namespace {

std::optional<read::TimePoint> moment(const std::string& option, const std::string& text) {
    if (text.empty()) return std::nullopt;
    const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    const auto parsed = read::parse_moment(text, now);
    if (!parsed)
        throw std::invalid_argument(option +
                                    " takes a time like 2026-11-23T22:00:00Z or 2026-11-23, or a span before now "
                                    "like 15m, 2h or 3d, not \"" +
                                    text + "\"");
    return parsed;
}

}  // namespace

read::Selection::Bounds bounds_of(const SelectionOptions& options) {
    using Outcome = read::Selection::Bounds::Outcome;
    return {moment("--since", options.since), moment("--until", options.until),
            options.errors ? Outcome::failed : Outcome::any};
}

ExitStatus for_each_selected(Input& input, read::Selection& selection,
                             const std::function<void(std::string_view lines)>& take) {
    using read::Share;
    input.set_wanted([&selection](const auto& index) { return selection.of(&index) != Share::none; });
    std::string selected;
    const ExitStatus status = input.for_each([&](const read::SegmentReader&, const read::Piece& piece) {
        if (piece.kind != read::Piece::Kind::lines) return;
        if (selection.of(piece.index) == Share::all) return take(piece.lines);
        selected.clear();
        for_each_line(piece.lines, [&](std::string_view line) {
            if (selection.takes(line).value_or(true)) selected += line;
        });
        if (!selected.empty()) take(selected);
    });
    return with_missing_times(status, selection.without_time());
}

ExitStatus for_each_selected_line(Input& input, read::Selection& selection,
                                  const std::function<void(std::string_view line)>& take,
                                  const std::function<void(const read::Piece& piece)>& begin) {
    using read::Share;
    input.set_wanted([&selection](const auto& index) { return selection.of(&index) != Share::none; });
    const ExitStatus status = input.for_each([&](const read::SegmentReader&, const read::Piece& piece) {
        if (piece.kind != read::Piece::Kind::lines) return;
        begin(piece);
        const bool all = selection.of(piece.index) == Share::all;
        for_each_line(piece.lines, [&](std::string_view line) {
            if (all || selection.takes(line).value_or(true)) take(line);
        });
    });
    return with_missing_times(status, selection.without_time());
}

ExitStatus with_missing_times(ExitStatus status, std::uint64_t events) {
    if (events == 0) return status;
    complain(read::had_no_time(events));
    return worse(status, ExitStatus::nothing_or_problems);
}

std::string_view nothing_there(const read::Selection& selection) {
    return selection.takes_everything() ? "there are no events"
                                        : "no event was selected; widen --since, --until or --errors";
}

}  // namespace wideline::cli

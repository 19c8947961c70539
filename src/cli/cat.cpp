#include "cli/cat.hpp"

#include <chrono>
#include <stdexcept>

#include "cli/event_printer.hpp"
#include "cli/input.hpp"
#include "read/selection.hpp"

namespace wideline::cli {
namespace {

using read::Piece;
using read::Selection;
using read::Share;

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

Selection::Bounds bounds_of(const CatOptions& options) {
    return {moment("--since", options.since), moment("--until", options.until),
            options.errors ? Selection::Bounds::Outcome::failed : Selection::Bounds::Outcome::any};
}

}  // namespace

ExitStatus cat(const CatOptions& options) {
    Selection selection(bounds_of(options));
    EventPrinter printer({options.pretty, options.fields});
    std::uint64_t bad_lines = 0;

    Input input(options.paths);
    input.set_wanted([&selection](const auto& index) { return selection.of(&index) != Share::none; });
    ExitStatus status = input.for_each([&](const read::SegmentReader&, const Piece& piece) {
        if (piece.kind != Piece::Kind::lines) return;
        const bool all = selection.of(piece.index) == Share::all;
        if (all && printer.whole_lines()) return printer.print_lines(piece.lines);
        for_each_line(piece.lines, [&](std::string_view line) {
            const auto taken = all ? true : selection.takes(line);
            if (!taken || (*taken && !printer.print(line))) ++bad_lines;
        });
    });
    printer.flush();

    if (bad_lines != 0) {
        complain(std::to_string(bad_lines) + " lines are no JSON objects and were left out");
        status = worse(status, ExitStatus::nothing_or_problems);
    }
    if (!printer.printed() && status == ExitStatus::done) {
        complain(selection.takes_everything() ? "there are no events"
                                              : "no event was selected; widen --since, --until or --errors");
        status = ExitStatus::nothing_or_problems;
    }
    return status;
}

}  // namespace wideline::cli

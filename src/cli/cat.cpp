#include "cli/cat.hpp"

#include "cli/event_printer.hpp"
#include "cli/input.hpp"
#include "read/selection.hpp"

namespace wideline::cli {
using read::Piece;
using read::Selection;
using read::Share;

ExitStatus cat(const CatOptions& options) {
    Selection selection(bounds_of(options.selection));
    EventPrinter printer({options.pretty, options.fields});
    std::uint64_t bad_lines = 0;

    Input input(options.paths);
    input.set_wanted([&selection](const auto& index) { return selection.of(&index) != Share::none; });
    ExitStatus status = input.for_each([&](const read::SegmentReader&, const Piece& piece) {
        if (piece.kind != Piece::Kind::lines) return;
        const bool all = selection.of(piece.index) == Share::all;
        if (all && printer.whole_lines()) {
            printer.print_lines(piece.lines);
        } else {
            for_each_line(piece.lines, [&](std::string_view line) {
                const auto taken = all ? true : selection.takes(line);
                if (!taken || (*taken && !printer.print(line))) ++bad_lines;
            });
        }
        printer.show();
    });
    printer.flush();

    status = with_missing_times(status, selection.without_time());
    if (bad_lines != 0) {
        complain(read::were_left_out(bad_lines));
        status = worse(status, ExitStatus::nothing_or_problems);
    }
    if (!printer.printed() && status == ExitStatus::done) {
        complain(nothing_there(selection));
        status = ExitStatus::nothing_or_problems;
    }
    return status;
}

}  // namespace wideline::cli

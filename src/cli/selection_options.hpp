// --since, --until and --errors: which events a verb reads.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/input.hpp"
#include "read/selection.hpp"

namespace wideline::cli {

struct SelectionOptions {
    std::string since;  ///< As read::parse_moment takes it; empty for no bound.
    std::string until;
    bool errors = false;
};

/// Throws std::invalid_argument for a time that is none.
[[nodiscard]] read::Selection::Bounds bounds_of(const SelectionOptions& options);

/// Calls `take` with the lines that the selection takes, many at once, and with those that are no JSON objects; they
/// need not have readable bytes behind them. Frames that it rules out are not read.
ExitStatus for_each_selected(Input& input, read::Selection& selection,
                             const std::function<void(std::string_view lines)>& take);

/// Complains about events that it left out because they have no time, and returns the status that this makes of
/// `status`.
[[nodiscard]] ExitStatus with_missing_times(ExitStatus status, std::uint64_t events);

/// The same, line by line, each with readable bytes behind it as it lies in its piece. Calls `begin` with each piece
/// before its lines.
ExitStatus for_each_selected_line(
    Input& input, read::Selection& selection, const std::function<void(std::string_view line)>& take,
    const std::function<void(const read::Piece& piece)>& begin = [](const read::Piece&) {});

/// What is to be said where nothing came.
[[nodiscard]] std::string_view nothing_there(const read::Selection& selection);

}  // namespace wideline::cli

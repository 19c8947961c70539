// `wideline grep`: the events that match.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/exit_status.hpp"
#include "cli/selection_options.hpp"

namespace wideline::cli {

struct GrepOptions {
    /// Expressions, then paths: the first is an expression, the first one after it that is there, or -, is a path, and
    /// so are all behind that.
    std::vector<std::string> arguments;
    bool any = false;
    bool count = false;
    std::optional<std::uint64_t> most;  ///< Events that match.
    std::string sort;                   ///< A field; empty for the order in which events lie.
    bool whole_traces = false;
    SelectionOptions selection;
    bool pretty = false;
    std::vector<std::string> fields;  ///< Only these, in this order; empty for all.
};

/// Throws ClosedPipe, and std::invalid_argument for a time or an expression that is none.
ExitStatus grep(const GrepOptions& options);

}  // namespace wideline::cli

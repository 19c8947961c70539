// `wideline diff`: which field values set a selection of events apart from the rest.
#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.hpp"
#include "cli/selection_options.hpp"

namespace wideline::cli {

struct DiffOptions {
    std::vector<std::string> paths;
    std::vector<std::string> within;  ///< Of what both sides must be; all of them must hold.
    SelectionOptions selection;
    std::vector<std::string> where;  ///< Expressions as of grep; none for errors.
    bool json = false;
};

/// Throws ClosedPipe, and std::invalid_argument for a time or an expression that is none.
ExitStatus diff(const DiffOptions& options);

}  // namespace wideline::cli

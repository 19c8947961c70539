// `wideline diff`: which field values set a selection of events apart from the rest.
#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.hpp"

namespace wideline::cli {

struct DiffOptions {
    std::vector<std::string> paths;
    std::vector<std::string> where;  ///< Expressions as of grep; none for errors.
    bool json = false;
};

/// Throws ClosedPipe, and std::invalid_argument for a condition that is none.
ExitStatus diff(const DiffOptions& options);

}  // namespace wideline::cli

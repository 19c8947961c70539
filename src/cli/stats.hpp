// `wideline stats`: how many requests there were, how many failed, how long they took.
#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.hpp"
#include "cli/selection_options.hpp"

namespace wideline::cli {

struct StatsOptions {
    std::vector<std::string> paths;
    std::string by = "name";
    SelectionOptions selection;
    bool json = false;
};

/// Throws ClosedPipe, and std::invalid_argument for a time that is none.
ExitStatus stats(const StatsOptions& options);

}  // namespace wideline::cli

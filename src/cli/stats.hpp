// `wideline stats`: how many requests there were, how many failed, how long they took.
#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.hpp"

namespace wideline::cli {

struct StatsOptions {
    std::vector<std::string> paths;
    std::string by = "name";
    bool json = false;
};

/// Throws ClosedPipe.
ExitStatus stats(const StatsOptions& options);

}  // namespace wideline::cli

// `wideline stats`: how many requests there were, how many failed, how long they took; or what a number field was.
#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.hpp"
#include "cli/selection_options.hpp"

namespace wideline::cli {

struct StatsOptions {
    std::vector<std::string> paths;
    std::string by = "name";
    std::string over;  ///< A span of time to group by instead, as read::parse_span takes it; empty for none.
    std::string of;    ///< A number field to describe instead of requests; empty for none.
    SelectionOptions selection;
    bool json = false;
};

/// Throws ClosedPipe, and std::invalid_argument for a time or span that is none.
ExitStatus stats(const StatsOptions& options);

}  // namespace wideline::cli

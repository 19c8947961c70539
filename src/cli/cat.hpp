// `wideline cat`: the events of segments.
#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.hpp"
#include "cli/selection_options.hpp"

namespace wideline::cli {

struct CatOptions {
    std::vector<std::string> paths;
    SelectionOptions selection;
    bool pretty = false;
    std::vector<std::string> fields;  ///< Only these, in this order; empty for all.
};

/// Throws ClosedPipe, and std::invalid_argument for a time that is none.
ExitStatus cat(const CatOptions& options);

}  // namespace wideline::cli

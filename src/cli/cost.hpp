// `wideline cost`: what each field, each rule and each kept event takes on disk, and what sampling saved.
#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.hpp"
#include "cli/selection_options.hpp"

namespace wideline::cli {

struct CostOptions {
    std::vector<std::string> paths;
    SelectionOptions selection;
    bool json = false;
    bool cpu = false;         ///< What requests cost, by a field's values, and not what fields take.
    std::string by = "name";  ///< With cpu.
    std::string price;        ///< With cpu: `cpu=0.04,disk=0.1`.
};

/// Throws ClosedPipe, and std::invalid_argument for a time or a price that is none.
ExitStatus cost(const CostOptions& options);

}  // namespace wideline::cli

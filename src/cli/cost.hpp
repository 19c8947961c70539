// `wideline cost`: what each field, each rule and each kept event takes on disk, and what sampling saved.
#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.hpp"

namespace wideline::cli {

struct CostOptions {
    std::vector<std::string> paths;
    bool json = false;
};

/// Throws ClosedPipe.
ExitStatus cost(const CostOptions& options);

}  // namespace wideline::cli

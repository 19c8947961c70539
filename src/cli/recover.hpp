// `wideline recover`: writes into a journal what dead processes left in memory, and makes its segments whole.
#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.hpp"

namespace wideline::cli {

struct RecoverOptions {
    std::vector<std::string> paths;
};

/// Throws ClosedPipe.
ExitStatus recover(const RecoverOptions& options);

}  // namespace wideline::cli

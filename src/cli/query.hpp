// `wideline query`: SQL over the view `events`.
#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.hpp"

namespace wideline::cli {

struct QueryOptions {
    std::vector<std::string> arguments;  ///< Paths, and a statement before or after them; without one, a prompt.
    bool json = false;
    bool csv = false;
    std::string parquet;  ///< The file; empty for none.
};

/// Throws ClosedPipe, and std::invalid_argument for arguments that are no paths and a statement.
ExitStatus query(const QueryOptions& options);

}  // namespace wideline::cli

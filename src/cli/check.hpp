// `wideline check`: whether a configuration file is right, and where it is not.
#pragma once

#include <string>

#include "cli/exit_status.hpp"

namespace wideline::cli {

struct CheckOptions {
    std::string path;
    bool schema = false;
};

/// Throws ClosedPipe.
ExitStatus check(const CheckOptions& options);

}  // namespace wideline::cli

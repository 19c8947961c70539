// `wideline scan`: what redaction would take out of journals that were written without it.
#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.hpp"

namespace wideline::cli {

struct ScanOptions {
    std::vector<std::string> paths;
};

/// Prints keys, kinds and counts, and never a value. Throws ClosedPipe.
ExitStatus scan(const ScanOptions& options);

}  // namespace wideline::cli

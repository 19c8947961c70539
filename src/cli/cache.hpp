// `wideline cache`: puts closed segments into columns before anybody asks.
#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.hpp"

namespace wideline::cli {

struct CacheOptions {
    std::vector<std::string> paths;
};

/// Throws ClosedPipe.
ExitStatus cache(const CacheOptions& options);

}  // namespace wideline::cli

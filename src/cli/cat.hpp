// `wideline cat`: the events of segments.
#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.hpp"

namespace wideline::cli {

struct CatOptions {
    std::vector<std::string> paths;
    std::string since;  ///< As read::parse_moment takes it; empty for no bound.
    std::string until;
    bool errors = false;
    bool pretty = false;
    std::vector<std::string> fields;  ///< Only these, in this order; empty for all.
};

/// Throws ClosedPipe, and std::invalid_argument for a time that is none.
ExitStatus cat(const CatOptions& options);

}  // namespace wideline::cli

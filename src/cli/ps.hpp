// `wideline ps`: the requests that are under way.
#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.hpp"

namespace wideline::cli {

struct PsOptions {
    std::vector<std::string> arguments;  ///< Expressions, then journals.
    std::string name;                    ///< Only requests of this name; empty for all.
    bool json = false;
    bool follow = false;  ///< Until the output is closed, or forever.
};

/// Throws ClosedPipe.
ExitStatus ps(const PsOptions& options);

}  // namespace wideline::cli

// `wideline verify`: whether segments are whole and say the truth about themselves.
#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.hpp"

namespace wideline::cli {

struct VerifyOptions {
    std::vector<std::string> paths;
};

/// Throws ClosedPipe.
ExitStatus verify(const VerifyOptions& options);

}  // namespace wideline::cli

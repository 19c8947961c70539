// `wideline view`: a local web page over a journal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/exit_status.hpp"

namespace wideline::cli {

struct ViewOptions {
    std::vector<std::string> paths;
    std::string host = "127.0.0.1";
    std::optional<int> port;  ///< 0 for any; nothing for the usual one, or any where that is taken.
};

/// Serves until SIGINT or SIGTERM. Throws ClosedPipe.
ExitStatus view(const ViewOptions& options);

}  // namespace wideline::cli

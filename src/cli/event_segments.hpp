// The segments that a path on the command line means and that can be read; the others are complained about.
#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.hpp"

namespace wideline::cli {

struct EventSegments {
    std::vector<std::string> segments;
    ExitStatus status = ExitStatus::done;
};

[[nodiscard]] EventSegments event_segments(const std::vector<std::string>& paths);

}  // namespace wideline::cli

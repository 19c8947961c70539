// `wideline replay`: sends what a journal has once more, beside the live route, with cursors of its own.
#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.hpp"

namespace wideline::cli {

struct ReplayCommand {
    std::vector<std::string> arguments;  ///< EXPR… JOURNAL
    std::string config;
    std::string forward;
    std::string target;
    std::string since;
    std::string until;
    std::string resume;  ///< The id of a replay that was interrupted.
    bool dry_run = false;
};

ExitStatus replay(const ReplayCommand& command);

}  // namespace wideline::cli

// `wideline dead`: the events that backends refused, listed, shown, sent again, or deleted.
#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.hpp"

namespace wideline::cli {

struct DeadCommand {
    std::vector<std::string> arguments;  ///< list|show|retry|drop [FORWARD/TARGET] [EXPR…] JOURNAL
    std::string config;
    bool yes = false;
};

ExitStatus dead(const DeadCommand& command);

}  // namespace wideline::cli

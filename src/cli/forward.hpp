// `wideline forward`: delivers what a journal holds to the targets of a configuration file, and says how far it is.
#pragma once

#include <string>

#include "cli/exit_status.hpp"

namespace wideline::cli {

struct ForwardCommand {
    std::string journal;
    std::string config;
    std::string forward;  ///< Only this one.
    std::string target;   ///< Only this one.
    bool once = false;
    bool status = false;
    bool check = false;
    bool json = false;
    std::string metrics;  ///< HOST:PORT
    std::string forget;   ///< FORWARD/TARGET
    bool skip_to_end = false;
    std::string accept_dead;  ///< FORWARD/TARGET
};

ExitStatus forward(const ForwardCommand& command);

}  // namespace wideline::cli

// The routes of a configuration at a glance, by their files alone.
#pragma once

#include "cli/exit_status.hpp"
#include "cli/forward_input.hpp"

namespace wideline::cli {

/// `done` if nothing is dead, held or waiting.
ExitStatus print_routes(const ForwardInput& input, bool json);

}  // namespace wideline::cli

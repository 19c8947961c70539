// What people can do to a route: forget it, let it pass what is there, say that refusals are right.
#pragma once

#include <string>

#include "cli/exit_status.hpp"

namespace wideline::cli {

/// Deletes the cursors of `FORWARD/TARGET`: it begins again with the oldest event. Dead letters stay.
ExitStatus forget_route(const std::string& journal, const std::string& route);
/// Moves them past all that is there, and says how many events that skips.
ExitStatus skip_to_end(const std::string& journal, const std::string& route);
/// A route that is held because everything is refused goes on; its refusals are dead letters until one is accepted.
ExitStatus accept_dead(const std::string& journal, const std::string& route);

}  // namespace wideline::cli

// Delivers what is there now, and ends.
#pragma once

#include <optional>
#include <string>

#include <wideline/forward.hpp>

#include "cli/exit_status.hpp"
#include "forward/forwarding.hpp"

namespace wideline::cli {

/// `done` if nothing waits and nothing became dead. SIGINT and SIGTERM end it early. Prints what was delivered if it is
/// an `again`.
ExitStatus forward_once(const std::string& journal, ForwardOptions options, std::optional<delivery::Again> again = {});
/// The same of a forwarding that is under way.
ExitStatus deliver_once(delivery::Forwarding& forwarding);

}  // namespace wideline::cli

// What the command can do: each verb with its options, its help, and the function that does it, which is a file of its
// own.
#pragma once

#include "cli/exit_status.hpp"

namespace CLI {
class App;
}

namespace wideline::cli {

/// Parsing `app` runs the verb that was asked for, and puts what came of it into `status`. Both outlive the parsing.
void add_verbs(CLI::App& app, ExitStatus& status);

}  // namespace wideline::cli

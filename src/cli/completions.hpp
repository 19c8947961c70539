// `wideline completions SHELL`: a script that completes verbs, options and paths, made of the options themselves.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/exit_status.hpp"

namespace wideline::cli {

/// `shell` is bash, zsh or fish; throws std::invalid_argument for another. Throws ClosedPipe.
ExitStatus completions(const CLI::App& app, const std::string& shell);

}  // namespace wideline::cli

// `wideline cost --cpu`: what requests cost in CPU time and on disk, by name or by any field, and what a month of it
// takes.
#pragma once

#include "cli/cost.hpp"

namespace wideline::cli {

/// Throws ClosedPipe, and std::invalid_argument for a time or a price that is none.
ExitStatus cost_cpu(const CostOptions& options);

}  // namespace wideline::cli

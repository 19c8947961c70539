// `wideline stats --of FIELD`: what the numbers of a field are.
#pragma once

#include "cli/exit_status.hpp"
#include "cli/stats.hpp"

namespace wideline::cli {

/// Throws as stats().
ExitStatus stats_of(const StatsOptions& options);

}  // namespace wideline::cli

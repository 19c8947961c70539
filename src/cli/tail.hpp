// `wideline tail`: the newest events of segments, and those to come.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/exit_status.hpp"

namespace wideline::cli {

struct TailOptions {
    std::vector<std::string> arguments;  ///< Expressions, then paths.
    std::uint64_t events = 10;
    bool follow = false;  ///< Until the output is closed, or for ever.
    bool errors = false;
    bool pretty = false;
    std::vector<std::string> fields;  ///< Only these, in this order; empty for all.
};

/// Throws ClosedPipe.
ExitStatus tail(const TailOptions& options);

}  // namespace wideline::cli

// `wideline schema`: which fields events have, and what changed among them.
#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.hpp"

namespace wideline::cli {

struct SchemaOptions {
    std::vector<std::string> paths;
    bool json = false;
    bool json_schema = false;
    bool clickhouse = false;
    std::string check;  ///< An earlier schema's file; empty for none.
};

/// Throws ClosedPipe, and std::invalid_argument for a file that holds no schema.
ExitStatus schema(const SchemaOptions& options);

}  // namespace wideline::cli

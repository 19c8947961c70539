// `wideline schema`: which fields events have, and what changed among them.
#pragma once

#include <string>
#include <vector>

#include "cli/exit_status.hpp"
#include "cli/selection_options.hpp"

namespace wideline::cli {

struct SchemaOptions {
    std::vector<std::string> paths;
    SelectionOptions selection;
    bool json = false;
    bool json_schema = false;
    bool clickhouse = false;
    std::string check;  ///< An earlier schema's file; empty for none.
};

/// Throws ClosedPipe, and std::invalid_argument for a time that is none and a file that holds no schema.
ExitStatus schema(const SchemaOptions& options);

}  // namespace wideline::cli

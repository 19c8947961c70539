// The section "redact" of a configuration file.
#pragma once

#include <wideline/redaction.hpp>

#include "config/json_section.hpp"

namespace wideline::config {

/// Throws Wrong.
[[nodiscard]] Redaction read_redaction(const Section& section);

}  // namespace wideline::config

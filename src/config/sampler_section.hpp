// The rules of a configuration file: what it can say is what the code can say, by the same names, but for predicates.
// docs/config.md shows each of them, config.schema.json is their schema.
#pragma once

#include <wideline/sampler.hpp>

#include "config/json_section.hpp"

namespace wideline::config {

/// Throws Wrong for the first thing that is wrong.
[[nodiscard]] TailSampler read_sampler(const Section& section);
[[nodiscard]] Condition read_condition(const Section& section);

}  // namespace wideline::config

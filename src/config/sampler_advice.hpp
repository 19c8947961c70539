// What a sampler section says without being wrong, and probably does not mean.
#pragma once

#include <vector>

#include "config/json_section.hpp"

namespace wideline::config {

/// A sentence for each place. For a section that read_sampler accepts.
[[nodiscard]] std::vector<Wrong> advice_on_sampler(const Section& section);

}  // namespace wideline::config

// The section `forward` of a configuration file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <wideline/forward.hpp>

#include "config/config_file.hpp"

namespace wideline::delivery {

struct ForwardConfig {
    ForwardOptions options;
    std::vector<config::Problem> problems;  ///< The first one of each forward.
    std::string journal;                    ///< journal.directory of the same file; empty if it is not there.
    bool present = false;                   ///< Whether the file has the section.
};

/// Any bytes may come in. Opens nothing. What is wrong in other sections is not looked at.
[[nodiscard]] ForwardConfig read_forward_config(std::string_view text);
/// The options in the text of the file at `path`. Throws std::invalid_argument with a sentence about the first problem.
[[nodiscard]] ForwardOptions forward_options_of(const std::string& path, std::string_view text);

}  // namespace wideline::delivery

// What the verbs about delivery are given: a configuration file, a journal, and names.
#pragma once

#include <optional>
#include <string>

#include <wideline/forward.hpp>

namespace wideline::cli {

struct ForwardInput {
    ForwardOptions options;
    std::string journal;
    bool narrowed = false;  ///< Not all of the file's routes.
};

/// Complains about what is wrong, and gives nothing then. `forward` and `target` narrow it if they are not empty;
/// `journal` may be empty if the file names one.
[[nodiscard]] std::optional<ForwardInput> read_forward_input(const std::string& config, const std::string& journal,
                                                             const std::string& forward, const std::string& target);

/// The directory of all routes.
[[nodiscard]] std::string state_of(const std::string& journal);
/// The directory of `FORWARD/TARGET`; complains, and gives nothing, if there is none.
[[nodiscard]] std::optional<std::string> route_directory(const std::string& journal, const std::string& route);

}  // namespace wideline::cli

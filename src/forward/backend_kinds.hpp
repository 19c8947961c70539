// Which kinds of backends a configuration file can name: those whose component is linked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <wideline/forward.hpp>

#include "config/json_section.hpp"

namespace wideline::delivery {

/// Makes a target of the object that stands under the kind's name. Throws config::Wrong.
using ReadTarget = TargetPtr (*)(const config::Section& section);

/// Called by a component while the program is loaded. Gives true.
WIDELINE_EXPORT bool add_backend_kind(const char* kind, ReadTarget read);
/// Null if no component of that name is linked.
[[nodiscard]] ReadTarget backend_kind(std::string_view kind);
/// By name: what is linked, and `custom`, which a file cannot name, is not among them.
[[nodiscard]] WIDELINE_EXPORT std::vector<std::string> backend_kinds();
/// Whether wideline has such a backend at all.
[[nodiscard]] bool is_known_backend(std::string_view kind);

}  // namespace wideline::delivery

// What all targets have in common in a configuration file.
#pragma once

#include <map>
#include <string>

#include <wideline/forward.hpp>

#include "config/json_section.hpp"

namespace wideline::delivery {

/// {"env": "NAME"} or {"file": "PATH"}. A credential that stands in the file is refused.
[[nodiscard]] WIDELINE_EXPORT Secret read_secret(const config::Section& section);
[[nodiscard]] WIDELINE_EXPORT forward::Tls read_tls(const config::Section& section);
[[nodiscard]] WIDELINE_EXPORT forward::Limits read_limits(const config::Section& section);
/// An object of texts, numbers, true and false.
[[nodiscard]] WIDELINE_EXPORT std::map<std::string, std::string> read_texts(const config::Section& section);

}  // namespace wideline::delivery

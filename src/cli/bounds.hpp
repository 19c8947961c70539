// --since, --until and --errors.
#pragma once

#include <string>

#include "read/selection.hpp"

namespace wideline::cli {

/// `since` and `until` as read::parse_moment takes them; empty for no bound. Throws std::invalid_argument for a time
/// that is none.
[[nodiscard]] read::Selection::Bounds bounds_of(const std::string& since, const std::string& until, bool errors);

}  // namespace wideline::cli

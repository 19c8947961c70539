// Events as the wire has them: without some keys, or with other characters in them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <wideline/export.hpp>

namespace wideline::delivery {

/// Whether a key, as it stands in a line, is one of the patterns: the key itself, or its beginning and a `*`.
[[nodiscard]] bool is_omitted(std::string_view key, const std::vector<std::string>& omit);

/// Appends the event without those keys. A line that is not a JSON object is appended as it is.
void append_without(std::string_view event, const std::vector<std::string>& omit, std::string& to);

/// Appends the event with `instead` for each dot in its keys, at the outermost level.
WIDELINE_EXPORT void append_with_dots(std::string_view event, std::string_view instead, std::string& to);

}  // namespace wideline::delivery

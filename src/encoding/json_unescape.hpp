// JSON strings back to text.
#pragma once

#include <string>
#include <string_view>

namespace wideline::json_text {

/// The text of a JSON string, its quotes included; other values as they stand. Bad escapes are kept as they stand.
[[nodiscard]] std::string unescaped(std::string_view value);

}  // namespace wideline::json_text

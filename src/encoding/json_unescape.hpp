// JSON strings back to text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wideline::json_text {

/// The text of a JSON string, its quotes included; other values as they stand. Bad escapes are kept as they stand.
[[nodiscard]] std::string unescaped(std::string_view value);

/// Just past the string whose first quote is at `at`; beyond the text if it does not end in it.
[[nodiscard]] inline std::size_t end_of_string(std::string_view json, std::size_t at) noexcept {
    for (++at; at < json.size() && json[at] != '"'; ++at)
        if (json[at] == '\\') ++at;
    return at + 1;
}

}  // namespace wideline::json_text

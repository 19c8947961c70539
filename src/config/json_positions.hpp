// Where in a JSON text each value stands, so that what is wrong with one can be said with its line and column.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace wideline::config {

struct Position {
    std::size_t line = 1;
    std::size_t column = 1;  ///< In bytes.
};

[[nodiscard]] Position position_of(std::string_view text, std::size_t offset) noexcept;

/// One value of a text: each key or index on the way to it, with '\n' before it, which no name here has.
using Path = std::string;

/// What lies in more values than that has no position. A path is as long as its value is deep, so the paths of a deep
/// text would take the square of its size.
inline constexpr std::size_t kDeepestPosition = 300;

/// By path: the offset of the value's first byte, or of its key where it has one. Empty for what is no JSON.
[[nodiscard]] std::map<Path, std::size_t> json_positions(std::string_view text);

}  // namespace wideline::config

// The strings, numbers and words that a JSON value is made of.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace wideline::read {

/// Whether `take(token, depth)` says true of any string (with its quotes), number or word in `value`, in order; names
/// of nested members are strings among them. Depth 0 is a scalar itself; what lies in an array or object is one deeper.
/// Survives any bytes.
template <class Take>
bool any_token(std::string_view value, Take take) {
    std::size_t depth = 0;
    for (std::size_t at = 0; at < value.size();) {
        const char c = value[at];
        if (c == '[' || c == '{') ++depth;
        if ((c == ']' || c == '}') && depth != 0) --depth;
        if (std::string_view("[]{},: \t\r\n").find(c) != std::string_view::npos) {
            ++at;
            continue;
        }
        const std::size_t begin = at;
        if (c == '"') {
            for (++at; at < value.size() && value[at] != '"'; ++at)
                if (value[at] == '\\') ++at;
            at = std::min(at + 1, value.size());
        } else {
            at = std::min(value.find_first_of(",]}: \t\r\n", at), value.size());
        }
        if (take(value.substr(begin, at - begin), depth)) return true;
    }
    return false;
}

}  // namespace wideline::read

// The lines of a batch, one by one.
#pragma once

#include <string_view>

namespace wideline {

/// Calls `visit` with each line, without its '\n'.
template <class Visit>
void for_each_line(std::string_view lines, Visit visit) {
    while (!lines.empty()) {
        const std::size_t end = lines.find('\n');
        visit(lines.substr(0, end));
        lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    }
}

}  // namespace wideline

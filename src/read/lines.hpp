// Lines of events, one by one, and many of them in a hand that may keep them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "read/byte_window.hpp"

namespace wideline::read {

/// Without the mark that some programs begin a file of UTF-8 with.
[[nodiscard]] constexpr std::string_view without_mark(std::string_view line) noexcept {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
    return line;
}

/// Calls `take(line)` with each line, its '\n' included where it has one. A blank line is none.
template <class Take>
void for_each_line(std::string_view lines, Take take) {
    while (!lines.empty()) {
        const std::size_t newline = lines.find('\n');
        const std::size_t end = newline == std::string_view::npos ? lines.size() : newline + 1;
        const std::string_view line = lines.substr(0, end);
        if (line.find_first_not_of(" \t\r\n") != std::string_view::npos) take(line);
        lines.remove_prefix(end);
    }
}

/// How a sentence about so many of them begins: "1 line is no JSON object".
[[nodiscard]] inline std::string are_no_objects(std::uint64_t lines) {
    return std::to_string(lines) + (lines == 1 ? " line is no JSON object" : " lines are no JSON objects");
}

/// What is said of them where they have no part in the answer.
[[nodiscard]] inline std::string were_left_out(std::uint64_t lines) {
    return are_no_objects(lines) + (lines == 1 ? " and was left out" : " and were left out");
}

/// How a sentence about events begins that an order needs a time of.
[[nodiscard]] inline std::string are_without_time(std::uint64_t events) {
    return std::to_string(events) + (events == 1 ? " event has" : " events have") + " no time that can be read and " +
           (events == 1 ? "counts" : "count");
}

/// The same of events that the selection needs a time of.
[[nodiscard]] inline std::string had_no_time(std::uint64_t events) {
    return std::to_string(events) + (events == 1 ? " event has" : " events have") + " no time that can be read and " +
           (events == 1 ? "was" : "were") + " left out";
}

/// Whole lines with kReadableBehind readable bytes behind them.
class LineBatch {
public:
    enum class Form { compressed, plain };  ///< How they lie in their file.

    LineBatch(std::string_view lines, Form form, std::uint64_t number)
        : size_(lines.size()), form_(form), number_(number) {
        bytes_.reserve(size_ + kReadableBehind);
        bytes_.append(lines).append(kReadableBehind, '\0');
    }

    [[nodiscard]] std::string_view lines() const noexcept { return std::string_view(bytes_).substr(0, size_); }
    [[nodiscard]] Form form() const noexcept { return form_; }
    /// Batches are numbered as they come.
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

private:
    std::string bytes_;
    std::size_t size_;
    Form form_;
    std::uint64_t number_;
};

}  // namespace wideline::read

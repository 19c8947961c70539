// Lines of events, one by one, and many of them in a hand that may keep them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "read/byte_window.hpp"

namespace wideline::read {

/// Calls `take(line)` with each line, its '\n' included where it has one.
template <class Take>
void for_each_line(std::string_view lines, Take take) {
    while (!lines.empty()) {
        const std::size_t newline = lines.find('\n');
        const std::size_t end = newline == std::string_view::npos ? lines.size() : newline + 1;
        take(lines.substr(0, end));
        lines.remove_prefix(end);
    }
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

#include "cli/table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "encoding/printable.hpp"

namespace wideline::cli {

std::string with_thousands(double number) {
    std::string digits = fmt::format("{:.0f}", number);
    const std::size_t first = digits.starts_with('-') ? 1 : 0;
    for (std::size_t at = digits.size(); at > first + 3;) digits.insert(at -= 3, ",");
    return digits;
}

std::string size_text(double bytes) {
    constexpr const char* kUnits[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
    std::size_t unit = 0;
    for (; bytes >= 1000 && unit + 1 < std::size(kUnits); ++unit) bytes /= 1000;
    return fmt::format(fmt::runtime(unit == 0 || bytes >= 100 ? "{:.0f} {}" : "{:.1f} {}"), bytes, kUnits[unit]);
}

Table::Table(std::vector<std::string> head) : head_(std::move(head)), left_(head_.size(), false) { left_[0] = true; }

void Table::append_row(std::string& to, const std::vector<std::string>& cells,
                       const std::vector<std::size_t>& widths) const {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::string padding(widths[i] - columns(cells[i]), ' ');
        if (i != 0) line += "  ";
        line += left_[i] ? cells[i] + padding : padding + cells[i];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    to += line + "\n";
}

std::string Table::text() const {
    std::vector<std::size_t> widths(head_.size(), 0);
    const auto widen = [&widths](const std::vector<std::string>& cells) {
        for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], columns(cells[i]));
    };
    widen(head_);
    widen(total_);
    for (const auto& cells : rows_) widen(cells);

    std::string text;
    append_row(text, head_, widths);
    for (const auto& cells : rows_) append_row(text, cells, widths);
    if (total_.empty()) return text;
    std::size_t width = 2 * (widths.size() - 1);
    for (const std::size_t column : widths) width += column;
    for (std::size_t i = 0; i < width; ++i) text += "─";
    text += "\n";
    append_row(text, total_, widths);
    return text;
}

}  // namespace wideline::cli

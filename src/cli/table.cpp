#include "cli/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string_view>

#include "encoding/printable.hpp"
#include "platform/terminal.hpp"

namespace wideline::cli {
namespace {

constexpr std::string_view kGap = "  ";
/// Of a column that is cut; narrower, names would tell nothing.
constexpr std::size_t kLeastText = 10;
constexpr std::size_t kWidestBar = 24;
constexpr std::size_t kLeastBar = 6;

/// In eighths of a column.
std::string bar_of(double share, std::size_t width) {
    constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const auto eighths = static_cast<std::size_t>(share * static_cast<double>(8 * width) + 0.5);
    std::string bar;
    for (std::size_t i = 0; i < eighths / 8; ++i) bar += "█";
    return bar + kEighths[eighths % 8];
}

}  // namespace

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

std::string cut(const std::string& text, std::size_t width) {
    if (columns(text) <= width) return text;
    return std::string(beginning_of(text, width == 0 ? 0 : width - 1)) + "…";
}

void fit(std::vector<std::size_t>& widths, const std::vector<bool>& may_be_narrowed, std::size_t room,
         std::size_t least) {
    std::size_t sum = std::accumulate(widths.begin(), widths.end(), std::size_t{0});
    for (; sum > room; --sum) {
        std::size_t* widest = nullptr;
        for (std::size_t i = 0; i < widths.size(); ++i)
            if (may_be_narrowed[i] && widths[i] > least && (widest == nullptr || widths[i] > *widest))
                widest = &widths[i];
        if (widest == nullptr) return;
        --*widest;
    }
}

Table::Table(std::vector<std::string> head) : head_(std::move(head)), left_(head_.size(), false) { left_[0] = true; }

void Table::append_row(std::string& to, const std::vector<std::string>& cells, const std::vector<std::size_t>& widths,
                       const std::string& bar) const {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (widths[i] == 0) continue;
        const std::string cell = cut(cells[i], widths[i]);
        const std::string padding(widths[i] - columns(cell), ' ');
        if (i != 0) line += kGap;
        line += left_[i] ? cell + padding : padding + cell;
    }
    if (!bar.empty()) line.append(kGap).append(bar);
    line.erase(line.find_last_not_of(' ') + 1);
    to += line + "\n";
}

std::vector<std::size_t> Table::widths() const {
    std::vector<std::size_t> widths(head_.size(), 0);
    const auto widen = [&widths](const std::vector<std::string>& cells) {
        for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], columns(cells[i]));
    };
    widen(total_);
    for (const auto& cells : rows_) widen(cells);
    for (std::size_t i = 0; i < widths.size(); ++i)
        if (widths[i] != 0) widths[i] = std::max(widths[i], columns(head_[i]));
    return widths;
}

std::string Table::text() const {
    std::vector<std::size_t> widths = this->widths();
    const auto shown =
        static_cast<std::size_t>(std::count_if(widths.begin(), widths.end(), [](auto w) { return w != 0; }));
    const std::size_t gaps = kGap.size() * (shown - std::min<std::size_t>(shown, 1));
    const std::size_t terminal = platform::stdout_columns();
    if (terminal > gaps) fit(widths, left_, terminal - gaps, kLeastText);

    const std::size_t width = std::accumulate(widths.begin(), widths.end(), gaps);
    const std::size_t room = terminal > width + kGap.size() ? terminal - width - kGap.size() : 0;
    const double greatest = bars_.empty() ? 0 : *std::max_element(bars_.begin(), bars_.end());
    const bool has_bars = greatest > 0 && room >= kLeastBar;

    std::string text;
    append_row(text, head_, widths);
    for (std::size_t i = 0; i < rows_.size(); ++i)
        append_row(text, rows_[i], widths,
                   has_bars ? bar_of(bars_[i] / greatest, std::min(room, kWidestBar)) : std::string());
    if (total_.empty()) return text;
    for (std::size_t i = 0; i < width; ++i) text += "─";
    text += "\n";
    append_row(text, total_, widths);
    return text;
}

}  // namespace wideline::cli

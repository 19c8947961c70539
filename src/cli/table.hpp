// A table for people: the first column and texts to the left, numbers to the right, a rule above the total.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace wideline::cli {

/// "12,345"; rounded to a whole number.
[[nodiscard]] std::string with_thousands(double number);
/// "1.2 GB": bytes, in powers of 1,000.
[[nodiscard]] std::string size_text(double bytes);

/// Printable text in so many columns at most; an ellipsis stands for what is cut off.
[[nodiscard]] std::string cut(const std::string& text, std::size_t width);
/// Narrows the widest of the columns that may be narrowed, down to `least`, until all have `room`.
void fit(std::vector<std::size_t>& widths, const std::vector<bool>& may_be_narrowed, std::size_t room,
         std::size_t least);

/// On a terminal, texts are cut to fit, and rows can have bars in the room that is left. A column that is empty in
/// every row is left out.
class Table {
public:
    explicit Table(std::vector<std::string> head);

    /// A column of texts, by its number.
    void align_left(std::size_t column) { left_[column] = true; }
    /// As many cells as the head has, printable already. The bar is as long as `bar` is of the greatest one.
    void add(std::vector<std::string> cells, double bar = 0) {
        rows_.push_back(std::move(cells));
        bars_.push_back(bar);
    }
    void add_total(std::vector<std::string> cells) { total_ = std::move(cells); }
    [[nodiscard]] std::string text() const;

private:
    void append_row(std::string& to, const std::vector<std::string>& cells, const std::vector<std::size_t>& widths,
                    const std::string& bar = {}) const;
    /// Of each column; 0 for one that is left out.
    [[nodiscard]] std::vector<std::size_t> widths() const;

    std::vector<std::string> head_;
    std::vector<bool> left_;
    std::vector<std::vector<std::string>> rows_;
    std::vector<double> bars_;  // of each row
    std::vector<std::string> total_;
};

}  // namespace wideline::cli

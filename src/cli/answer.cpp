#include "cli/answer.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "cli/output.hpp"
#include "cli/table.hpp"
#include "encoding/json_unescape.hpp"
#include "encoding/printable.hpp"
#include "platform/terminal.hpp"
#include "query/value_text.hpp"

namespace wideline::cli {
namespace {

using query::ColumnText;

/// So many rows decide how wide a table's columns are; those behind them are cut, or stand out.
constexpr std::size_t kMeasuredRows = 1000;
/// A column of a table that is cut to fit has at least so much room, where its values are not shorter.
constexpr std::size_t kLeastWidth = 6;
constexpr std::string_view kGap = "  ";

std::vector<ColumnText> columns_of(query::Rows& rows, query::duck::Chunk chunk) {
    std::vector<ColumnText> columns;
    for (std::size_t i = 0; i < rows.names().size(); ++i)
        columns.emplace_back(rows.api(), rows.api().data_chunk_get_vector(chunk, i), rows.types()[i]);
    return columns;
}

// --- for programs

platform::Status write_json(query::Rows& rows, Output& output) {
    std::vector<std::string> labels;
    for (const std::string& name : rows.names()) {
        std::string label = labels.empty() ? "{" : ",";
        query::append_json_string(label, name);
        labels.push_back(label + ":");
    }
    std::string line;
    return rows.for_each_chunk([&](query::duck::Chunk chunk, query::duck::Index count) {
        const auto columns = columns_of(rows, chunk);
        for (query::duck::Index row = 0; row < count; ++row) {
            line.clear();
            for (std::size_t i = 0; i < columns.size(); ++i) {
                line += labels[i];
                columns[i].append_json(line, row);
            }
            line += "}\n";
            output.write(line);
        }
    });
}

std::string plain_text(const ColumnText& column, query::duck::Index row) {
    std::string text;
    column.append_plain(text, row);
    return text;
}

/// An empty text has quotes: without them it is null.
void append_csv(std::string& to, const std::string& text) {
    if (!text.empty() && text.find_first_of(",\"\r\n") == std::string::npos) {
        to += text;
        return;
    }
    to.push_back('"');
    for (const char c : text) {
        if (c == '"') to.push_back('"');
        to.push_back(c);
    }
    to.push_back('"');
}

platform::Status write_csv(query::Rows& rows, Output& output) {
    std::string line;
    for (std::size_t i = 0; i < rows.names().size(); ++i) {
        if (i != 0) line.push_back(',');
        append_csv(line, rows.names()[i]);
    }
    output.write(line + "\n");
    return rows.for_each_chunk([&](query::duck::Chunk chunk, query::duck::Index count) {
        const auto columns = columns_of(rows, chunk);
        for (query::duck::Index row = 0; row < count; ++row) {
            line.clear();
            for (std::size_t i = 0; i < columns.size(); ++i) {
                if (i != 0) line.push_back(',');
                if (!columns[i].is_null(row)) append_csv(line, plain_text(columns[i], row));
            }
            line.push_back('\n');
            output.write(line);
        }
    });
}

// --- for people

class People {
public:
    People(query::Rows& rows, Output& output) : output_(output), width_(platform::stdout_columns()) {
        for (const std::string& name : rows.names()) head_.push_back(printable(name));
        for (const auto type : rows.types()) right_.push_back(ColumnText::is_number(rows.api(), type));
    }

    void add(const std::vector<ColumnText>& columns, query::duck::Index row) {
        std::vector<std::string> cells;
        for (const ColumnText& column : columns) cells.push_back(printable(plain_text(column, row)));
        ++rows_;
        if (begun_) return write_row(cells);
        waiting_.push_back(std::move(cells));
        if (waiting_.size() == kMeasuredRows) begin();
    }

    void finish() {
        if (!begun_) begin();
        if (width_ != 0)
            output_.write("(" + with_thousands(static_cast<double>(rows_)) + (rows_ == 1 ? " row)\n" : " rows)\n"));
    }

private:
    void begin() {
        begun_ = true;
        measure();
        if (!as_list_) {
            write_row(head_);
            std::string rule;
            for (std::size_t i = 0; i < widths_.size(); ++i) {
                if (i != 0) rule += kGap;
                for (std::size_t k = 0; k < widths_[i]; ++k) rule += "─";
            }
            output_.write(rule + "\n");
        }
        for (const auto& cells : waiting_) write_row(cells);
        waiting_.clear();
    }

    void measure() {
        for (const std::string& name : head_) widths_.push_back(columns(name));
        for (const auto& cells : waiting_)
            for (std::size_t i = 0; i < cells.size(); ++i) widths_[i] = std::max(widths_[i], columns(cells[i]));
        if (width_ == 0) return;
        const std::size_t gaps = kGap.size() * (widths_.size() - std::min<std::size_t>(1, widths_.size()));
        std::size_t least = gaps;
        for (const std::size_t width : widths_) least += std::min(width, kLeastWidth);
        as_list_ = least > width_;
        if (!as_list_) fit(widths_, std::vector<bool>(widths_.size(), true), width_ - gaps, kLeastWidth);
    }

    void write_row(const std::vector<std::string>& cells) {
        if (as_list_) return write_list(cells);
        std::string line;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const std::string cell = width_ == 0 ? cells[i] : cut(cells[i], widths_[i]);
            const std::string padding(widths_[i] - std::min(widths_[i], columns(cell)), ' ');
            if (i != 0) line += kGap;
            line += right_[i] ? padding + cell : cell + padding;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        output_.write(line + "\n");
    }

    void write_list(const std::vector<std::string>& cells) {
        std::size_t widest = 0;
        for (const std::string& name : head_) widest = std::max(widest, columns(name));
        widest = std::min(widest, width_ / 2);
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (cells[i] == "null") continue;
            const std::string name = cut(head_[i], widest);
            output_.write(name + std::string(widest - columns(name), ' ') + std::string(kGap) +
                          cut(cells[i], std::max(width_ - widest - kGap.size(), kLeastWidth)) + "\n");
        }
        output_.write("\n");
    }

    Output& output_;
    std::size_t width_;  // Of the terminal; 0 for none.
    std::vector<std::string> head_;
    std::vector<bool> right_;
    std::vector<std::vector<std::string>> waiting_;
    std::vector<std::size_t> widths_;
    std::uint64_t rows_ = 0;
    bool begun_ = false;
    bool as_list_ = false;
};

platform::Status write_table(query::Rows& rows, Output& output) {
    People people(rows, output);
    const auto status = rows.for_each_chunk([&](query::duck::Chunk chunk, query::duck::Index count) {
        const auto columns = columns_of(rows, chunk);
        for (query::duck::Index row = 0; row < count; ++row) people.add(columns, row);
    });
    if (status.ok()) people.finish();
    return status;
}

}  // namespace

platform::Status write_answer(query::Rows& rows, AnswerForm form) {
    if (!rows.any_columns()) return rows.for_each_chunk([](query::duck::Chunk, query::duck::Index) {});
    Output output;
    const auto status = form == AnswerForm::json  ? write_json(rows, output)
                        : form == AnswerForm::csv ? write_csv(rows, output)
                                                  : write_table(rows, output);
    output.flush();
    return status;
}

}  // namespace wideline::cli

// The columns of the view `events`: a field each, in the order of first appearance, with the type of all its values.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "query/column_type.hpp"
#include "query/line_values.hpp"

namespace wideline::query {

struct Column {
    std::string key;  ///< The field's.
    ColumnType type;

    bool operator==(const Column&) const = default;
};

/// Finds a field's number by its key as it stands in a line. A line mostly has the fields of the line before, in the
/// same order, so the next one is tried first.
class FieldNumbers {
public:
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    void begin_line() noexcept { expected_ = 0; }
    [[nodiscard]] std::size_t find(std::string_view escaped_key);
    void add(std::string_view escaped_key, std::size_t number);

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };

    std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> numbers_;
    std::vector<std::pair<std::string_view, std::size_t>> order_;  // Views of the map's keys, as they came.
    std::size_t expected_ = 0;
};

/// Infers columns from lines. One thread at a time.
class ColumnInference {
public:
    ColumnInference() = default;
    /// Begins with columns that are known, or thought, to be there.
    explicit ColumnInference(std::vector<Column> known);

    /// Past so many, a key is no column: DuckDB plans every one of them for every question.
    static constexpr std::size_t kMostColumns = 4096;

    /// False where the line is no JSON object; it has no part in the columns then, and is no event. `line` must have
    /// read::kReadableBehind readable bytes behind it.
    bool add(std::string_view line);
    /// The same by who reads the line himself: for each of its fields take(), which gives the field's column; kNone
    /// where it has none yet, or of another type, until end_line(). A line that is not good has no part in the columns.
    void begin_line();
    std::size_t take(std::string_view escaped_key, const LineValue& value);
    void end_line(bool good);

    [[nodiscard]] const std::vector<Column>& columns() const noexcept { return columns_; }
    /// Of each column, in which lines it was seen first: the number that was set, which may only grow.
    [[nodiscard]] const std::vector<std::uint64_t>& first_seen() const noexcept { return first_seen_; }
    void set_lines(std::uint64_t number) noexcept { lines_ = number; }
    [[nodiscard]] bool too_many() const noexcept { return too_many_; }

private:
    [[nodiscard]] ColumnType type_of(const LineValue& value, ColumnType known, Reserved kind);
    void add_new_columns();

    FieldNumbers numbers_;
    std::vector<Column> columns_;
    std::vector<Reserved> reserved_;        // Of each column.
    std::vector<std::uint64_t> last_line_;  // Of each column: the last line that had it, for the first value counts.
    std::vector<std::uint64_t> first_seen_;
    std::uint64_t line_ = 0;
    std::uint64_t lines_ = 0;
    std::unordered_map<std::string, std::size_t> by_key_;
    // Of the line being read: not in columns_ before the line is known to be good.
    std::vector<std::pair<std::size_t, ColumnType>> seen_;
    std::vector<std::pair<std::string, ColumnType>> new_;
    bool too_many_ = false;
};

/// All the columns of both, `more`'s new ones at the end.
void merge_columns(std::vector<Column>& into, const std::vector<Column>& more);

/// A name for each column that DuckDB takes: it does not tell upper from lower case, so that of two keys which differ
/// in nothing else the second has "_1" appended.
[[nodiscard]] std::vector<std::string> column_names(const std::vector<Column>& columns);

}  // namespace wideline::query

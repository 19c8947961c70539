// Values of an answer as JSON text, whatever DuckDB's type: tables and CSV are made of it too.
#pragma once

#include <string>

#include "query/duckdb_api.hpp"

namespace wideline::query {

/// One column of a chunk.
class ColumnText {
public:
    ColumnText(const duck::Api& api, duck::Vector vector, duck::LogicalType type)
        : api_(api), vector_(vector), type_(type) {}

    /// Appends the value: times as RFC 3339 where they have a date and a time (UTC), numbers that JSON has not (NaN,
    /// infinities) as null, what JSON has no form for as a string. A type that this does not know is the string
    /// "(cast it to VARCHAR)".
    void append_json(std::string& to, duck::Index row) const;

    /// The same for people and CSV: a string without its quotes and escapes, and inf, -inf and nan as readers expect
    /// them.
    void append_plain(std::string& to, duck::Index row) const;

    [[nodiscard]] bool is_null(duck::Index row) const;
    /// Whether people read it from the right, as numbers.
    [[nodiscard]] static bool is_number(const duck::Api& api, duck::LogicalType type);

private:
    void append_present(std::string& to, duck::Index row) const;
    void append_varchar(std::string& to, duck::Index row) const;
    void append_decimal(std::string& to, duck::Index row) const;
    void append_enumeration(std::string& to, duck::Index row) const;
    void append_items(std::string& to, duck::Vector child, duck::LogicalType type, duck::Index from,
                      duck::Index count) const;
    void append_structure(std::string& to, duck::Index row) const;
    void append_map(std::string& to, duck::Index row) const;
    template <class T>
    [[nodiscard]] const T& at(duck::Index row) const {
        return static_cast<const T*>(api_.vector_get_data(vector_))[row];
    }

    const duck::Api& api_;
    duck::Vector vector_;
    duck::LogicalType type_;
};

/// A text as a JSON string, quotes and all.
void append_json_string(std::string& to, std::string_view text);

}  // namespace wideline::query

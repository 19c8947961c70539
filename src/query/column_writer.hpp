// Writes values of lines into a column's vector of DuckDB, as the type that was inferred for the column.
#pragma once

#include <cstdint>

#include "query/column_type.hpp"
#include "query/duckdb_api.hpp"
#include "query/line_values.hpp"

namespace wideline::query {

/// The logical type, to be destroyed by the caller.
[[nodiscard]] duck::LogicalType logical_type_of(const duck::Api& api, ColumnType type);

/// For one chunk and one column. One thread at a time.
class ColumnWriter {
public:
    ColumnWriter(const duck::Api& api, ColumnType type, Reserved kind) : api_(&api), type_(type), kind_(kind) {}

    /// Where the next values go; every row is null before it is written.
    void begin(duck::Vector vector);
    /// False where the value is none of the column's type, which it was when the type was inferred. The line that the
    /// value is of must stay where it is until DuckDB is done with the chunk: long texts are not copied.
    bool write(duck::Index row, const LineValue& value);
    void erase(duck::Index row) noexcept { validity_[row / 64] &= ~(std::uint64_t{1} << (row % 64)); }

private:
    bool write_reserved(duck::Index row, const LineValue& value);
    bool write_list(duck::Index row, const LineValue& value);
    bool make_room_for_item();
    void write_text(duck::Vector vector, void* data, duck::Index row, std::string_view text);
    bool write_scalar(duck::Vector vector, void* data, std::uint64_t* validity, duck::Index row,
                      const LineValue& value);

    const duck::Api* api_;
    ColumnType type_;
    Reserved kind_;
    duck::Vector vector_ = nullptr;
    void* data_ = nullptr;
    std::uint64_t* validity_ = nullptr;
    // Of all lists of this chunk.
    duck::Vector item_vector_ = nullptr;
    void* item_data_ = nullptr;
    std::uint64_t* item_validity_ = nullptr;
    duck::Index items_ = 0;
    duck::Index item_capacity_ = 0;
    std::string room_;
};

}  // namespace wideline::query

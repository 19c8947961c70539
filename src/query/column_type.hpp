// What type a field's column has in SQL, inferred from every value that the field has.
//
// clang-format off
//   values seen                                     column
//   true false                                      BOOLEAN
//   7 -1                                            BIGINT; HUGEINT where one needs it, for all are exact
//   7 7.5 1e300                                     DOUBLE
//   "2026-11-23T22:01:02.123456Z", and no others    TIMESTAMP (UTC)
//   "text"                                          VARCHAR
//   7 "text" true                                   VARCHAR: the text, or what stands in the line
//   ["a","b"]  [1,2]                                VARCHAR[], BIGINT[]; JSON[] where the items are not alike
//   {"a":1}, and any mix of one with others         JSON
//   null alone                                      VARCHAR
// clang-format on
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wideline::query {

enum class Scalar : std::uint8_t { null, boolean, bigint, hugeint, real, timestamp, text, json };

struct ColumnType {
    Scalar scalar = Scalar::null;
    bool list = false;

    bool operator==(const ColumnType&) const = default;
};

/// The type that holds the values of both.
[[nodiscard]] ColumnType merged(ColumnType a, ColumnType b) noexcept;

/// How the column of a field is typed that wideline itself reads, so that one bad value costs only itself: as soon as
/// one value is a number (sample_weight, duration_ms) or a time (timestamp), the column is of that type, and other
/// values are null. A name, an outcome or an id is text, whatever it looks like.
enum class Reserved : std::uint8_t { none, number, time, text };
[[nodiscard]] Reserved reserved(std::string_view key) noexcept;
/// A field that events have here, in a frame around which others were lost: how many requests they stand for, with
/// those.
inline constexpr std::string_view kCorrectedWeight = "wideline.weight";
/// The type that holds the values of both, in a column of that kind.
[[nodiscard]] ColumnType merged(ColumnType a, ColumnType b, Reserved kind) noexcept;
/// Whether no further value can change the type, and values of other types are null.
[[nodiscard]] bool is_settled(ColumnType type, Reserved kind) noexcept;

/// "BIGINT", "JSON[]".
[[nodiscard]] std::string sql_of(ColumnType type);
/// The same, but a column of nulls is "NULL", for it can become any other: how a type is written down.
[[nodiscard]] std::string written(ColumnType type);
[[nodiscard]] std::optional<ColumnType> type_as_written(std::string_view text);
/// SQL that makes of `expression`, of type `from`, the same value as type `to`, which is merged from it and others.
[[nodiscard]] std::string converted(const std::string& expression, ColumnType from, ColumnType to, Reserved kind);

/// As an identifier in SQL, and as a text.
[[nodiscard]] std::string quoted_name(std::string_view name);
/// A name as DuckDB compares names: the case of ASCII letters tells nothing.
[[nodiscard]] std::string folded_name(std::string name);
[[nodiscard]] std::string quoted_text(std::string_view text);

}  // namespace wideline::query

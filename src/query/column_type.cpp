#include "query/column_type.hpp"

#include <array>
#include <cctype>
#include <utility>

namespace wideline::query {
namespace {

constexpr std::array<std::pair<Scalar, std::string_view>, 7> kNames = {{{Scalar::text, "VARCHAR"},
                                                                        {Scalar::boolean, "BOOLEAN"},
                                                                        {Scalar::bigint, "BIGINT"},
                                                                        {Scalar::hugeint, "HUGEINT"},
                                                                        {Scalar::real, "DOUBLE"},
                                                                        {Scalar::timestamp, "TIMESTAMP"},
                                                                        {Scalar::json, "JSON"}}};

constexpr bool is_whole(Scalar scalar) { return scalar == Scalar::bigint || scalar == Scalar::hugeint; }
constexpr bool is_number(Scalar scalar) { return is_whole(scalar) || scalar == Scalar::real; }

/// Of two that are not the same.
Scalar merged_scalar(Scalar a, Scalar b, Scalar mixed) {
    if (a == Scalar::null) return b;
    if (b == Scalar::null) return a;
    if (is_whole(a) && is_whole(b)) return Scalar::hugeint;
    if (is_number(a) && is_number(b)) return Scalar::real;
    if (a == Scalar::json || b == Scalar::json) return Scalar::json;
    return mixed;
}

std::string doubled(std::string_view text, char quote) {
    std::string made(1, quote);
    for (const char c : text) {
        if (c == quote) made.push_back(quote);
        made.push_back(c);
    }
    made.push_back(quote);
    return made;
}

}  // namespace

ColumnType merged(ColumnType a, ColumnType b) noexcept {
    if (a == b) return a;
    if (a == ColumnType{}) return b;
    if (b == ColumnType{}) return a;
    if (a.list != b.list) return {Scalar::json, false};
    // Items keep their own types as JSON; a column's text is more useful to compare with.
    const Scalar mixed = a.list ? Scalar::json : Scalar::text;
    // A string that is a time, and one that is not, are two strings.
    const bool strings = (a.scalar == Scalar::timestamp && b.scalar == Scalar::text) ||
                         (a.scalar == Scalar::text && b.scalar == Scalar::timestamp);
    return {strings ? Scalar::text : merged_scalar(a.scalar, b.scalar, mixed), a.list};
}

Reserved reserved(std::string_view key) noexcept {
    if (key == "sample_weight" || key == "duration_ms" || key == kCorrectedWeight) return Reserved::number;
    if (key == "timestamp") return Reserved::time;
    for (const std::string_view text : {"name", "outcome", "trace_id", "span_id", "parent_span_id", "event_id"})
        if (key == text) return Reserved::text;
    return Reserved::none;
}

bool is_settled(ColumnType type, Reserved kind) noexcept {
    if (type.list) return false;
    return (kind == Reserved::number && type.scalar == Scalar::real) ||
           (kind == Reserved::time && type.scalar == Scalar::timestamp) ||
           (kind == Reserved::text && type.scalar == Scalar::text);
}

ColumnType merged(ColumnType a, ColumnType b, Reserved kind) noexcept {
    if (is_settled(a, kind)) return a;
    return is_settled(b, kind) ? b : merged(a, b);
}

std::string sql_of(ColumnType type) {
    std::string sql = "VARCHAR";
    for (const auto& [scalar, name] : kNames)
        if (scalar == type.scalar) sql = name;
    return type.list ? sql + "[]" : sql;
}

std::string written(ColumnType type) {
    if (type.scalar != Scalar::null) return sql_of(type);
    return type.list ? "NULL[]" : "NULL";
}

std::optional<ColumnType> type_as_written(std::string_view text) {
    ColumnType type;
    type.list = text.ends_with("[]");
    if (type.list) text.remove_suffix(2);
    if (text == "NULL") return type;
    for (const auto& [scalar, name] : kNames)
        if (name == text) {
            type.scalar = scalar;
            return type;
        }
    return std::nullopt;
}

std::string converted(const std::string& expression, ColumnType from, ColumnType to, Reserved kind) {
    if (from == to || sql_of(from) == sql_of(to)) return expression;
    if (from.scalar == Scalar::null || is_settled(to, kind)) return "NULL::" + sql_of(to);
    const std::string time_text = "strftime(" + expression + ", '%Y-%m-%dT%H:%M:%S.%fZ')";
    const bool is_time = from == ColumnType{Scalar::timestamp, false};
    if (to == ColumnType{Scalar::json, false}) return "to_json(" + (is_time ? time_text : expression) + ")";
    if (to == ColumnType{Scalar::json, true}) return "list_transform(" + expression + ", lambda item : to_json(item))";
    if (is_time) return time_text;
    return expression + "::" + sql_of(to);
}

std::string quoted_name(std::string_view name) { return doubled(name, '"'); }

std::string folded_name(std::string name) {
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return name;
}
std::string quoted_text(std::string_view text) { return doubled(text, '\''); }

}  // namespace wideline::query

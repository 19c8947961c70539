#include "read/clickhouse_table.hpp"

#include <algorithm>
#include <set>

#include "read/time_text.hpp"

namespace wideline::read {
namespace {

/// A name between backticks. Control characters would end a comment's line.
std::string quoted(const std::string& name) {
    std::string text = "`";
    for (const char c : name) {
        if (c == '`' || c == '\\') text += '\\';
        text += static_cast<unsigned char>(c) < 0x20 ? '_' : c;
    }
    return text + "`";
}

bool has_control(const std::string& name) {
    return std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

struct Column {
    std::string type;
    std::string trouble;  ///< Why it is a comment only.
};

/// The type of values of one kind, and of integers beside other numbers; empty where kinds are mixed.
std::string scalar_type(JsonKinds kinds, const FieldFacts* integers) {
    JsonKinds numbers;
    numbers.add(JsonKind::integer);
    numbers.add(JsonKind::number);
    JsonKinds only;
    if (kinds.has(JsonKind::integer) || kinds.has(JsonKind::number)) {
        only = kinds.without(JsonKind::integer).without(JsonKind::number);
        if (!only.empty()) return {};
        if (kinds.has(JsonKind::number)) return "Float64";
        if (integers == nullptr || !integers->past_int64) return "Int64";
        return integers->past_uint64 ? "Float64" : "UInt64";
    }
    for (const auto& [kind, type] : {std::pair{JsonKind::string, "String"}, std::pair{JsonKind::boolean, "UInt8"}})
        if (kinds.has(kind) && kinds.without(kind).empty()) return type;
    return {};
}

Column column_of(const FieldFacts& field, bool in_all_events) {
    const JsonKinds kinds = field.kinds.without(JsonKind::null);
    const bool null = field.kinds.has(JsonKind::null);
    if (kinds.empty()) return {"Nullable(String)", ""};
    if (kinds.has(JsonKind::object)) return {"String", "objects"};
    if (kinds.has(JsonKind::array)) {
        const std::string item = field.items.empty() ? "String" : scalar_type(field.items, nullptr);
        if (!kinds.without(JsonKind::array).empty()) return {"String", "arrays and other values"};
        if (item.empty()) return {"String", "arrays of mixed or nested values"};
        if (item == "Int64") return {"Array(Float64)", null ? "arrays and null" : ""};
        return {"Array(" + item + ")", null ? "arrays and null" : ""};
    }
    const std::string type = scalar_type(kinds, &field);
    if (type.empty()) return {"String", "values of mixed types"};
    return {in_all_events && !null ? type : "Nullable(" + type + ")", ""};
}

std::string prefix_of(const std::string& name) { return name.substr(0, name.find('.')); }

}  // namespace

std::string clickhouse_table(const std::vector<FieldFacts>& fields, std::uint64_t events) {
    std::string columns;
    std::string comments;
    std::set<std::string> array_prefixes;
    bool timestamp = false;
    bool event_id = false;
    const bool time_is_taken =
        std::any_of(fields.begin(), fields.end(), [](const FieldFacts& field) { return field.name == "time"; });
    for (const FieldFacts& field : fields) {
        Column column = column_of(field, field.events == events);
        // Arrays named a.b and a.c would be one Nested column, and had to have the same number of items.
        const bool array = column.type.starts_with("Array");
        if (array && column.trouble.empty() && !array_prefixes.insert(prefix_of(field.name)).second)
            column.trouble = "a second array under this prefix";
        if (has_control(field.name)) column.trouble = "a name with control characters";
        if (!column.trouble.empty()) {
            comments += "    -- left out, for not every version can read it: " + quoted(field.name) + " (" +
                        column.trouble + ")\n";
            continue;
        }
        if (!columns.empty()) columns += ",\n";
        columns += "    " + quoted(field.name) + " " + column.type;
        timestamp |= field.name == "timestamp" && column.type == "String" &&
                     parse_rfc3339(std::string_view(field.example).substr(1, field.example.size() - 2)).has_value();
        event_id |= field.name == "event_id" && column.type == "String";
    }
    timestamp = timestamp && !time_is_taken;
    if (timestamp) columns += ",\n    `time` DateTime MATERIALIZED parseDateTimeBestEffort(`timestamp`)";
    if (columns.empty()) columns = "    `line` String";

    std::string text = "CREATE TABLE events\n(\n" + comments + columns + "\n)\n";
    if (timestamp && event_id)
        return text + "ENGINE = ReplacingMergeTree\nPARTITION BY toYYYYMM(`time`)\nORDER BY (`time`, `event_id`);\n";
    if (timestamp) return text + "ENGINE = MergeTree\nPARTITION BY toYYYYMM(`time`)\nORDER BY `time`;\n";
    return text + "ENGINE = MergeTree\nORDER BY tuple();\n";
}

}  // namespace wideline::read

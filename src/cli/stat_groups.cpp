#include "cli/stat_groups.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "encoding/printable.hpp"
#include "read/statistics.hpp"
#include "read/time_text.hpp"

namespace wideline::cli {

using read::Grouping;
using read::Statistics;

Grouping grouping_of(const StatsOptions& options) {
    if (options.over.empty()) return Grouping::by_field(options.by);
    const auto span = read::parse_span(options.over);
    if (!span || span->count() <= 0)
        throw std::invalid_argument("--over takes a span like 10s, 1m or 2h, not \"" + options.over + "\"");
    return Grouping::by_time(*span);
}

std::string heading_of(const StatsOptions& options) { return options.over.empty() ? printable(options.by) : "time"; }

std::string label_of(const std::string& key) {
    constexpr std::size_t kWidestLabel = 60;
    if (key.empty()) return "(none)";
    return cut(printable(read::unescaped(key)), kWidestLabel);
}

void say_grouping(nlohmann::ordered_json& json, const StatsOptions& options) {
    if (options.over.empty())
        json["by"] = options.by;
    else
        json["over"] = options.over;
}

void say_key(nlohmann::ordered_json& json, const std::string& key) {
    if (key == Statistics::kOtherGroups) {
        json["other_groups"] = true;
    } else if (key == Statistics::kFurtherNames) {
        json["further_names"] = true;
    } else {
        const auto value = nlohmann::ordered_json::parse(key, nullptr, false);
        json["key"] = value.is_discarded() ? nlohmann::ordered_json(nullptr) : value;
    }
}

void add_empty_spans(Table& table, std::size_t columns, const Grouping& by, const std::string& before,
                     const std::string& key) {
    constexpr std::int64_t kMostRows = 10;
    const auto begin = read::beginning_of_span(before);
    const auto end = read::beginning_of_span(key);
    if (!by.span() || !begin || !end) return;
    const std::int64_t empty = (*end - *begin) / *by.span() - 1;
    std::vector<std::string> row(columns);
    if (empty > kMostRows) {
        row[0] = fmt::format("({} spans without events)", with_thousands(static_cast<double>(empty)));
        return table.add(row);
    }
    Grouping spans = by;
    for (std::int64_t i = 1; i <= empty; ++i) {
        row[0] = label_of(std::string(spans.key_at(*begin + i * *by.span())));
        row[1] = "0";
        table.add(row);
    }
}

}  // namespace wideline::cli

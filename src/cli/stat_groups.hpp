// What the tables of `wideline stats` share: groups in their order, their labels, and spans of time without events.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cli/stats.hpp"
#include "cli/table.hpp"
#include "read/grouping.hpp"

namespace wideline::cli {

/// Throws std::invalid_argument for a span that is none.
[[nodiscard]] read::Grouping grouping_of(const StatsOptions& options);
/// What the column of groups is headed by.
[[nodiscard]] std::string heading_of(const StatsOptions& options);
[[nodiscard]] std::string label_of(const std::string& key);
/// "by" or "over".
void say_grouping(nlohmann::ordered_json& json, const StatsOptions& options);
/// The group's "key", or whose rest it is.
void say_key(nlohmann::ordered_json& json, const std::string& key);

template <class Group>
using Named = std::pair<std::string, Group*>;

/// Those of the most requests first; spans of time in their order, and what is in none after them.
template <class Group, class Requests>
std::vector<Named<Group>> in_order(std::unordered_map<std::string, Group>& all, const read::Grouping& by,
                                   Requests requests) {
    std::vector<Named<Group>> groups;
    for (auto& [key, group] : all) groups.emplace_back(key, &group);
    std::sort(groups.begin(), groups.end(), [&](const Named<Group>& a, const Named<Group>& b) {
        if (by.span()) {
            const auto is_span = [](const std::string& key) { return key.starts_with('"'); };
            return std::pair(!is_span(a.first), a.first) < std::pair(!is_span(b.first), b.first);
        }
        const double of_a = requests(*a.second);
        const double of_b = requests(*b.second);
        return of_a != of_b ? of_a > of_b : a.first < b.first;
    });
    return groups;
}

/// Before a span's row: rows for the spans since `before` in which nothing began, or one row for many of them.
void add_empty_spans(Table& table, std::size_t columns, const read::Grouping& by, const std::string& before,
                     const std::string& key);

}  // namespace wideline::cli

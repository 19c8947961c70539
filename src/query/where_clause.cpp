#include "query/where_clause.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "encoding/pair_hash.hpp"

namespace wideline::query {
namespace {

using Tree = nlohmann::json;

/// What a clock may differ by between here and where DuckDB asks it again.
constexpr std::int64_t kSlackMicroseconds = 60'000'000;

std::string text_of(const Tree& node, const char* key) {
    const auto found = node.is_object() ? node.find(key) : node.end();
    return found != node.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const Tree& child(const Tree& node, const char* key) {
    static const Tree nothing;
    const auto found = node.is_object() ? node.find(key) : node.end();
    return found != node.end() ? *found : nothing;
}

bool is_events(const Tree& node) {
    return text_of(node, "type") == "BASE_TABLE" && folded_name(text_of(node, "table_name")) == "events";
}

/// How often the statement reads `events`; more than once where nobody can tell.
int uses_of_events(const Tree& node) {
    if (!node.is_structured()) return 0;
    int uses = 0;
    if (is_events(node)) uses = 1;
    if (text_of(node, "type") == "TABLE_FUNCTION") uses = 2;
    for (const Tree& each : node) uses += uses_of_events(each);
    return uses;
}

/// The SELECT that reads `events`: the statement, or what its FROM is selected from.
const Tree* select_from_events(const Tree& node) {
    if (text_of(node, "type") != "SELECT_NODE" || !child(child(node, "cte_map"), "map").empty()) return nullptr;
    const Tree& from = child(node, "from_table");
    if (text_of(from, "type") == "SUBQUERY") return select_from_events(child(child(from, "subquery"), "node"));
    // A sample is drawn from what is read, before WHERE looks at it.
    const bool as_it_is = child(from, "column_name_alias").empty() && child(from, "sample").empty();
    return is_events(from) && as_it_is ? &node : nullptr;
}

/// Whether an expression is the same for every row, and calls nothing but arithmetic with times.
bool is_constant(const Tree& node) {
    static const std::set<std::string> known = {"now",
                                                "get_current_timestamp",
                                                "current_date",
                                                "today",
                                                "+",
                                                "-",
                                                "*",
                                                "trunc",
                                                "to_years",
                                                "to_months",
                                                "to_weeks",
                                                "to_days",
                                                "to_hours",
                                                "to_minutes",
                                                "to_seconds",
                                                "date_trunc"};
    const std::string kind = text_of(node, "class");
    if (kind == "CONSTANT") return true;
    if (kind == "CAST") return is_constant(child(node, "child"));
    if (kind != "FUNCTION" || !known.contains(text_of(node, "function_name"))) return false;
    const Tree& arguments = child(node, "children");
    return std::all_of(arguments.begin(), arguments.end(), is_constant);
}

/// A column of texts has numbers, arrays and objects as they stand in their lines, but a frame's filter has the digits
/// of whole numbers alone.
bool is_hashed_as_written(const std::string& text) {
    if (text.empty() || text == "-0" || text.front() == '[' || text.front() == '{') return text.empty();
    return text.find_first_of(".eE") == std::string::npos || !Tree::accept(text);
}

class WhereClause {
public:
    WhereClause(Database& database, const Tree& select) : database_(database) {
        table_ = folded_name(text_of(child(select, "from_table"), "alias"));
        if (table_.empty()) table_ = "events";
        // What SELECT calls by a name may stand in WHERE by that name.
        for (const Tree& each : child(select, "select_list")) aliases_.insert(folded_name(text_of(each, "alias")));
        add(child(select, "where_clause"));
    }

    [[nodiscard]] FrameCondition condition() && { return std::move(condition_); }

private:
    void add(const Tree& node) {
        const std::string type = text_of(node, "type");
        if (type == "CONJUNCTION_AND")
            for (const Tree& each : child(node, "children")) add(each);
        else if (type == "COMPARE_BETWEEN")
            add_between(node);
        else if (type == "COMPARE_IN")
            add_in(node);
        else if (text_of(node, "class") == "COMPARISON")
            add_comparison(type, child(node, "left"), child(node, "right"));
    }

    void add_comparison(const std::string& type, const Tree& left, const Tree& right) {
        static const std::array<std::array<const char*, 2>, 5> mirrored = {
            {{"COMPARE_EQUAL", "COMPARE_EQUAL"},
             {"COMPARE_GREATERTHAN", "COMPARE_LESSTHAN"},
             {"COMPARE_LESSTHAN", "COMPARE_GREATERTHAN"},
             {"COMPARE_GREATERTHANOREQUALTO", "COMPARE_LESSTHANOREQUALTO"},
             {"COMPARE_LESSTHANOREQUALTO", "COMPARE_GREATERTHANOREQUALTO"}}};
        for (const auto& [forward, backward] : mirrored) {
            if (type != forward) continue;
            if (const auto key = field(left)) add_bound(forward, *key, right);
            if (const auto key = field(right)) add_bound(backward, *key, left);
        }
    }

    void add_bound(const std::string& type, const std::string& key, const Tree& value) {
        if (type == "COMPARE_EQUAL" && has_pair_hash(key)) return add_pairs(key, {&value});
        if (key != "timestamp") return;
        const auto time = moment(value);
        if (!time) return;
        constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
        constexpr auto kGreatest = std::numeric_limits<std::int64_t>::max();
        const bool from = type == "COMPARE_EQUAL" || type.starts_with("COMPARE_GREATER");
        const bool until = type == "COMPARE_EQUAL" || type.starts_with("COMPARE_LESS");
        condition_.bound_time(from ? *time - kSlackMicroseconds : kLeast,
                              until ? *time + kSlackMicroseconds : kGreatest);
    }

    void add_between(const Tree& node) {
        const auto key = field(child(node, "input"));
        if (!key) return;
        add_bound("COMPARE_GREATERTHANOREQUALTO", *key, child(node, "lower"));
        add_bound("COMPARE_LESSTHANOREQUALTO", *key, child(node, "upper"));
    }

    void add_in(const Tree& node) {
        const Tree& children = child(node, "children");
        if (children.size() < 2) return;
        const auto key = field(children[0]);
        if (!key || !has_pair_hash(*key)) return;
        std::vector<const Tree*> values;
        for (std::size_t i = 1; i < children.size(); ++i) values.push_back(&children[i]);
        add_pairs(*key, values);
    }

    void add_pairs(const std::string& key, const std::vector<const Tree*>& values) {
        NeededPair needed;
        needed.key = key;
        std::size_t numbers = 0;
        for (const Tree* value : values) {
            if (text_of(*value, "type") != "VALUE_CONSTANT") return;
            const Tree& constant = child(*value, "value");
            const std::string type = text_of(child(constant, "type"), "id");
            const Tree& content = child(constant, "value");
            if (type == "VARCHAR" && content.is_string()) {
                if (!is_hashed_as_written(content.get<std::string>())) return;
                needed.pairs.push_back(pair_hash(key_hash(key), content.get<std::string>()));
            } else if ((type == "INTEGER" || type == "BIGINT") && content.is_number_integer())
                numbers += 1, needed.pairs.push_back(pair_hash(key_hash(key), content.dump()));
            else {
                return;
            }
        }
        if (numbers != 0 && numbers != values.size()) return;
        needed.number = numbers != 0;
        condition_.need(std::move(needed));
    }

    /// The key of a field of `events`.
    [[nodiscard]] std::optional<std::string> field(const Tree& node) const {
        if (text_of(node, "class") != "COLUMN_REF") return std::nullopt;
        const Tree& names = child(node, "column_names");
        if (names.empty() || names.size() > 2) return std::nullopt;
        if (names.size() == 2 && folded_name(names[0].get<std::string>()) != table_) return std::nullopt;
        std::string key = names.back().get<std::string>();
        if (names.size() == 1 && aliases_.contains(folded_name(key))) return std::nullopt;
        return key;
    }

    /// The time that a constant expression is, in microseconds since 1970.
    std::optional<std::int64_t> moment(const Tree& expression) {
        if (!is_constant(expression)) return std::nullopt;
        const auto parsed = database_.texts("SELECT json_serialize_sql('SELECT 1')");
        if (!parsed.ok() || parsed.value().empty()) return std::nullopt;
        Tree statement = Tree::parse(parsed.value()[0][0], nullptr, false);
        if (statement.is_discarded()) return std::nullopt;
        statement["statements"][0]["node"]["select_list"] = Tree::array({expression});
        const auto sql = database_.texts("SELECT json_deserialize_sql(" + quoted_text(statement.dump()) + ")");
        if (!sql.ok() || sql.value().empty()) return std::nullopt;
        const auto value = database_.texts("SELECT epoch_us(try_cast(t AS TIMESTAMPTZ))::VARCHAR FROM (" +
                                           sql.value()[0][0] + ") AS constant(t)");
        if (!value.ok() || value.value().empty()) return std::nullopt;
        const std::string& text = value.value()[0][0];
        std::int64_t time = 0;
        const auto result = std::from_chars(text.data(), text.data() + text.size(), time);
        // So far from any clock that there is no room for the slack: infinities too.
        constexpr std::int64_t kFar = std::int64_t{1} << 61;
        if (result.ec != std::errc{} || time > kFar || time < -kFar) return std::nullopt;
        return time;
    }

    Database& database_;
    std::string table_;
    std::set<std::string> aliases_;
    FrameCondition condition_;
};

}  // namespace

FrameCondition frame_condition_of(Database& database, const std::string& sql) {
    const auto parsed = database.texts("SELECT json_serialize_sql(" + quoted_text(sql) + ")");
    if (!parsed.ok() || parsed.value().empty()) return {};
    const Tree tree = Tree::parse(parsed.value()[0][0], nullptr, false);
    const Tree& statements = child(tree, "statements");
    if (!statements.is_array() || statements.size() != 1 || uses_of_events(statements) != 1) return {};
    const Tree* const select = select_from_events(child(statements[0], "node"));
    if (select == nullptr) return {};
    return WhereClause(database, *select).condition();
}

}  // namespace wideline::query

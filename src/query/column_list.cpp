#include "query/column_list.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "read/reserved_field.hpp"

namespace wideline::query {
namespace {

Scalar scalar_of(const LineValue& value, Scalar known) {
    switch (value.kind) {
        case LineValue::Kind::null:
            return Scalar::null;
        case LineValue::Kind::boolean:
            return Scalar::boolean;
        case LineValue::Kind::whole:
            return Scalar::bigint;
        case LineValue::Kind::wide:
            return Scalar::hugeint;
        case LineValue::Kind::real:
            return Scalar::real;
        case LineValue::Kind::string:
            // Only where it can still make a difference, for this is asked of every string of every line.
            if (known != Scalar::null && known != Scalar::timestamp) return Scalar::text;
            return read::time_of(value.json) ? Scalar::timestamp : Scalar::text;
        case LineValue::Kind::array:
        case LineValue::Kind::object:
            return Scalar::json;
    }
    return Scalar::json;
}

}  // namespace

std::size_t FieldNumbers::find(std::string_view escaped_key) {
    if (expected_ < order_.size() && order_[expected_].first == escaped_key) return order_[expected_++].second;
    const auto found = numbers_.find(escaped_key);
    if (found == numbers_.end()) return kNone;
    for (std::size_t i = expected_; i < order_.size(); ++i)
        if (order_[i].first == found->first) {
            expected_ = i + 1;
            break;
        }
    return found->second;
}

void FieldNumbers::add(std::string_view escaped_key, std::size_t number) {
    const auto [place, added] = numbers_.emplace(escaped_key, number);
    if (!added) return;
    order_.insert(order_.begin() + static_cast<std::ptrdiff_t>(expected_), {place->first, number});
    ++expected_;
}

ColumnInference::ColumnInference(std::vector<Column> known)
    : columns_(std::move(known)), last_line_(columns_.size(), 0), first_seen_(columns_.size(), 0) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        by_key_.emplace(columns_[i].key, i);
        reserved_.push_back(reserved(columns_[i].key));
    }
}

bool ColumnInference::add(std::string_view line) {
    begin_line();
    const bool good = read_line_values(line, [this](std::string_view key, const LineValue& value) {
        take(key, value);
        return Go::on;
    });
    end_line(good);
    return good;
}

void ColumnInference::begin_line() {
    numbers_.begin_line();
    ++line_;
    seen_.clear();
    new_.clear();
}

void ColumnInference::end_line(bool good) {
    if (!good) return;
    for (const auto& [number, type] : seen_)
        columns_[number].type = merged(columns_[number].type, type, reserved_[number]);
    if (!new_.empty()) add_new_columns();
}

std::size_t ColumnInference::take(std::string_view escaped_key, const LineValue& value) {
    std::size_t number = numbers_.find(escaped_key);
    if (number == FieldNumbers::kNone) {
        const auto known = by_key_.find(unescaped_key(escaped_key));
        if (known == by_key_.end()) {
            const std::string key = unescaped_key(escaped_key);
            new_.emplace_back(escaped_key, type_of(value, {}, reserved(key)));
            return FieldNumbers::kNone;
        }
        number = known->second;
        numbers_.add(escaped_key, number);
    }
    if (std::exchange(last_line_[number], line_) == line_) return number;
    const ColumnType known = columns_[number].type;
    const Reserved kind = reserved_[number];
    if (is_settled(known, kind)) return number;
    const ColumnType type = merged(known, type_of(value, known, kind), kind);
    if (type == known) return number;
    seen_.emplace_back(number, type);
    return FieldNumbers::kNone;
}

ColumnType ColumnInference::type_of(const LineValue& value, ColumnType known, Reserved kind) {
    if (kind == Reserved::number && value.is_number())
        return {read::number_of(value.json) ? Scalar::real : Scalar::null, false};
    if (kind == Reserved::time && read::time_of(value.json)) return {Scalar::timestamp, false};
    if (kind == Reserved::text) return {value.kind == LineValue::Kind::null ? Scalar::null : Scalar::text, false};
    if (value.kind != LineValue::Kind::array)
        return {scalar_of(value, known.list ? Scalar::text : known.scalar), false};
    if (!known.list && known.scalar == Scalar::json) return known;
    ColumnType items{Scalar::null, true};
    const bool good = read_item_values(value.json, [&](const LineValue& item) {
        // A time in a list is a text.
        items = merged(items, {scalar_of(item, Scalar::text), true});
    });
    return good ? items : ColumnType{Scalar::json, false};
}

void ColumnInference::add_new_columns() {
    for (const auto& [escaped, type] : new_) {
        const std::string key = unescaped_key(escaped);
        // The line has the key twice, perhaps escaped in two ways: the first value counts.
        const auto known = by_key_.find(key);
        if (known != by_key_.end()) {
            numbers_.add(escaped, known->second);
            continue;
        }
        if (columns_.size() == kMostColumns) {
            too_many_ = true;
            continue;
        }
        by_key_.emplace(key, columns_.size());
        numbers_.add(escaped, columns_.size());
        columns_.push_back({key, type});
        reserved_.push_back(reserved(key));
        last_line_.push_back(line_);
        first_seen_.push_back(lines_);
    }
}

void merge_columns(std::vector<Column>& into, const std::vector<Column>& more) {
    std::unordered_map<std::string_view, std::size_t> known;
    std::vector<Column> added;
    for (std::size_t i = 0; i < into.size(); ++i) known.emplace(into[i].key, i);
    for (const Column& column : more) {
        const auto found = known.find(column.key);
        if (found == known.end())
            added.push_back(column);
        else
            into[found->second].type = merged(into[found->second].type, column.type, reserved(column.key));
    }
    into.insert(into.end(), added.begin(), added.end());
}

std::vector<std::string> column_names(const std::vector<Column>& columns) {
    std::vector<std::string> names;
    std::unordered_set<std::string> taken;
    for (const Column& column : columns) {
        std::string wanted = column.key.empty() ? "_" : column.key;
        std::replace(wanted.begin(), wanted.end(), '\0', ' ');  // It would end the name.
        std::string name = wanted;
        for (int number = 1; !taken.insert(folded_name(name)).second; ++number)
            name = wanted + "_" + std::to_string(number);
        names.push_back(std::move(name));
    }
    return names;
}

}  // namespace wideline::query

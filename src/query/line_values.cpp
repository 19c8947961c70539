#include "query/line_values.hpp"

#include <simdjson.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "encoding/json_unescape.hpp"
#include "read/byte_window.hpp"
#include "read/lines.hpp"

namespace wideline::query {
namespace {

namespace ondemand = simdjson::ondemand;

std::string_view trimmed(std::string_view text) {
    const std::size_t last = text.find_last_not_of(" \t\r\n");
    return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

simdjson::padded_string_view padded(std::string_view text) {
    return simdjson::padded_string_view(text.data(), text.size(), text.size() + read::kReadableBehind);
}

/// The key between its quotes. simdjson has made sure that it ends.
std::string_view escaped_key(ondemand::raw_json_string key) {
    const char* const begin = key.raw();
    const char* end = begin;
    while (*end != '"') end += *end == '\\' ? 2 : 1;
    return {begin, static_cast<std::size_t>(end - begin)};
}

/// A number as JSON writes it: -?(0|[1-9][0-9]*) and then anything that from_chars takes.
bool read_number(std::string_view json, LineValue& into) {
    const std::size_t first = json.starts_with('-') ? 1 : 0;
    std::size_t digits = first;
    while (digits < json.size() && json[digits] >= '0' && json[digits] <= '9') ++digits;
    if (digits == first || (json[first] == '0' && digits - first > 1)) return false;
    const char* const end = json.data() + json.size();
    const auto all = [end](std::from_chars_result result) { return result.ec == std::errc{} && result.ptr == end; };
    if (digits == json.size()) {
        if (all(std::from_chars(json.data(), end, into.whole))) {
            into.kind = LineValue::Kind::whole;
            return true;
        }
        if (all(std::from_chars(json.data(), end, into.natural))) {
            into.kind = LineValue::Kind::natural;
            return true;
        }
    } else if (json[digits] == '.' && (digits + 1 == json.size() || json[digits + 1] < '0' || json[digits + 1] > '9')) {
        return false;
    }
    into.kind = LineValue::Kind::real;
    const auto result = std::from_chars(json.data(), end, into.real);
    if (result.ptr != end) return false;
    if (result.ec == std::errc::result_out_of_range) into.real = std::strtod(std::string(json).c_str(), nullptr);
    return true;
}

/// False where it is no JSON value.
bool read_value(ondemand::value value, LineValue& into) {
    ondemand::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return false;
    into.kind = LineValue::Kind::null;
    if (type == ondemand::json_type::object) {
        ondemand::object object;
        if (value.get_object().get(object) != simdjson::SUCCESS ||
            object.raw_json().get(into.json) != simdjson::SUCCESS)
            return false;
        into.kind = LineValue::Kind::object;
        into.json = trimmed(into.json);
        return true;
    }
    if (type == ondemand::json_type::array) {
        ondemand::array array;
        if (value.get_array().get(array) != simdjson::SUCCESS || array.raw_json().get(into.json) != simdjson::SUCCESS)
            return false;
        into.kind = LineValue::Kind::array;
        into.json = trimmed(into.json);
        return true;
    }
    into.json = trimmed(value.raw_json_token());
    if (type == ondemand::json_type::string) {
        into.kind = LineValue::Kind::string;
        return into.json.size() >= 2 && into.json.ends_with('"');
    }
    if (type == ondemand::json_type::number) return read_number(into.json, into);
    if (into.json == "null") return true;
    into.kind = LineValue::Kind::boolean;
    into.boolean = into.json == "true";
    return into.boolean || into.json == "false";
}

}  // namespace

double LineValue::as_real() const noexcept {
    if (kind == Kind::whole) return static_cast<double>(whole);
    return kind == Kind::natural ? static_cast<double>(natural) : real;
}

std::string_view LineValue::text(std::string& room) const {
    if (kind != Kind::string) return json;
    if (std::memchr(json.data(), '\\', json.size()) == nullptr) return json.substr(1, json.size() - 2);
    room = json_text::unescaped(json);
    return room;
}

struct LineValues::Parsers {
    ondemand::parser line;
    ondemand::parser items;
    ondemand::document document;
    ondemand::document array_document;
};

LineValues::LineValues() : parsers_(std::make_unique<Parsers>()) {}
LineValues::~LineValues() = default;

bool LineValues::read(std::string_view line, const std::function<Go(std::string_view, const LineValue&)>& take) {
    line = read::without_mark(trimmed(line));
    if (!line.ends_with('}')) return false;  // Nor can there be anything behind the object.
    ondemand::object object;
    if (parsers_->line.iterate(padded(line)).get(parsers_->document) != simdjson::SUCCESS ||
        parsers_->document.get_object().get(object) != simdjson::SUCCESS)
        return false;
    LineValue value;
    for (auto found : object) {
        ondemand::field field;
        if (std::move(found).get(field) != simdjson::SUCCESS) return false;
        const std::string_view key = escaped_key(field.key());
        if (!read_value(field.value(), value)) return false;
        if (take(key, value) == Go::away) return true;
    }
    return parsers_->document.current_location().error() == simdjson::OUT_OF_BOUNDS;  // Nothing is behind it.
}

bool LineValues::read_items(std::string_view array, const std::function<void(const LineValue&)>& take) {
    ondemand::array items;
    if (parsers_->items.iterate(padded(array)).get(parsers_->array_document) != simdjson::SUCCESS ||
        parsers_->array_document.get_array().get(items) != simdjson::SUCCESS)
        return false;
    LineValue value;
    for (auto found : items) {
        ondemand::value item;
        if (std::move(found).get(item) != simdjson::SUCCESS || !read_value(item, value)) return false;
        take(value);
    }
    return true;
}

std::string unescaped_key(std::string_view escaped) {
    if (escaped.find('\\') == std::string_view::npos) return std::string(escaped);
    return json_text::unescaped(std::string("\"").append(escaped).append("\""));
}

}  // namespace wideline::query

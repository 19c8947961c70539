#include "read/event_line.hpp"

#include <simdjson.h>

#include <charconv>
#include <cmath>
#include <cstring>

#include "read/byte_window.hpp"
#include "read/lines.hpp"

namespace wideline::read {
namespace {

namespace ondemand = simdjson::ondemand;

static_assert(kReadableBehind >= simdjson::SIMDJSON_PADDING);

std::string_view trimmed(std::string_view text) {
    const std::size_t last = text.find_last_not_of(" \t\r\n");
    return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

/// The key between its quotes, as it stands. simdjson has made sure that it ends.
std::string_view escaped_key(ondemand::raw_json_string key) {
    const char* const begin = key.raw();
    const char* end = begin;
    while (*end != '"') end += *end == '\\' ? 2 : 1;
    return {begin, static_cast<std::size_t>(end - begin)};
}

/// -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?
bool is_json_number(std::string_view text) noexcept {
    std::size_t at = text.starts_with('-') ? 1 : 0;
    const auto digits = [&] {
        const std::size_t begin = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
        return at - begin;
    };
    const bool zero = at < text.size() && text[at] == '0';
    const std::size_t whole = digits();
    if (whole == 0 || (zero && whole != 1)) return false;
    if (at < text.size() && text[at] == '.') {
        ++at;
        if (digits() == 0) return false;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
        if (digits() == 0) return false;
    }
    return at == text.size();
}

/// Of what begins as a scalar: simdjson looks at no more than that unless it is asked for the value.
bool is_scalar(std::string_view text) noexcept {
    if (text.starts_with('"')) return text.size() >= 2 && text.ends_with('"');
    return text == "true" || text == "false" || text == "null" || is_json_number(text);
}

std::optional<JsonText> text_of(ondemand::value value) {
    ondemand::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return std::nullopt;
    std::string_view text;
    if (type == ondemand::json_type::object) {
        ondemand::object object;
        if (value.get_object().get(object) != simdjson::SUCCESS || object.raw_json().get(text) != simdjson::SUCCESS)
            return std::nullopt;
    } else if (type == ondemand::json_type::array) {
        ondemand::array array;
        if (value.get_array().get(array) != simdjson::SUCCESS || array.raw_json().get(text) != simdjson::SUCCESS)
            return std::nullopt;
    } else {
        text = value.raw_json_token();
        if (!is_scalar(trimmed(text))) return std::nullopt;
    }
    return trimmed(text);
}

}  // namespace

struct EventLine::Parser {
    ondemand::parser parser;
    ondemand::document document;

    /// The line as an object; false where it does not begin as one.
    bool begin(std::string_view line, ondemand::object& object) {
        line = without_mark(trimmed(line));
        if (!line.ends_with('}')) return false;  // Nor can there be anything behind the object.
        const simdjson::padded_string_view padded(line.data(), line.size(), line.size() + kReadableBehind);
        return parser.iterate(padded).get(document) == simdjson::SUCCESS &&
               document.get_object().get(object) == simdjson::SUCCESS;
    }
};

EventLine::EventLine(std::vector<std::string> keys)
    : keys_(std::move(keys)), values_(keys_.size()), parser_(std::make_unique<Parser>()) {}

EventLine::~EventLine() = default;

bool EventLine::read(std::string_view line) {
    std::fill(values_.begin(), values_.end(), JsonText());
    ondemand::object object;
    if (!parser_->begin(line, object)) return false;
    std::size_t missing = keys_.size();
    for (auto found : object) {
        ondemand::field field;
        if (std::move(found).get(field) != simdjson::SUCCESS) return false;
        const std::string_view key = escaped_key(field.key());
        std::optional<JsonText> text;
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            if (!values_[i].empty() || !key_is(key, keys_[i])) continue;
            if (!text) text = text_of(field.value());
            if (!text) return false;
            values_[i] = *text;
            --missing;
        }
        if (missing == 0) return true;
    }
    return true;
}

bool EventLine::read_raw(std::string_view line, std::vector<RawField>& fields) {
    fields.clear();
    ondemand::object object;
    if (!parser_->begin(line, object)) return false;
    for (auto found : object) {
        ondemand::field field;
        if (std::move(found).get(field) != simdjson::SUCCESS) return false;
        const std::string_view key = escaped_key(field.key());
        const auto text = text_of(field.value());
        if (!text) return false;
        fields.push_back({key, *text});
    }
    return true;
}

bool EventLine::read_all(std::string_view line, std::vector<std::pair<std::string, JsonText>>& fields) {
    fields.clear();
    if (!read_raw(line, raw_)) return false;
    for (const auto& [key, value] : raw_)
        fields.emplace_back(unescaped(std::string("\"").append(key).append("\"")), value);
    return true;
}

bool key_is(std::string_view escaped, std::string_view wanted) {
    if (escaped == wanted) return true;
    if (escaped.find('\\') == std::string_view::npos) return false;
    return unescaped(std::string("\"").append(escaped).append("\"")) == wanted;
}

std::optional<double> number_of(JsonText value) noexcept {
    double number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc{} || end != value.data() + value.size() || !std::isfinite(number)) return std::nullopt;
    return number;
}

}  // namespace wideline::read

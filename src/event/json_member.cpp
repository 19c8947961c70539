#include "event/json_member.hpp"

#include <exception>
#include <forward_list>
#include <string>

#include "encoding/json_unescape.hpp"
#include "event/field_value.hpp"

namespace wideline::detail {

namespace {

/// Past the value at `at`. The text is our own: valid, and without white space.
std::size_t after_value(std::string_view json, std::size_t at) noexcept {
    std::size_t depth = 0;
    while (at < json.size()) {
        const char c = json[at];
        if (c == '"') {
            at = json_text::end_of_string(json, at);
            if (depth == 0) return at;
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}' || c == ']')) return at;
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
        ++at;
        if (depth == 0 && (c == '}' || c == ']')) return at;
    }
    return at;
}

/// The value of the member with this key, as JSON text; of several, the last one. Empty if there is none.
std::string_view value_of_key(std::string_view object, std::string_view key) noexcept {
    std::string_view found;
    if (object.empty() || object.front() != '{') return found;
    std::size_t at = 1;
    while (at < object.size() && object[at] == '"') {
        const std::size_t colon = json_text::end_of_string(object, at);
        if (colon >= object.size()) break;
        const std::string_view written = object.substr(at + 1, colon - at - 2);
        const std::size_t end = after_value(object, colon + 1);
        if (written == key) found = object.substr(colon + 1, end - colon - 1);
        at = end + 1;
    }
    return found;
}

std::string_view value_at_path(std::string_view object, std::string_view path) noexcept {
    if (const std::string_view value = value_of_key(object, path); !value.empty()) return value;
    for (std::size_t dot = path.rfind('.'); dot != path.npos && dot != 0; dot = path.rfind('.', dot - 1)) {
        const std::string_view inner = value_of_key(object, path.substr(0, dot));
        if (inner.empty()) continue;
        if (const std::string_view value = value_at_path(inner, path.substr(dot + 1)); !value.empty()) return value;
    }
    return {};
}

/// A string of JSON without its escapes, if it has any; kept with the event.
std::optional<std::string_view> text_of(std::string_view quoted, const OpenEvent& event) noexcept {
    if (quoted.find('\\') == quoted.npos) return quoted.substr(1, quoted.size() - 2);
    try {
        if (event.copies == nullptr) event.copies = new std::forward_list<std::string>;
        return event.copies->emplace_front(json_text::unescaped(quoted));
    } catch (const std::exception&) {  // no memory for it
        return std::nullopt;
    }
}

}  // namespace

std::optional<FieldValue> json_member(std::string_view object, std::string_view path, const OpenEvent& event) noexcept {
    const std::string_view json = value_at_path(object, path);
    if (json.empty()) return std::nullopt;
    FieldValue value;
    value.event = &event;
    switch (json.front()) {
        case '"': {
            const auto text = text_of(json, event);
            if (!text) return std::nullopt;
            value.type = FieldValue::Type::string;
            value.text = *text;
            return value;
        }
        case '{':
        case '[':
            value.type = FieldValue::Type::json;
            value.text = json;
            return value;
        case 't':
        case 'f':
            value.type = FieldValue::Type::boolean;
            value.boolean = json.front() == 't';
            return value;
        case 'n':
            return value;
        default:
            if (!read_number(json, value)) return std::nullopt;
            return value;
    }
}

}  // namespace wideline::detail

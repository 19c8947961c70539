#include "query/line_values.hpp"

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "encoding/json_unescape.hpp"
#include "encoding/json_walk.hpp"
#include "read/lines.hpp"

namespace wideline::query {
namespace {

using json_text::JsonWalk;

/// Of a whole number that is known to be JSON's; nullopt if it has too many digits.
std::optional<Wide> wide_number(std::string_view json) {
    const bool negative = json.starts_with('-');
    if (negative) json.remove_prefix(1);
    if (json.size() > LineValue::kMostDigits) return std::nullopt;
    Wide number = 0;
    for (const char digit : json) number = 10 * number + (digit - '0');
    return negative ? -number : number;
}

/// A number that is known to be JSON's.
void read_number(std::string_view json, LineValue& into) {
    const char* const end = json.data() + json.size();
    const auto all = [end](std::from_chars_result result) { return result.ec == std::errc{} && result.ptr == end; };
    if (json.find_first_of(".eE") == std::string_view::npos) {
        if (all(std::from_chars(json.data(), end, into.whole))) {
            into.kind = LineValue::Kind::whole;
            return;
        }
        if (const auto wide = wide_number(json)) {
            into.kind = LineValue::Kind::wide;
            into.wide = *wide;
            return;
        }
    }
    into.kind = LineValue::Kind::real;
    if (std::from_chars(json.data(), end, into.real).ec == std::errc::result_out_of_range)
        into.real = std::strtod(std::string(json).c_str(), nullptr);
}

/// A value that is known to be JSON.
void read_value(std::string_view json, LineValue& into) {
    using Kind = LineValue::Kind;
    into.json = json;
    switch (json.front()) {
        case '{':
            into.kind = Kind::object;
            break;
        case '[':
            into.kind = Kind::array;
            break;
        case '"':
            into.kind = Kind::string;
            break;
        case 'n':
            into.kind = Kind::null;
            break;
        case 't':
        case 'f':
            into.kind = Kind::boolean;
            into.boolean = json.front() == 't';
            break;
        default:
            read_number(json, into);
    }
}

}  // namespace

double LineValue::as_real() const noexcept {
    if (kind == Kind::whole) return static_cast<double>(whole);
    return kind == Kind::wide ? static_cast<double>(wide) : real;
}

std::string_view LineValue::text(std::string& room) const {
    if (kind != Kind::string) return json;
    if (std::memchr(json.data(), '\\', json.size()) == nullptr) return json.substr(1, json.size() - 2);
    room = json_text::unescaped(json);
    return room;
}

bool read_line_values(std::string_view line, const std::function<Go(std::string_view, const LineValue&)>& take) {
    JsonWalk walk(read::without_mark(line), JsonWalk::Over::object);
    LineValue value;
    for (JsonWalk::Member member; walk.next(member);) {
        read_value(member.value, value);
        if (take(member.key, value) == Go::away) return true;
    }
    return walk.whole();
}

bool read_item_values(std::string_view array, const std::function<void(const LineValue&)>& take) {
    JsonWalk walk(array, JsonWalk::Over::array);
    LineValue value;
    for (JsonWalk::Member item; walk.next(item);) {
        read_value(item.value, value);
        take(value);
    }
    return walk.whole();
}

std::string unescaped_key(std::string_view escaped) {
    if (escaped.find('\\') == std::string_view::npos) return std::string(escaped);
    return json_text::unescaped(std::string("\"").append(escaped).append("\""));
}

}  // namespace wideline::query

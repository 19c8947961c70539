#include "encoding/pair_hash.hpp"

#include <algorithm>
#include <charconv>

#include "encoding/json_number.hpp"
#include "encoding/json_unescape.hpp"

namespace wideline {

namespace {

void append_text(std::vector<std::uint64_t>& to, std::uint64_t key, std::string_view quoted) {
    if (quoted.size() < 2) return;
    if (quoted.find('\\') == quoted.npos)
        to.push_back(pair_hash(key, quoted.substr(1, quoted.size() - 2)));
    else
        to.push_back(pair_hash(key, json_text::unescaped(quoted)));
}

void append_number(std::vector<std::uint64_t>& to, std::uint64_t key, std::string_view json) {
    std::size_t digits_end = 0;
    while (digits_end < json.size() &&
           ((json[digits_end] >= '0' && json[digits_end] <= '9') || json[digits_end] == '-'))
        ++digits_end;
    if (json == "-0") json.remove_prefix(1);
    if (digits_end >= json.size()) return to.push_back(pair_hash(key, json));
    // What most doubles are: a few decimals and no exponent. Only of those that end in zeros some are whole.
    if (json.back() != '0' && json.find_first_of("eE", digits_end) == json.npos) return;
    double value = 0;
    std::from_chars(json.data(), json.data() + json.size(), value);
    char digits[kWholeNumberBound];
    if (const std::size_t size = whole_number(digits, value); size != 0) to.push_back(pair_hash(key, {digits, size}));
}

void append_scalar(std::vector<std::uint64_t>& to, std::uint64_t key, std::string_view json) {
    if (json.front() == 't' || json.front() == 'f' || json.front() == 'n')
        to.push_back(pair_hash(key, json));
    else
        append_number(to, key, json);
}

void append_items(std::vector<std::uint64_t>& to, std::uint64_t key, std::string_view json) {
    int depth = 0;
    for (std::size_t at = 0; at < json.size();) {
        const char c = json[at];
        if (c == '"') {
            const std::size_t end = json_text::end_of_string(json, at);
            if (depth == 1 && end <= json.size()) append_text(to, key, json.substr(at, end - at));
            at = end;
            continue;
        }
        if (c == '[' || c == '{') ++depth;
        if (c == ']' || c == '}') --depth;
        if (depth != 1 || std::string_view("[]}, \t\r\n").find(c) != std::string_view::npos) {
            ++at;
            continue;
        }
        const std::size_t end = std::min(json.find_first_of(",] \t\r\n", at), json.size());
        append_scalar(to, key, json.substr(at, end - at));
        at = end;
    }
}

}  // namespace

std::size_t whole_number(char* out, double value) noexcept {
    // Compared before it is cast: a double out of an integer's range has no value there. Both limits are exact.
    if (!(value >= -9223372036854775808.0 && value < 18446744073709551616.0)) return 0;
    const bool negative = value < 0;
    const auto magnitude = static_cast<std::uint64_t>(negative ? -value : value);
    if (static_cast<double>(magnitude) != (negative ? -value : value)) return 0;
    char* end = out;
    if (negative) *end++ = '-';
    end = json_text::write_uint(end, magnitude);
    return static_cast<std::size_t>(end - out);
}

void append_pair_hashes(std::vector<std::uint64_t>& to, std::uint64_t key, std::string_view json) {
    if (json.empty()) return;
    switch (json.front()) {
        case '"':
            return append_text(to, key, json);
        case '[':
            return append_items(to, key, json);
        case '{':
            return;
        default:
            return append_scalar(to, key, json);
    }
}

}  // namespace wideline

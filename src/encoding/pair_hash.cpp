#include "encoding/pair_hash.hpp"

#include <charconv>
#include <string>

#include "encoding/json_number.hpp"

namespace wideline {

namespace {

/// One character of four hexadecimal digits.
std::uint32_t code_unit(const char* digits) noexcept {
    std::uint32_t unit = 0;
    std::from_chars(digits, digits + 4, unit, 16);
    return unit;
}

void append_utf8(std::string& to, std::uint32_t code) {
    const auto continued = [&](unsigned shift) { to += static_cast<char>(0x80 | (code >> shift & 0x3f)); };
    if (code < 0x80) {
        to += static_cast<char>(code);
    } else if (code < 0x800) {
        to += static_cast<char>(0xc0 | code >> 6);
        continued(0);
    } else if (code < 0x10000) {
        to += static_cast<char>(0xe0 | code >> 12);
        continued(6);
        continued(0);
    } else {
        to += static_cast<char>(0xf0 | code >> 18);
        continued(12);
        continued(6);
        continued(0);
    }
}

/// A JSON string's content, with its escapes read.
std::string unescaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        constexpr std::string_view kLetters = "bfnrt";
        constexpr std::string_view kMeanings = "\b\f\n\r\t";
        const char letter = text[++i];
        if (const std::size_t at = kLetters.find(letter); at != kLetters.npos) {
            out += kMeanings[at];
        } else if (letter == 'u' && text.size() - i > 4) {
            std::uint32_t code = code_unit(&text[i + 1]);
            i += 4;
            const bool pair = code >> 10 == 0x36 && text.size() - i > 6 && text.substr(i + 1, 2) == "\\u";
            if (pair) {
                code = 0x10000 + ((code & 0x3ff) << 10) + (code_unit(&text[i + 3]) & 0x3ff);
                i += 6;
            }
            append_utf8(out, code);
        } else {
            out += letter;
        }
    }
    return out;
}

void append_text(std::vector<std::uint64_t>& to, std::uint64_t key, std::string_view content) {
    if (content.find('\\') == content.npos)
        to.push_back(pair_hash(key, content));
    else
        to.push_back(pair_hash(key, unescaped(content)));
}

void append_number(std::vector<std::uint64_t>& to, std::uint64_t key, std::string_view json) {
    if (json.find_first_of(".eE") == json.npos) {
        to.push_back(pair_hash(key, json));
        return;
    }
    double value = 0;
    std::from_chars(json.data(), json.data() + json.size(), value);
    char digits[kWholeNumberBound];
    if (const std::size_t size = whole_number(digits, value); size != 0) to.push_back(pair_hash(key, {digits, size}));
}

/// Just past the string that begins at `at`.
std::size_t end_of_string(std::string_view json, std::size_t at) noexcept {
    for (++at; at < json.size() && json[at] != '"'; ++at)
        if (json[at] == '\\') ++at;
    return at + 1;
}

void append_items(std::vector<std::uint64_t>& to, std::uint64_t key, std::string_view json) {
    int depth = 0;
    for (std::size_t at = 0; at < json.size();) {
        const char c = json[at];
        if (c == '"') {
            const std::size_t end = end_of_string(json, at);
            if (depth == 1 && end <= json.size()) append_text(to, key, json.substr(at + 1, end - at - 2));
            at = end;
            continue;
        }
        if (c == '[' || c == '{') ++depth;
        if (c == ']' || c == '}') --depth;
        ++at;
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
            return append_text(to, key, json.substr(1, json.size() - 2));
        case '[':
            return append_items(to, key, json);
        case '{':
            return;
        case 't':
        case 'f':
        case 'n':
            return to.push_back(pair_hash(key, json));
        default:
            return append_number(to, key, json);
    }
}

}  // namespace wideline

#include "encoding/json_unescape.hpp"

#include <charconv>
#include <cstdint>
#include <optional>

namespace wideline::json_text {
namespace {

void append_utf8(std::string& to, std::uint32_t point) {
    const auto byte = [&to](std::uint32_t bits) { to.push_back(static_cast<char>(static_cast<unsigned char>(bits))); };
    if (point < 0x80) {
        byte(point);
    } else if (point < 0x800) {
        byte(0xC0 | (point >> 6));
        byte(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
        byte(0xE0 | (point >> 12));
        byte(0x80 | ((point >> 6) & 0x3F));
        byte(0x80 | (point & 0x3F));
    } else {
        byte(0xF0 | (point >> 18));
        byte(0x80 | ((point >> 12) & 0x3F));
        byte(0x80 | ((point >> 6) & 0x3F));
        byte(0x80 | (point & 0x3F));
    }
}

std::optional<std::uint32_t> four_hex(std::string_view text) {
    if (text.size() < 4) return std::nullopt;
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + 4, value, 16);
    if (error != std::errc{} || end != text.data() + 4) return std::nullopt;
    return value;
}

/// `text` begins behind a backslash and 'u'. Gives how many characters belong to the escape; 0 where it is none.
std::size_t append_unicode_escape(std::string& to, std::string_view text) {
    const auto high = four_hex(text);
    if (!high) return 0;
    if (*high >= 0xD800 && *high < 0xDC00 && text.substr(4).starts_with("\\u")) {
        const auto low = four_hex(text.substr(6));
        if (low && *low >= 0xDC00 && *low < 0xE000) {
            append_utf8(to, 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00));
            return 10;
        }
    }
    append_utf8(to, *high >= 0xD800 && *high < 0xE000 ? 0xFFFD : *high);
    return 4;
}

char simple_escape(char escaped) {
    switch (escaped) {
        case 'n':
            return '\n';
        case 't':
            return '\t';
        case 'r':
            return '\r';
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case '"':
        case '\\':
        case '/':
            return escaped;
        default:
            return '\0';
    }
}

}  // namespace

std::string unescaped(std::string_view value) {
    if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
    value = value.substr(1, value.size() - 2);
    std::string text;
    text.reserve(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] != '\\' || i + 1 == value.size()) {
            text.push_back(value[i]);
            continue;
        }
        const char escaped = value[++i];
        if (const char plain = simple_escape(escaped); plain != '\0') {
            text.push_back(plain);
        } else if (const std::size_t used = escaped == 'u' ? append_unicode_escape(text, value.substr(i + 1)) : 0;
                   used != 0) {
            i += used;
        } else {
            text.push_back('\\');
            text.push_back(escaped);
        }
    }
    return text;
}

}  // namespace wideline::json_text

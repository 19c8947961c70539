#include "encoding/printable.hpp"

#include <algorithm>
#include <iterator>

namespace wideline {
namespace {

void append_shown(std::string& to, unsigned char byte) {
    constexpr std::string_view kHex = "0123456789abcdef";
    switch (byte) {
        case '\n':
            to += "\\n";
            return;
        case '\t':
            to += "\\t";
            return;
        case '\r':
            to += "\\r";
            return;
        default:
            to += "\\x";
            to.push_back(kHex[byte >> 4]);
            to.push_back(kHex[byte & 15]);
    }
}

/// Bytes of the UTF-8 sequence that `text` begins with and that may be shown; 0 where there is none.
std::size_t sequence_length(std::string_view text) {
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return lead >= 0x20 && lead != 0x7F ? 1 : 0;
    const std::size_t length = lead >= 0xF0 && lead <= 0xF4 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
    if (length == 0 || lead > 0xF4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xC0) != 0x80) return 0;
    if (lead == 0xC2 && byte(1) < 0xA0) return 0;  // C1: some terminals obey it.
    // U+202A to U+202E and U+2066 to U+2069 turn the direction of what follows.
    if (lead == 0xE2 && byte(1) == 0x80 && byte(2) >= 0xAA && byte(2) <= 0xAE) return 0;
    if (lead == 0xE2 && byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9) return 0;
    return length;
}

/// Of valid UTF-8.
char32_t next_code_point(std::string_view text, std::size_t& at) noexcept {
    const auto lead = static_cast<unsigned char>(text[at++]);
    char32_t point = lead < 0x80 ? lead : lead < 0xE0 ? lead & 0x1F : lead < 0xF0 ? lead & 0x0F : lead & 0x07;
    for (; at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80; ++at)
        point = point << 6 | (static_cast<unsigned char>(text[at]) & 0x3F);
    return point;
}

struct Range {
    char32_t first, last;
};

/// East Asian Width W and F, in the blocks that texts are made of; the emoji among them.
constexpr Range kTwoColumns[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x23E9, 0x23EC},  {0x25FD, 0x25FE}, {0x2614, 0x2615}, {0x2705, 0x2705},
    {0x274C, 0x274C},   {0x2753, 0x2757},   {0x2B50, 0x2B50},  {0x2E80, 0x303E}, {0x3041, 0xA4CF}, {0xA960, 0xA97C},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6B},  {0xFF01, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F},
    {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
/// Combining marks, joiners, and variation selectors.
constexpr Range kNoColumn[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x064B, 0x065F},
                               {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x20D0, 0x20FF},
                               {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};

std::size_t columns_of(char32_t point) noexcept {
    if (point < 0x0300) return 1;
    const auto holds = [point](const Range& range) { return range.first <= point && point <= range.last; };
    if (std::any_of(std::begin(kNoColumn), std::end(kNoColumn), holds)) return 0;
    return std::any_of(std::begin(kTwoColumns), std::end(kTwoColumns), holds) ? 2 : 1;
}

}  // namespace

std::string printable(std::string_view text) {
    std::string shown;
    shown.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0) append_shown(shown, static_cast<unsigned char>(text.front()));
        shown += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return shown;
}

std::size_t columns(std::string_view printable_text) noexcept {
    std::size_t count = 0;
    for (std::size_t at = 0; at < printable_text.size();) count += columns_of(next_code_point(printable_text, at));
    return count;
}

std::string_view beginning_of(std::string_view printable_text, std::size_t most) noexcept {
    std::size_t count = 0;
    for (std::size_t at = 0; at < printable_text.size();) {
        const std::size_t before = at;
        count += columns_of(next_code_point(printable_text, at));
        if (count > most) return printable_text.substr(0, before);
    }
    return printable_text;
}

}  // namespace wideline

#include "encoding/printable.hpp"

#include <cstdint>

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
    for (const char c : printable_text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
    return count;
}

}  // namespace wideline

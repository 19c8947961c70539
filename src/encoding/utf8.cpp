#include "encoding/utf8.hpp"

#include <cstring>

#include "encoding/byte_block.hpp"

namespace wideline::json_text {

bool is_utf8(std::string_view text) noexcept {
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
        while (end - at >= 16 && is_ascii(load_block(at))) at += 16;
        // Sixteen bytes by the sequence, so that mixed text does not run the test above for each letter.
        for (int i = 0; i < 16 && at != end; ++i) {
            const Utf8Sequence sequence = utf8_sequence(at, end);
            if (!sequence.well_formed) return false;
            at += sequence.size;
        }
    }
    return true;
}

char* write_utf8(char* out, std::string_view text, std::uint64_t& replaced) noexcept {
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
        const Utf8Sequence sequence = utf8_sequence(at, end);
        if (sequence.well_formed) {
            for (std::uint32_t i = 0; i < sequence.size; ++i) *out++ = at[i];
        } else {
            std::memcpy(out, "\xef\xbf\xbd", 3);
            out += 3;
            ++replaced;
        }
        at += sequence.size;
    }
    return out;
}

std::string valid_utf8(std::string_view text, std::uint64_t& replaced) {
    if (is_utf8(text)) return std::string(text);
    std::string valid(utf8_bound(text.size()), '\0');
    const char* const end = write_utf8(valid.data(), text, replaced);
    valid.resize(static_cast<std::size_t>(end - valid.data()));
    return valid;
}

}  // namespace wideline::json_text

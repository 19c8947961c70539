// E-mail addresses; `%40` stands for the sign in URLs.
#include <algorithm>

#include "redaction/detectors.hpp"
#include "redaction/edits.hpp"

namespace wideline::redaction {
namespace {

bool is_alnum(char c) noexcept {
    // Letters outside of ASCII count, whichever.
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
}
bool is_local(char c) noexcept {
    return is_alnum(c) || std::string_view("._%+-!#$&'*/?^`{|}~").find(c) != std::string_view::npos;
}

/// The end of a host with at least one dot that begins at `at`; `at` if there is none.
std::size_t end_of_host(std::string_view text, std::size_t at) noexcept {
    std::size_t end = at;
    while (end < text.size() && (is_alnum(text[end]) || text[end] == '-' || text[end] == '.')) ++end;
    while (end > at && (text[end - 1] == '.' || text[end - 1] == '-')) --end;
    const std::size_t last_dot = text.substr(0, end).rfind('.');
    if (last_dot == std::string_view::npos || last_dot <= at || end - last_dot < 3) return at;
    const std::string_view top = text.substr(last_dot + 1, end - last_dot - 1);
    return std::all_of(top.begin(), top.end(), [](char c) { return c < '0' || c > '9'; }) ? end : at;
}

}  // namespace

std::uint32_t replace_emails(std::string& text) {
    Edits edits(text);
    for (std::size_t at = text.find_first_of("@%"); at != std::string::npos; at = text.find_first_of("@%", at + 1)) {
        const std::size_t sign = text[at] == '@' ? 1 : std::string_view(text).substr(at).starts_with("%40") ? 3 : 0;
        if (sign == 0 || at < edits.done()) continue;
        const std::size_t end = end_of_host(text, at + sign);
        if (end == at + sign) continue;
        std::size_t begin = at;
        while (begin > edits.done() && is_local(text[begin - 1])) --begin;
        // What separates an address from what is before it may also be part of one.
        while (begin < at && !is_alnum(text[begin])) ++begin;
        if (begin == at) continue;
        const std::size_t separator = std::string_view(text).substr(begin, at - begin).find_last_of("/?&");
        if (separator != std::string_view::npos && begin + separator + 1 < at) begin += separator + 1;
        edits.replace(begin, end, "[email]");
    }
    return edits.apply();
}

}  // namespace wideline::redaction

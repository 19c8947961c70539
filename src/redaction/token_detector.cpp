// Tokens that are known by their shape: what issuers give them so that they can be found.
#include <algorithm>
#include <array>
#include <optional>

#include "redaction/detectors.hpp"
#include "redaction/edits.hpp"

namespace wideline::redaction {
namespace {

constexpr std::string_view kTaken = "[token]";

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }
bool is_alnum(char c) noexcept { return is_digit(c) || is_upper(c) || is_lower(c); }
bool is_word(char c) noexcept { return is_alnum(c) || c == '_'; }
bool is_base64url(char c) noexcept { return is_word(c) || c == '-'; }
bool is_upper_or_digit(char c) noexcept { return is_upper(c) || is_digit(c); }
bool is_token68(char c) noexcept { return is_base64url(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '='; }

using IsPart = bool (*)(char) noexcept;

std::size_t end_of_run(std::string_view text, std::size_t at, IsPart is_part) noexcept {
    while (at < text.size() && is_part(text[at])) ++at;
    return at;
}

/// A prefix, and at least this many characters of a kind.
struct Shape {
    std::string_view prefix;
    std::size_t least;
    IsPart is_part;
};
constexpr std::array<Shape, 15> kShapes = {{{"AKIA", 16, is_upper_or_digit},
                                            {"ASIA", 16, is_upper_or_digit},
                                            {"AIza", 30, is_base64url},
                                            {"ghp_", 30, is_word},
                                            {"gho_", 30, is_word},
                                            {"ghu_", 30, is_word},
                                            {"ghs_", 30, is_word},
                                            {"ghr_", 30, is_word},
                                            {"github_pat_", 22, is_word},
                                            {"glpat-", 20, is_base64url},
                                            {"xoxa-", 21, is_base64url},
                                            {"xoxb-", 21, is_base64url},
                                            {"xoxp-", 21, is_base64url},
                                            {"sk_live_", 20, is_word},
                                            {"rk_live_", 20, is_word}}};

/// The end of a token that begins at `at`, or nothing.
std::optional<std::size_t> end_of_shape(std::string_view text, std::size_t at) noexcept {
    const std::string_view rest = text.substr(at);
    for (const Shape& shape : kShapes) {
        if (!rest.starts_with(shape.prefix)) continue;
        const std::size_t begin = at + shape.prefix.size();
        const std::size_t end = end_of_run(text, begin, shape.is_part);
        if (end - begin >= shape.least) return end;
    }
    return std::nullopt;
}

/// `eyJ`, which is `{"` in base64, another part after a dot, and all that follows.
std::optional<std::size_t> end_of_jwt(std::string_view text, std::size_t at) noexcept {
    if (!text.substr(at).starts_with("eyJ")) return std::nullopt;
    const std::size_t dot = end_of_run(text, at, is_base64url);
    if (dot - at < 11 || dot == text.size() || text[dot] != '.') return std::nullopt;
    std::size_t end = end_of_run(text, dot + 1, is_base64url);
    if (end - dot < 5) return std::nullopt;
    while (end + 1 < text.size() && text[end] == '.' && is_base64url(text[end + 1]))
        end = end_of_run(text, end + 1, is_base64url);
    return end;
}

/// To the line that ends it, or to the end of a text that was cut.
std::optional<std::size_t> end_of_pem(std::string_view text, std::size_t at) noexcept {
    const std::string_view rest = text.substr(at);
    if (!rest.starts_with("-----BEGIN ")) return std::nullopt;
    const std::size_t title_end = rest.find("-----", 11);
    const std::string_view title = rest.substr(0, std::min<std::size_t>(title_end, 64));
    if (title.find("PRIVATE KEY") == title.npos) return std::nullopt;
    const std::size_t last = rest.find("-----END ", 11);
    if (last == rest.npos) return text.size();
    const std::size_t end = rest.find("-----", last + 9);
    return end == rest.npos ? text.size() : at + end + 5;
}

/// Where the credentials after `Bearer` begin and end. Words do not count: credentials have a digit, or are long and
/// have letters of both cases.
std::optional<std::pair<std::size_t, std::size_t>> bearer_at(std::string_view text, std::size_t at) noexcept {
    constexpr std::string_view kBearer = "bearer";
    if (text.size() - at <= kBearer.size()) return std::nullopt;
    for (std::size_t i = 0; i < kBearer.size(); ++i)
        if ((text[at + i] | 0x20) != kBearer[i]) return std::nullopt;
    std::size_t begin = at + kBearer.size();
    if (text[begin] == ':') ++begin;
    const std::size_t blanks = begin;
    while (begin < text.size() && (text[begin] == ' ' || text[begin] == '\t')) ++begin;
    if (text.substr(blanks).starts_with("%20")) begin = blanks + 3;
    if (begin == blanks) return std::nullopt;
    const std::size_t end = end_of_run(text, begin, is_token68);
    const std::string_view credentials = text.substr(begin, end - begin);
    const bool digit = std::any_of(credentials.begin(), credentials.end(), is_digit);
    const bool both = std::any_of(credentials.begin(), credentials.end(), is_upper) &&
                      std::any_of(credentials.begin(), credentials.end(), is_lower);
    if (credentials.size() >= 8 && digit) return {{begin, end}};
    if (credentials.size() >= 20 && both) return {{begin, end}};
    return std::nullopt;
}

}  // namespace

std::uint32_t replace_tokens(std::string& text) {
    Edits edits(text);
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        const bool begins_word = at == 0 || !is_alnum(text[at - 1]);
        if (c == '-') {
            if (at != 0 && text[at - 1] == '-') continue;
            if (const auto end = end_of_pem(text, at)) {
                edits.replace(at, *end, kTaken);
                at = *end - 1;
            }
        } else if (begins_word && (c == 'b' || c == 'B')) {
            if (const auto found = bearer_at(text, at)) {
                edits.replace(found->first, found->second, kTaken);
                at = found->second - 1;
            }
        } else if (c == 'e' || c == 'A' || c == 'g' || c == 'x' || c == 's' || c == 'r') {
            auto end = c == 'e' ? end_of_jwt(text, at) : std::nullopt;
            if (!end && begins_word) end = end_of_shape(text, at);
            if (!end) continue;
            edits.replace(at, *end, kTaken);
            at = *end - 1;
        }
    }
    return edits.apply();
}

}  // namespace wideline::redaction

#include "query/utc_times.hpp"

#include "encoding/json_time.hpp"
#include "encoding/rfc3339.hpp"
#include "query/sql_tokens.hpp"

namespace wideline::query {
namespace {

/// A token of a text that is a time with an offset, in UTC; empty for any other token.
std::string utc_text(std::string_view token) {
    if (token.size() < 2 || token.front() != '\'' || token.back() != '\'') return {};
    const std::string_view text = token.substr(1, token.size() - 2);
    const auto time = json_text::may_be_rfc3339(text) ? json_text::parse_rfc3339(text) : std::nullopt;
    if (!time || text.ends_with('Z') || text.ends_with('z')) return {};
    const std::int64_t microseconds = time->time_since_epoch().count();
    if (!json_text::is_writable_time(microseconds)) return {};
    std::string written(json_text::kTimeBound, '\0');
    json_text::write_time(written.data(), microseconds);
    written.front() = written.back() = '\'';
    return written;
}

bool is_comparison(std::string_view token) {
    return token == "=" || token == "<" || token == ">" || is_word(token, "between") || is_word(token, "and") ||
           is_word(token, "timestamp");
}

}  // namespace

std::string with_utc_times(std::string_view sql) {
    std::string made;
    std::string_view before;  // The last token that is neither blank nor a comment.
    bool in_list = false;     // Within IN (…).
    Tokens tokens(sql);
    for (std::string_view token = tokens.next(); !token.empty(); token = tokens.next()) {
        const std::string_view ahead = tokens.ahead();
        const bool compared =
            in_list || is_comparison(before) ||
            (!ahead.empty() && std::string_view("=<>!").find(ahead.front()) != std::string_view::npos);
        const std::string utc = compared ? utc_text(token) : std::string();
        made += utc.empty() ? token : std::string_view(utc);
        if (token == "(" && is_word(before, "in")) in_list = true;
        if (token == ")") in_list = false;
        const bool counts = !is_blank(token.front()) && !token.starts_with("--") && !token.starts_with("/*");
        if (counts) before = token;
    }
    return made;
}

}  // namespace wideline::query

// A statement of SQL, piece by piece, for what DuckDB's grammar does not know.
#pragma once

#include <algorithm>
#include <cctype>
#include <string_view>

namespace wideline::query {

inline bool begins_word(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
inline bool in_word(char c) { return begins_word(c) || (c >= '0' && c <= '9') || c == '$'; }
inline bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

/// Whether a word is `lower`, which is written in small letters; SQL does not tell them from capitals.
inline bool is_word(std::string_view word, std::string_view lower) {
    return std::equal(word.begin(), word.end(), lower.begin(), lower.end(), [](char a, char b) {
        return static_cast<char>(std::tolower(static_cast<unsigned char>(a))) == b;
    });
}

/// Goes through a statement by what is one piece of it: a word, a text, a comment, or a character.
class Tokens {
public:
    explicit Tokens(std::string_view sql) : sql_(sql) {}

    /// Empty at the end.
    std::string_view next() {
        const std::size_t begin = at_;
        if (at_ == sql_.size()) return {};
        const char c = sql_[at_];
        if (begins_word(c))
            skip_word();
        else if (c == '\'' || c == '"')
            skip_quoted(c);
        else if (rest().starts_with("--"))
            skip_to("\n");
        else if (rest().starts_with("/*"))
            skip_to("*/");
        else if (c == '$')
            skip_dollars();
        else
            ++at_;
        return sql_.substr(begin, at_ - begin);
    }

    /// What follows, from its first character that is no blank.
    [[nodiscard]] std::string_view ahead() const {
        std::size_t at = at_;
        while (at < sql_.size() && is_blank(sql_[at])) ++at;
        return sql_.substr(at);
    }

private:
    [[nodiscard]] std::string_view rest() const { return sql_.substr(at_); }

    void skip_to(std::string_view end) {
        const std::size_t found = sql_.find(end, at_ + 1);
        at_ = found == std::string_view::npos ? sql_.size() : found + end.size();
    }

    void skip_word() {
        const bool escapes = rest().starts_with("e'") || rest().starts_with("E'");
        while (at_ < sql_.size() && in_word(sql_[at_])) ++at_;
        if (!escapes) return;
        for (++at_; at_ < sql_.size() && sql_[at_] != '\''; ++at_)
            if (sql_[at_] == '\\') ++at_;
        at_ = std::min(at_ + 1, sql_.size());
    }

    /// A quote within is doubled: that is two texts, one after the other.
    void skip_quoted(char quote) {
        const std::size_t end = sql_.find(quote, at_ + 1);
        at_ = end == std::string_view::npos ? sql_.size() : end + 1;
    }

    /// $tag$ text $tag$, and $1.
    void skip_dollars() {
        std::size_t end = at_ + 1;
        while (end < sql_.size() && in_word(sql_[end]) && sql_[end] != '$') ++end;
        if (end == sql_.size() || sql_[end] != '$') {
            at_ = end;
            return;
        }
        const std::string_view tag = sql_.substr(at_, end + 1 - at_);
        const std::size_t closing = sql_.find(tag, end + 1);
        at_ = closing == std::string_view::npos ? sql_.size() : closing + tag.size();
    }

    std::string_view sql_;
    std::size_t at_ = 0;
};

}  // namespace wideline::query

#include "journal/line_pairs.hpp"

#include <algorithm>
#include <string>

#include "encoding/json_unescape.hpp"
#include "encoding/pair_hash.hpp"

namespace wideline::journal_files {
namespace {

/// Moves over one line from token to token. It does not judge JSON, it only finds its way; where it cannot, ok() is
/// false for good.
class Cursor {
public:
    explicit Cursor(std::string_view text) : text_(text) {}

    [[nodiscard]] bool ok() const noexcept { return ok_; }
    /// What comes next, past white space; '\0' at the end.
    char peek() noexcept {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r')) ++at_;
        return at_ < text_.size() ? text_[at_] : '\0';
    }
    bool take(char wanted) noexcept {
        if (peek() != wanted) return false;
        ++at_;
        return true;
    }
    void expect(char wanted) noexcept { ok_ = take(wanted) && ok_; }
    [[nodiscard]] bool at_end() noexcept { return peek() == '\0' && at_ == text_.size(); }

    /// A string with its quotes.
    std::string_view string() noexcept {
        const std::size_t begin = at_;
        expect('"');
        for (; at_ < text_.size(); ++at_) {
            if (text_[at_] == '"') return text_.substr(begin, ++at_ - begin);
            if (text_[at_] == '\\') ++at_;
        }
        at_ = text_.size();
        ok_ = false;
        return {};
    }
    std::string_view value() noexcept {
        const char next = peek();
        if (next == '"') return string();
        return next == '{' || next == '[' ? nested() : scalar();
    }

private:
    /// A number or a word.
    std::string_view scalar() noexcept {
        const std::size_t begin = at_;
        at_ = std::min(text_.find_first_of(",]} \t\r", at_), text_.size());
        ok_ = ok_ && at_ > begin;
        return text_.substr(begin, at_ - begin);
    }
    /// An object or an array.
    std::string_view nested() noexcept {
        const std::size_t begin = at_;
        std::size_t depth = 0;
        do {
            const char next = peek();
            if (next == '"') {
                (void)string();
                continue;
            }
            if (next == '{' || next == '[') ++depth;
            if (next == '}' || next == ']') --depth;
            ok_ = ok_ && at_ < text_.size();
            ++at_;
        } while (ok_ && depth != 0);
        return ok_ ? text_.substr(begin, at_ - begin) : std::string_view();
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool ok_ = true;
};

/// Appends what the value ahead is hashed to, and moves over it.
void append_value(std::vector<std::uint64_t>& to, std::string_view quoted_key, Cursor& cursor) {
    const std::string key = json_text::unescaped(quoted_key);
    const std::string_view value = cursor.value();
    if (!cursor.ok() || !has_pair_hash(key)) return;
    const std::size_t before = to.size();
    append_pair_hashes(to, key_hash(key), value);
    if (key != kKeyCountedTwice) return;
    // An array has a pair for each item, and a value may have none.
    const std::size_t behind = to.size();
    for (std::size_t i = before; i < behind; ++i) to.push_back(second_pair_hash(to[i]));
}

}  // namespace

bool append_line_pairs(std::vector<std::uint64_t>& to, std::string_view line) {
    Cursor cursor(line);
    cursor.expect('{');
    if (cursor.ok() && !cursor.take('}')) {
        do {
            (void)cursor.peek();
            const std::string_view key = cursor.string();
            cursor.expect(':');
            if (cursor.ok()) append_value(to, key, cursor);
        } while (cursor.ok() && cursor.take(','));
        cursor.expect('}');
    }
    return cursor.ok() && cursor.at_end();
}

bool append_pairs_of_lines(std::vector<std::uint64_t>& to, std::string_view lines) {
    while (!lines.empty()) {
        const std::size_t newline = std::min(lines.find('\n'), lines.size());
        if (!append_line_pairs(to, lines.substr(0, newline))) return false;
        lines.remove_prefix(std::min(newline + 1, lines.size()));
    }
    return true;
}

}  // namespace wideline::journal_files

#include "encoding/json_walk.hpp"

#include <cstdint>
#include <cstring>
#include <vector>

#include "encoding/byte_block.hpp"
#include "encoding/utf8.hpp"

// Each function below is given a place in the text and its end, and returns the place after what it walked over, or
// null if that is not valid. `end` itself can be read (see kWalkReadsBehind), but what lies there counts for nothing.

namespace wideline::json_text {
namespace {

inline const char* after_space(const char* at, const char* end) noexcept {
    while (at != end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) ++at;
    return at;
}

bool is_hex(char c) noexcept { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

const char* after_escape(const char* at, const char* end) noexcept {
    if (end - at < 2) return nullptr;
    if (at[1] != 'u') return std::strchr("\"\\/bfnrt", at[1]) != nullptr && at[1] != '\0' ? at + 2 : nullptr;
    if (end - at < 6) return nullptr;
    for (int i = 2; i < 6; ++i)
        if (!is_hex(at[i])) return nullptr;
    return at + 6;
}

/// `at` is after the opening quote.
inline const char* after_string(const char* at, const char* end) noexcept {
    for (;;) {
        // Two blocks at once: most strings end in one of them, and which one is nothing that a processor could guess.
        const unsigned low = first(special(load_block(at)));
        const unsigned high = first(special(load_block(at + 16)));
        const unsigned plain = low == 16 ? 16 + high : low;
        at += plain;
        if (at >= end) return nullptr;
        if (plain == 32) continue;
        if (*at == '"') return at + 1;
        if (*at == '\\') {
            at = after_escape(at, end);
            if (at == nullptr) return nullptr;
            continue;
        }
        if (static_cast<unsigned char>(*at) < 0x20) return nullptr;
        do {
            const Utf8Sequence character = utf8_sequence(at, end);
            if (!character.well_formed) return nullptr;
            at += character.size;
        } while (at != end && static_cast<unsigned char>(*at) >= 0x80);
        if (at == end) return nullptr;
    }
}

inline const char* after_digits(const char* at, const char* end) noexcept {
    while (at != end && *at >= '0' && *at <= '9') ++at;
    return at;
}

/// -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?
const char* after_number(const char* at, const char* end) noexcept {
    if (*at == '-') ++at;
    const char* begin = at;
    at = after_digits(at, end);
    if (at == begin || (*begin == '0' && at != begin + 1)) return nullptr;
    if (at != end && *at == '.') {
        begin = at + 1;
        at = after_digits(begin, end);
        if (at == begin) return nullptr;
    }
    if (at != end && (*at == 'e' || *at == 'E')) {
        ++at;
        if (at != end && (*at == '-' || *at == '+')) ++at;
        begin = at;
        at = after_digits(begin, end);
        if (at == begin) return nullptr;
    }
    return at;
}

const char* after_word(const char* at, const char* end, std::string_view word) noexcept {
    const auto left = static_cast<std::size_t>(end - at);
    return std::string_view(at, left).starts_with(word) ? at + word.size() : nullptr;
}

inline const char* after_scalar(const char* at, const char* end) noexcept {
    switch (*at) {
        case '"':
            return after_string(at + 1, end);
        case 't':
            return after_word(at, end, "true");
        case 'f':
            return after_word(at, end, "false");
        case 'n':
            return after_word(at, end, "null");
        default:
            return after_number(at, end);
    }
}

/// `at` is at the opening quote of a key; returns the place of its value's first byte.
inline const char* after_key(const char* at, const char* end, std::string_view& key) noexcept {
    if (at == end || *at != '"') return nullptr;
    const char* const begin = at + 1;
    at = after_string(begin, end);
    if (at == nullptr) return nullptr;
    key = {begin, static_cast<std::size_t>(at - begin - 1)};
    at = after_space(at, end);
    if (at == end || *at != ':') return nullptr;
    at = after_space(at + 1, end);
    return at == end ? nullptr : at;
}

/// Which of the brackets that are open are braces, the innermost in the least bit; full words wait in a vector.
class Nesting {
public:
    void open(bool brace) {
        if (depth_ != 0 && depth_ % 64 == 0) outer_.push_back(bits_);
        bits_ = bits_ << 1 | static_cast<std::uint64_t>(brace);
        ++depth_;
    }
    void close() noexcept {
        --depth_;
        bits_ >>= 1;
        if (depth_ == 0 || depth_ % 64 != 0) return;
        bits_ = outer_.back();
        outer_.pop_back();
    }
    [[nodiscard]] bool in_braces() const noexcept { return (bits_ & 1) != 0; }
    [[nodiscard]] bool empty() const noexcept { return depth_ == 0; }

private:
    std::uint64_t bits_ = 0;
    std::size_t depth_ = 0;
    std::vector<std::uint64_t> outer_;
};

/// `at` is at an opening bracket.
const char* after_nested(const char* at, const char* end) {
    Nesting nesting;
    std::string_view key;
    for (;;) {  // Each turn begins at the first byte of a value.
        if (*at == '{' || *at == '[') {
            nesting.open(*at == '{');
            at = after_space(at + 1, end);
            if (at == end) return nullptr;
            if (*at != (nesting.in_braces() ? '}' : ']')) {
                if (nesting.in_braces()) at = after_key(at, end, key);
                if (at == nullptr) return nullptr;
                continue;
            }
        } else {
            at = after_scalar(at, end);
            if (at == nullptr) return nullptr;
            at = after_space(at, end);
            if (at == end) return nullptr;
        }
        // After a value, or at the bracket that closes an empty one.
        while (*at == (nesting.in_braces() ? '}' : ']')) {
            nesting.close();
            ++at;
            if (nesting.empty()) return at;
            at = after_space(at, end);
            if (at == end) return nullptr;
        }
        if (*at != ',') return nullptr;
        at = after_space(at + 1, end);
        if (at == end) return nullptr;
        if (nesting.in_braces()) at = after_key(at, end, key);
        if (at == nullptr) return nullptr;
    }
}

}  // namespace

JsonWalk::JsonWalk(std::string_view text, Over over) noexcept
    : at_(text.data()), end_(text.data() + text.size()), close_(over == Over::object ? '}' : ']') {
    at_ = after_space(at_, end_);
    if (at_ == end_ || *at_ != static_cast<char>(over))
        at_ = nullptr;
    else
        ++at_;
}

bool JsonWalk::stop() noexcept {
    at_ = nullptr;
    return false;
}

bool JsonWalk::finish() noexcept {
    whole_ = after_space(at_ + 1, end_) == end_;
    return stop();
}

bool JsonWalk::next(Member& member) {
    if (at_ == nullptr) return false;
    const char* at = after_space(at_, end_);
    at_ = at;
    if (at == end_) return stop();
    if (*at == close_ && first_) return finish();
    if (first_) {
        first_ = false;
    } else {
        if (*at == close_) return finish();
        if (*at != ',') return stop();
        at = after_space(at + 1, end_);
        if (at == end_) return stop();
    }
    if (close_ == '}') {
        at = after_key(at, end_, member.key);
        if (at == nullptr) return stop();
    }
    const char* const begin = at;
    at_ = *at == '{' || *at == '[' ? after_nested(at, end_) : after_scalar(at, end_);
    if (at_ == nullptr) return false;
    member.value = {begin, static_cast<std::size_t>(at_ - begin)};
    return true;
}

}  // namespace wideline::json_text

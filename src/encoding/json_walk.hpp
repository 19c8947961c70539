// Walks over JSON text, strictly as RFC 8259 has it, without building anything: what it accepts is valid to the last
// byte, members that no one asks for included. (What the RFC leaves open is taken: numbers of any size, and escapes of
// half a surrogate pair.)
//
// It reads a text once. Strings, which most of a line is, are looked at in blocks of 16 bytes.
#pragma once

#include <cstddef>
#include <string_view>

namespace wideline::json_text {

/// How many bytes after a text can be read, though not used.
inline constexpr std::size_t kWalkReadsBehind = 32;

/// The members of one object, or the items of one array. One thread; the text outlives it.
class JsonWalk {
public:
    enum class Over : char { object = '{', array = '[' };
    struct Member {
        std::string_view key;    ///< With its escapes, without its quotes; empty of an item.
        std::string_view value;  ///< As it stands, quotes and all.
    };

    /// `text` is the object or array, with white space around it; kWalkReadsBehind bytes after it are readable.
    JsonWalk(std::string_view text, Over over) noexcept;

    /// The next one. False at the end, and at the first byte that is not JSON: see whole(). Throws std::bad_alloc, of a
    /// value that is nested deeper than 64.
    [[nodiscard]] bool next(Member& member);
    /// Whether all of the text was walked over, and was valid. It stays false until next() has returned false.
    [[nodiscard]] bool whole() const noexcept { return whole_; }

private:
    bool stop() noexcept;
    bool finish() noexcept;

    const char* at_;  // null after the end
    const char* end_;
    char close_;
    bool first_ = true;
    bool whole_ = false;
};

}  // namespace wideline::json_text

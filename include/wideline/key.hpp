// Names of fields. A string literal is checked and hashed by the compiler; a name known only at run time is
// `runtime(name)`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <wideline/text.hpp>

namespace wideline {

namespace detail {

inline constexpr std::size_t kMaxKeyBytes = 128;
inline constexpr std::size_t kMaxNameBytes = 128;  // of a request

/// FNV-1a, kept as a state so that a key built of parts ("payment" + ".count") hashes like the whole.
struct KeyHash {
    std::uint32_t state = 2166136261U;

    [[nodiscard]] constexpr KeyHash with(std::string_view text) const noexcept {
        std::uint32_t hash = state;
        for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
        return KeyHash{hash};
    }
    /// FNV leaves its low bits weak, and they choose slots: murmur3's finalizer mixes them.
    [[nodiscard]] constexpr std::uint32_t value() const noexcept {
        std::uint32_t hash = state;
        hash = (hash ^ (hash >> 16)) * 0x85ebca6bU;
        hash = (hash ^ (hash >> 13)) * 0xc2b2ae35U;
        return hash ^ (hash >> 16);
    }
};

/// The names that the library stamps (docs/file-format.md); nobody else may write them.
constexpr bool is_stamped(std::string_view key) noexcept {
    constexpr std::string_view kStamped[] = {"timestamp",
                                             "name",
                                             "duration_ms",
                                             "outcome",
                                             "trace_id",
                                             "span_id",
                                             "parent_span_id",
                                             "event_id",
                                             "service.name",
                                             "service.version",
                                             "service.instance",
                                             "sample_weight",
                                             "service.environment",
                                             "sample_rule",
                                             "sample_dry_run.rule",
                                             "sample_dry_run.kept",
                                             "sample_dry_run.weight",
                                             "wideline.stressed",
                                             "schema_version",
                                             "error.type",
                                             "error.message",
                                             "error.why",
                                             "error.fix",
                                             "error.link",
                                             "wideline.truncated",
                                             "wideline.redacted"};
    for (const std::string_view name : kStamped)
        if (key == name) return true;
    return false;
}

// Not constexpr on purpose: reaching one of these while compiling a key is the error, and its name is the message.
void the_key_of_a_field_has_1_to_128_bytes();
void the_key_of_a_field_is_printable();
void the_key_of_a_field_is_utf8();
void the_library_stamps_this_key_itself();

/// By the definition: each sequence decoded, its size and its code point checked.
consteval bool is_utf8_literal(std::string_view text) {
    const auto byte = [&](std::size_t i) -> std::uint32_t { return i < text.size() ? text[i] & 0xff : 0; };
    constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    for (std::size_t at = 0, size = 1; at < text.size(); at += size) {
        const std::uint32_t lead = byte(at);
        size = lead < 0x80 ? 1 : lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf8 ? 4 : 0;
        if (size == 0) return false;
        std::uint32_t point = size == 1 ? lead : lead & (0x7fU >> size);
        for (std::size_t i = 1; i < size; ++i) {
            if (byte(at + i) >> 6 != 2) return false;
            point = point << 6 | (byte(at + i) & 0x3f);
        }
        if (point < kLeast[size] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return false;
    }
    return true;
}

consteval void check_key(std::string_view text) {
    if (text.empty() || text.size() > kMaxKeyBytes) the_key_of_a_field_has_1_to_128_bytes();
    for (const char c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) the_key_of_a_field_is_printable();
    if (!is_utf8_literal(text)) the_key_of_a_field_is_utf8();
    if (is_stamped(text)) the_library_stamps_this_key_itself();
}

}  // namespace detail

/// A field's name, made from a string literal while compiling: 1 to 128 printable bytes, UTF-8, and none of the names
/// that the library stamps. A name that breaks the rule does not compile. Costs nothing at run time.
class Key {
public:
    template <std::size_t N>
    consteval Key(const char (&literal)[N])
        : text_(literal, N - 1), hash_(detail::KeyHash{}.with(text_).value()) {  // NOLINT
        detail::check_key(text_);
    }

    [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }
    [[nodiscard]] constexpr std::uint32_t hash() const noexcept { return hash_; }

private:
    std::string_view text_;
    std::uint32_t hash_;
};

/// The name of a timer, of which two keys are made: `<name>.duration_ms` and `<name>.count`. At most 112 bytes.
class TimerKey {
public:
    template <std::size_t N>
    consteval TimerKey(const char (&literal)[N]) : text_(literal, N - 1) {  // NOLINT
        detail::check_key(text_);
        if (text_.size() > 112) detail::the_key_of_a_field_has_1_to_128_bytes();
    }
    [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }

private:
    std::string_view text_;
};

/// A field's name known only at run time; see `runtime`.
struct RuntimeKey {
    Text text;
};

/// A field whose name is known only at run time: `set(runtime(header), value)`. Hashed and checked at each write (about
/// a nanosecond a byte). A name longer than 128 bytes is cut, invalid UTF-8 becomes U+FFFD; a write under an empty name
/// or one that the library stamps is left out. Each is counted in the event's `wideline.truncated`.
[[nodiscard]] constexpr RuntimeKey runtime(Text name) noexcept { return RuntimeKey{name}; }

}  // namespace wideline

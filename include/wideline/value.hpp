// What can be the value of a field, and how a user's own types become one.
//
//   what is set                                      what the event has
//   bool                                             true, false
//   integers of up to 64 bits                        the number, exactly; signed char, unsigned char and their
//                                                    ranges are numbers
//   float, double                                    the number, with the shortest digits that read back as the same
//                                                    float or double; NaN and infinities are null, and counted
//   long double                                      rounded to a double
//   strings, char, ranges of char (also char8_t)     text; a char array ends at its NUL or its end
//   wchar_t, char16_t, char32_t                      the character as text; strings of them do not compile
//   std::chrono durations                            milliseconds, to the nanosecond
//   system time points                               RFC 3339, UTC, to the microsecond (rounded down)
//   enums with `std::string_view name_of(E)`         the name; the overload is in the enum's namespace or in wideline
//   std::optional                                    its value, or null
//   std::variant, std::atomic                        what it holds; std::monostate is null
//   std::filesystem::path                            text
//   std::error_code, std::error_condition            text: `generic:2 No such file or directory`
//   std::thread::id                                  text, as std::ostream writes it; null for no thread
//   std::source_location                             text: `file.cpp:42`
//   nullptr, a null C string                         null
//   ranges of all these                              an array; each item is asked for once
//   nlohmann::json, nlohmann::ordered_json           nested, as it is
//   maps from text (std::map and its like)           the fields `<key>.<key of the map>`
//
//   A type with an overload `void describe(wideline::FieldWriter&, const T&)`, found by ADL, is written as the fields
//   `<key>.<its keys>`. Everything else does not compile.
#pragma once

#include <concepts>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>

#include <nlohmann/json_fwd.hpp>

#include <wideline/detail/chrono.hpp>
#include <wideline/detail/thread_id.hpp>
#include <wideline/text.hpp>

namespace wideline {

class FieldWriter;

/// Stands for an enum's value in a call of name_of, so that overloads in namespace wideline are found as well as those
/// beside the enum: this type's associated namespaces are both.
template <class E>
struct EnumValue {
    E value;
    constexpr operator E() const noexcept { return value; }  // NOLINT
};

namespace detail {

template <class T>
concept OtherCharacter = std::same_as<T, wchar_t> || std::same_as<T, char16_t> || std::same_as<T, char32_t>;

/// A unit of UTF-8 text. (Without char8_t, as by -fno-char8_t, its literals are char.)
template <class T>
concept Utf8Unit = std::same_as<T, char>
#if defined(__cpp_char8_t)
    || std::same_as<T, char8_t>
#endif
    ;

template <class T>
concept Character = Utf8Unit<T> || OtherCharacter<T>;

/// What a record holds exactly. (128-bit integers count as integral types in the GNU dialects.)
template <class T>
concept Integer = std::is_integral_v<T> && !std::same_as<T, bool> && !Character<T> && sizeof(T) <= 8;

template <class T>
concept Real = std::same_as<T, float> || std::same_as<T, double> || std::same_as<T, long double>;

template <class T>
concept NamedEnum = std::is_enum_v<T> && requires(EnumValue<T> value) {
    { name_of(value) } -> std::convertible_to<Text>;
};

template <class T>
concept Described = requires(FieldWriter& writer, const T& value) {
    describe(writer, value);
};

template <class T>
inline constexpr bool is_duration = false;
template <class Rep, class Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;

template <class T>
inline constexpr bool is_system_time = false;
template <class Duration>
inline constexpr bool is_system_time<std::chrono::time_point<std::chrono::system_clock, Duration>> = true;

template <class T>
inline constexpr bool is_variant = false;
template <class... T>
inline constexpr bool is_variant<std::variant<T...>> = true;

/// std::optional and what looks like one, without its header. (Not std::expected: its error would be lost.)
template <class T>
concept Optional = requires(const T& value) {
    typename T::value_type;
    { value.has_value() } -> std::same_as<bool>;
    *value;
}
&&!requires(const T& value) { value.begin(); }
&&!requires(const T& value) { value.error(); };

template <class T>
concept Atomic = requires(const T& value) {
    typename T::value_type;
    { value.is_lock_free() } -> std::same_as<bool>;
    { value.load() } -> std::same_as<typename T::value_type>;
};

/// std::filesystem::path and what looks like one, without its header.
template <class T>
concept Path = requires(const T& value) {
    { value.has_root_path() } -> std::same_as<bool>;
    { value.native() } -> std::convertible_to<std::string_view>;
};

template <class T>
concept SourceLocation = requires(const T& value) {
    { value.file_name() } -> std::same_as<const char*>;
    { value.function_name() } -> std::same_as<const char*>;
    { value.line() } -> std::convertible_to<std::uint32_t>;
};

template <class T>
concept ErrorCode = std::same_as<T, std::error_code> || std::same_as<T, std::error_condition>;

template <class T>
concept JsonValue = std::same_as<T, nlohmann::json> || std::same_as<T, nlohmann::ordered_json>;

template <class T>
concept Null = std::same_as<T, std::nullptr_t> || std::same_as<T, std::monostate>;

template <class T>
concept TextLike = !Null<T> && !JsonValue<T> && std::convertible_to<const T&, std::string_view>;

#ifdef __cpp_char8_t
template <class T>
concept Text8 = !Null<T> && !JsonValue<T> && std::convertible_to<const T&, std::u8string_view>;
#else
template <class T>
concept Text8 = false;  // -fno-char8_t: u8"text" is text of char
#endif

template <class T>
concept Scalar = std::same_as<T, bool> || Integer<T> || Real<T> || Character<T> || Null<T> || TextLike<T> || Text8<T> ||
    Path<T> || SourceLocation<T> || ErrorCode<T> || std::same_as<T, ThreadId> || is_duration<T> || is_system_time<T> ||
    NamedEnum<T> || JsonValue<T>;

/// T is const where it can only be walked as such.
template <class T>
concept Range = requires(T& range) {
    std::begin(range) != std::end(range);
    *std::begin(range);
}
&&!Scalar<std::remove_cv_t<T>>;

template <class R>
using IteratorOf = decltype(std::begin(std::declval<R&>()));
template <class R>
using ReferenceOf = decltype(*std::begin(std::declval<R&>()));

template <class T>
consteval bool is_value();

/// A range's items by their type, or by the type that stands for it: a bool of std::vector<bool>.
template <class R>
struct Items {
    using Plain = std::remove_cvref_t<ReferenceOf<R>>;
    static consteval auto type() {
        using Given = std::remove_reference_t<ReferenceOf<R>>;
        if constexpr (!is_value<Given>() && requires { typename std::iter_value_t<IteratorOf<R>>; }) {
            using Owned = std::iter_value_t<IteratorOf<R>>;
            if constexpr (std::convertible_to<ReferenceOf<R>, Owned> && !std::same_as<Owned, Plain>)
                return std::type_identity<Owned>{};
            else
                return std::type_identity<Given>{};
        } else {
            return std::type_identity<Given>{};
        }
    }
    using Type = typename decltype(type())::type;
};
/// Const where the range gives no other; never a reference.
template <class R>
using ItemOf = typename Items<R>::Type;
template <class R>
using PlainItemOf = std::remove_cv_t<ItemOf<R>>;

template <class Variant>
inline constexpr bool holds_values = false;
template <class... T>
inline constexpr bool holds_values<std::variant<T...>> = (is_value<const T>() && ...);

/// T is const where the value can only be read as such.
template <class T>
consteval bool is_value() {
    using Plain = std::remove_cv_t<T>;
    if constexpr (Scalar<Plain>) {
        return true;
    } else if constexpr (Optional<Plain> || Atomic<Plain>) {
        return is_value<const typename Plain::value_type>();
    } else if constexpr (is_variant<Plain>) {
        return holds_values<Plain>;
    } else if constexpr (Range<T>) {
        if constexpr (std::same_as<std::remove_cvref_t<ReferenceOf<T>>, Plain>) {
            return false;  // a range of itself never ends
        } else if constexpr (OtherCharacter<PlainItemOf<T>>) {
            return false;  // text of another encoding
        } else {
            return is_value<ItemOf<T>>();
        }
    } else {
        return false;
    }
}

/// std::map and its like, with keys that are text; no key is there twice.
template <class T>
concept TextMap = !JsonValue<T> && requires(const T& map) {
    typename T::mapped_type;
    typename T::key_type;
    std::begin(map) != std::end(map);
    map.at(std::begin(map)->first);
}
&&TextLike<typename T::key_type>;

template <class T>
consteval bool is_loggable();

template <class Variant>
inline constexpr bool holds_loggables = false;
template <class... T>
inline constexpr bool holds_loggables<std::variant<T...>> = (is_loggable<T>() && ...);

template <class T>
consteval bool is_loggable() {
    if constexpr (Described<T> || is_value<const T>()) {
        return true;
    } else if constexpr (TextMap<T>) {
        return is_loggable<typename T::mapped_type>();
    } else if constexpr (Optional<T>) {
        return is_loggable<typename T::value_type>();
    } else {
        return holds_loggables<T>;
    }
}

}  // namespace detail

/// What a field can hold; see the top of this file.
template <class T>
concept Value = detail::is_value<const std::remove_cvref_t<T>>();

/// What `set` takes: a value, a map from text, or a type of the user's own with a `describe` overload.
template <class T>
concept Loggable = detail::is_loggable<std::remove_cvref_t<T>>();

/// What can be added, and have a maximum.
template <class T>
concept Number = detail::Integer<std::remove_cvref_t<T>> || detail::Real<std::remove_cvref_t<T>>;

namespace detail {

/// Ranges that can only be walked if they are not const: what std::views::filter and std::views::istream make. They are
/// passed by reference and walked in place.
template <class T>
concept OnePass = !std::is_const_v<std::remove_reference_t<T>> && !Loggable<T> && is_value<std::remove_cvref_t<T>>();

template <class T>
concept Unloggable = !Loggable<T> && !OnePass<T>;

/// A value that does not compile: says what to write, in the error's first line.
template <class T, bool as_field>
consteval void refuse_value() {
    using Plain = std::remove_cvref_t<T>;
    constexpr bool kWide = std::is_integral_v<Plain> && sizeof(Plain) > 8;
    static_assert(!kWide,
                  "wideline: an integer of more than 64 bits is not a value that describe() or set() can write "
                  "exactly: convert it to text, or to a double");
    static_assert(
        kWide || !std::is_pointer_v<Plain>,
        "wideline: a pointer is not a value: log what it points to, or overload describe(wideline::FieldWriter&, "
        "const T&) for a type of your own");
    static_assert(kWide || !std::is_enum_v<Plain>,
                  "wideline: an enum is logged by its name: overload std::string_view name_of(E) beside it (or "
                  "describe(wideline::FieldWriter&, const E&))");
    static_assert(
        kWide || std::is_pointer_v<Plain> || std::is_enum_v<Plain> || !as_field,
        "wideline: this type cannot be logged: overload void describe(wideline::FieldWriter&, const T&) in its "
        "namespace (the types that are known: <wideline/value.hpp>)");
    static_assert(
        kWide || std::is_pointer_v<Plain> || std::is_enum_v<Plain> || as_field,
        "wideline: this type cannot be an item of an array: append one of its members; describe() serves set() "
        "alone (the types that are known: <wideline/value.hpp>)");
}

/// Texts that are not literals, where a key is wanted.
template <class T>
concept TextAsKey = CString<std::remove_cvref_t<T>> || TextObject<std::remove_cvref_t<T>>;

template <class K>
consteval void refuse_key() {
    static_assert(!TextAsKey<K>,
                  "wideline: a key is a string literal; write a name known only at run time as "
                  "wl::runtime(name), that is wideline::runtime(name)");
}

}  // namespace detail

}  // namespace wideline

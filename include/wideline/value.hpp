// What may be the value of a field, and how a user's own types become one.
//
//   bool; every integer type; float, double; strings (char and char8_t); std::chrono durations (milliseconds) and
//   system time points (RFC 3339, UTC); enums with an overload `std::string_view name_of(E)`, in the enum's namespace
//   or in wideline; std::optional (null when empty) and nullptr; ranges of those (arrays); nlohmann::json (nested).
//
//   A type with an overload `void describe(wideline::FieldWriter&, const T&)`, found by ADL, is written as the fields
//   `<key>.<its keys>`.
#pragma once

#include <concepts>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <type_traits>
#include <utility>

#include <nlohmann/json_fwd.hpp>

#include <wideline/detail/chrono.hpp>

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
concept NamedEnum = std::is_enum_v<T> && requires(EnumValue<T> value) {
    { name_of(value) } -> std::convertible_to<std::string_view>;
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

/// std::optional and what looks like one, without its header.
template <class T>
concept Optional = requires(const T& value) {
    typename T::value_type;
    { value.has_value() } -> std::same_as<bool>;
    *value;
}
&&!requires(const T& value) { value.begin(); };

template <class T>
concept NotText = std::same_as<T, std::nullptr_t> || std::same_as<T, nlohmann::json>;  // although it converts

template <class T>
concept TextLike = !NotText<T> && std::convertible_to<const T&, std::string_view>;

#ifdef __cpp_char8_t
template <class T>
concept Text8 = !NotText<T> && std::convertible_to<const T&, std::u8string_view>;
#else
template <class T>
concept Text8 = false;  // -fno-char8_t: u8"text" is text of char
#endif

template <class T>
concept Range = requires(const T& range) {
    std::begin(range) != std::end(range);
    *std::begin(range);
}
&&!TextLike<T> && !Text8<T>;

template <Range R>
using ItemOf = std::remove_cvref_t<decltype(*std::begin(std::declval<const R&>()))>;

template <class T>
concept OtherCharacter = std::same_as<T, wchar_t> || std::same_as<T, char16_t> || std::same_as<T, char32_t>;

template <class T>
consteval bool is_value();

template <class T>
concept Scalar = std::is_arithmetic_v<T> || std::same_as<T, std::nullptr_t> || TextLike<T> || Text8<T> ||
    is_duration<T> || is_system_time<T> || NamedEnum<T> || std::same_as<T, nlohmann::json>;

template <class T>
consteval bool is_value() {
    if constexpr (Scalar<T>) {
        return true;
    } else if constexpr (Optional<T>) {
        return is_value<typename T::value_type>();
    } else if constexpr (Range<T>) {
        if constexpr (std::same_as<ItemOf<T>, T>) {
            return false;  // a range of itself, as a file system path is, never ends
        } else if constexpr (OtherCharacter<ItemOf<T>>) {
            return false;  // text of another encoding, which would become an array of numbers
        } else {
            return is_value<ItemOf<T>>();
        }
    } else {
        return false;
    }
}

}  // namespace detail

/// What a field may hold; see the top of this file.
template <class T>
concept Value = detail::is_value<std::remove_cvref_t<T>>();

/// What `set` takes: a value, or a type of the user's own with a `describe` overload.
template <class T>
concept Loggable = Value<T> || detail::Described<std::remove_cvref_t<T>>;

template <class T>
concept Number = std::is_arithmetic_v<std::remove_cvref_t<T>> && !std::same_as<std::remove_cvref_t<T>, bool>;

}  // namespace wideline

// Texts as the library takes them: like std::string_view and std::string, but a null C string is an empty text. Code
// that reports a failure passes `dlerror()`, `getenv(…)` or `strerror(…)` on, and must not crash there.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace wideline {

namespace detail {

/// The text in an array ends at its first NUL, or with the array: a field of a C struct may be full.
template <class Char, std::size_t N>
constexpr std::basic_string_view<Char> text_of_array(const Char (&array)[N]) noexcept {
    using Traits = std::char_traits<Char>;
    if (array[N - 1] == Char{}) return {array, Traits::length(array)};  // the compiler knows this for a literal
    const Char* const nul = Traits::find(array, N, Char{});
    return {array, nul == nullptr ? N : static_cast<std::size_t>(nul - array)};
}

template <class T>
concept CString = std::same_as<T, const char*> || std::same_as<T, char*> || std::same_as<T, std::nullptr_t>;

/// Objects that give a std::string_view, like std::string.
template <class T>
concept TextObject = !CString<T> && !std::is_array_v<T> && std::convertible_to<const T&, std::string_view>;

}  // namespace detail

/// A text as a parameter: a std::string_view that can also be made of a null pointer. It does not own its bytes.
/// Costs what a std::string_view costs.
class Text : public std::string_view {
public:
    constexpr Text() noexcept = default;
    template <detail::CString T>
    constexpr Text(const T& text) noexcept {  // NOLINT: text converts to it
        if constexpr (!std::same_as<T, std::nullptr_t>)
            if (text != nullptr) static_cast<std::string_view&>(*this) = text;
    }
    /// Ends at the first NUL, or with the array.
    template <std::size_t N>
    constexpr Text(const char (&array)[N]) noexcept : std::string_view(detail::text_of_array(array)) {}  // NOLINT
    template <detail::TextObject T>
    constexpr Text(const T& text) noexcept(noexcept(std::string_view(text)))  // NOLINT
        : std::string_view(text) {}
    constexpr Text(const char* data, std::size_t size) noexcept : std::string_view(data, data == nullptr ? 0 : size) {}
};

/// A text that is kept: a std::string that can also be made of a null pointer.
class String : public std::string {
public:
    String() = default;
    String(const std::string& text) : std::string(text) {}                 // NOLINT: text converts to it
    String(std::string&& text) noexcept : std::string(std::move(text)) {}  // NOLINT
    template <class T>
    requires std::convertible_to<const T&, Text> String(const T& text) : std::string(Text(text)) {}  // NOLINT
    String(const char* data, std::size_t size) : std::string(Text(data, size)) {}
    /// Like a std::filesystem::path.
    template <class T>
    requires(!std::convertible_to<const T&, Text> && std::convertible_to<const T&, std::string>)
        String(const T& text)  // NOLINT
        : std::string(static_cast<std::string>(text)) {}
};

}  // namespace wideline

// A value fixed at set-up: what conditions compare with and what `Options::defaults` carries.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include <wideline/detail/decimal.hpp>
#include <wideline/text.hpp>
#include <wideline/value.hpp>

namespace wideline {

/// A bool, an integer, a double or a text. Owns its text; copyable; not for the hot path. Each type becomes what it
/// becomes as a field's value, so that `field("share") == 0.1F` holds after `set("share", 0.1F)`: a float is the double
/// with its digits, a char is text, a null pointer to text is an empty text.
class Constant {
public:
    using Variant = std::variant<bool, std::int64_t, std::uint64_t, double, std::string>;

    template <std::same_as<bool> T>
    Constant(T value) : value_(value) {}  // NOLINT
    template <detail::Integer T>
    requires std::is_signed_v<T> Constant(T value) : value_(static_cast<std::int64_t>(value)) {}  // NOLINT
    template <detail::Integer T>
    requires std::is_unsigned_v<T> Constant(T value) : value_(static_cast<std::uint64_t>(value)) {}  // NOLINT
    template <std::same_as<float> T>
    Constant(T value) : value_(detail::decimal_of(value)) {}  // NOLINT
    template <detail::Real T>
    requires(!std::same_as<T, float>) Constant(T value) : value_(static_cast<double>(value)) {}  // NOLINT
    template <std::same_as<char> T>
    Constant(T value) : value_(std::string(1, value)) {}  // NOLINT
    Constant(std::nullptr_t) = delete;
    template <class T>
    requires std::convertible_to<const T&, Text> Constant(const T& text) : value_(std::string(Text(text))) {}  // NOLINT

    [[nodiscard]] const Variant& value() const noexcept { return value_; }

private:
    Variant value_;
};

}  // namespace wideline

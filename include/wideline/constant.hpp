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

#include <wideline/text.hpp>

namespace wideline {

/// A bool, an integer, a double or a text. Owns its text; copyable; not for the hot path.
class Constant {
public:
    using Variant = std::variant<bool, std::int64_t, std::uint64_t, double, std::string>;

    template <std::same_as<bool> T>
    Constant(T value) : value_(value) {}  // NOLINT
    template <std::signed_integral T>
    requires(!std::same_as<T, bool>) Constant(T value) : value_(static_cast<std::int64_t>(value)) {}  // NOLINT
    template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>) Constant(T value) : value_(static_cast<std::uint64_t>(value)) {}  // NOLINT
    template <std::floating_point T>
    Constant(T value) : value_(static_cast<double>(value)) {}  // NOLINT
    Constant(std::nullptr_t) = delete;
    /// A null pointer is an empty text.
    template <class T>
    requires std::convertible_to<const T&, Text> Constant(const T& text) : value_(std::string(Text(text))) {}  // NOLINT

    [[nodiscard]] const Variant& value() const noexcept { return value_; }

private:
    Variant value_;
};

}  // namespace wideline

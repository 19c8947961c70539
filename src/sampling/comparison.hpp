// Comparing what an event holds with a constant: exact, and never across types.
#pragma once

#include <compare>
#include <optional>

#include <wideline/constant.hpp>
#include <wideline/event_view.hpp>

namespace wideline::sampling {

/// The constant in the form that fields come in. A view of it: the constant outlives the result.
[[nodiscard]] FieldValue as_field_value(const Constant& constant) noexcept;

/// How two values stand to each other. Numbers by their exact values, whatever their types: 2^53 + 1 is more than the
/// double 2^53. Strings bytewise, but two RFC 3339 times as times; false before true. A time compares with a string
/// that is one. Unordered: other values of different types, NaN, null, arrays and nested JSON.
[[nodiscard]] std::partial_ordering compare(const FieldValue& left, const FieldValue& right) noexcept;

/// The number that a value is or that a text writes, as JSON writes one: "503", "-1.5e3". Nothing for anything else.
[[nodiscard]] std::optional<FieldValue> as_number(const FieldValue& value) noexcept;

/// A strict weak order over all values that constants can have, by which a list of them is sorted to be searched: by
/// type first, then as `compare`. NaN is not a part of it.
[[nodiscard]] bool sorts_before(const FieldValue& left, const FieldValue& right) noexcept;

}  // namespace wideline::sampling

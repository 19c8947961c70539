#include "sampling/comparison.hpp"

#include <cmath>
#include <concepts>
#include <optional>
#include <utility>
#include <variant>

#include "encoding/rfc3339.hpp"
#include "event/field_value.hpp"

namespace wideline::sampling {

namespace {

using Type = FieldValue::Type;

std::partial_ordering integers(std::integral auto left, std::integral auto right) noexcept {
    if (std::cmp_equal(left, right)) return std::partial_ordering::equivalent;
    return std::cmp_less(left, right) ? std::partial_ordering::less : std::partial_ordering::greater;
}

std::partial_ordering reversed(std::partial_ordering ordering) noexcept { return 0 <=> ordering; }

/// An integer and a double, without converting the integer: a double has only 53 bits for it.
template <std::integral Integer>
std::partial_ordering mixed(Integer left, double right) noexcept {
    constexpr double kEnd = std::same_as<Integer, std::int64_t> ? 0x1p63 : 0x1p64;  // the first double past the type
    constexpr double kBegin = std::same_as<Integer, std::int64_t> ? -0x1p63 : 0;
    if (std::isnan(right)) return std::partial_ordering::unordered;
    if (right >= kEnd) return std::partial_ordering::less;
    if (right < kBegin) return std::partial_ordering::greater;
    const double whole = std::trunc(right);
    const auto ordering = integers(left, static_cast<Integer>(whole));
    if (ordering != 0) return ordering;
    return 0.0 <=> (right - whole);  // exact: both are near each other
}

std::partial_ordering numbers(const FieldValue& left, const FieldValue& right) noexcept {
    switch (left.type) {
        case Type::int64:
            if (right.type == Type::int64) return left.int64 <=> right.int64;
            if (right.type == Type::uint64) return integers(left.int64, right.uint64);
            return mixed(left.int64, right.float64);
        case Type::uint64:
            if (right.type == Type::int64) return integers(left.uint64, right.int64);
            if (right.type == Type::uint64) return left.uint64 <=> right.uint64;
            return mixed(left.uint64, right.float64);
        default:
            if (right.type == Type::int64) return reversed(mixed(right.int64, left.float64));
            if (right.type == Type::uint64) return reversed(mixed(right.uint64, left.float64));
            return left.float64 <=> right.float64;
    }
}

/// The time that a value is or writes.
std::optional<std::int64_t> time_in(const FieldValue& value) noexcept {
    if (value.type == Type::time) return value.int64;
    if (value.type != Type::string || !json_text::may_be_rfc3339(value.text)) return std::nullopt;
    const auto time = json_text::parse_rfc3339(value.text);
    return time ? std::optional<std::int64_t>(time->time_since_epoch().count()) : std::nullopt;
}

std::partial_ordering texts(const FieldValue& left, const FieldValue& right) noexcept {
    const auto right_time = time_in(right);
    const auto left_time = right_time ? time_in(left) : std::nullopt;
    if (left_time) return *left_time <=> *right_time;
    if (left.type != right.type) return std::partial_ordering::unordered;
    return left.text <=> right.text;
}

bool is_text(const FieldValue& value) noexcept { return value.type == Type::string || value.type == Type::time; }

int rank(const FieldValue& value) noexcept {
    if (value.type == Type::boolean) return 0;
    if (value.is_number()) return 1;
    return time_in(value) ? 3 : 2;  // Times compare among themselves in another order than texts.
}

}  // namespace

FieldValue as_field_value(const Constant& constant) noexcept {
    FieldValue value;
    const auto fill = [&value]<class T>(const T& held) {
        if constexpr (std::same_as<T, bool>) {
            value.type = Type::boolean;
            value.boolean = held;
        } else if constexpr (std::same_as<T, std::int64_t>) {
            value.type = Type::int64;
            value.int64 = held;
        } else if constexpr (std::same_as<T, std::uint64_t>) {
            value.type = Type::uint64;
            value.uint64 = held;
        } else if constexpr (std::same_as<T, double>) {
            value.type = Type::float64;
            value.float64 = held;
        } else {
            value.type = Type::string;
            value.text = held;
        }
    };
    std::visit(fill, constant.value());
    return value;
}

std::partial_ordering compare(const FieldValue& left, const FieldValue& right) noexcept {
    if (is_text(left) && is_text(right)) return texts(left, right);
    if (left.is_number() && right.is_number()) return numbers(left, right);
    if (left.type == Type::boolean && right.type == Type::boolean) return left.boolean <=> right.boolean;
    return std::partial_ordering::unordered;
}

std::optional<FieldValue> as_number(const FieldValue& value) noexcept {
    if (value.is_number()) return value;
    if (value.type != Type::string || value.text.empty()) return std::nullopt;
    const std::string_view digits = value.text.substr(value.text.front() == '-' ? 1 : 0);
    if (digits.empty() || digits.front() < '0' || digits.front() > '9') return std::nullopt;  // "inf" and ".5" are none
    FieldValue number;
    return detail::read_number(value.text, number) ? std::optional(number) : std::nullopt;
}

bool sorts_before(const FieldValue& left, const FieldValue& right) noexcept {
    if (rank(left) != rank(right)) return rank(left) < rank(right);
    return compare(left, right) < 0;
}

}  // namespace wideline::sampling

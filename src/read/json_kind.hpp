// Of what kind a JSON value is, seen from its text.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "read/event_line.hpp"

namespace wideline::read {

enum class JsonKind : std::uint8_t { string, integer, number, boolean, null, array, object };
inline constexpr std::array<std::string_view, 7> kJsonKindNames = {"string", "integer", "number", "boolean",
                                                                   "null",   "array",   "object"};

[[nodiscard]] constexpr JsonKind kind_of(JsonText value) noexcept {
    switch (value.empty() ? '\0' : value.front()) {
        case '"':
            return JsonKind::string;
        case 't':
        case 'f':
            return JsonKind::boolean;
        case 'n':
            return JsonKind::null;
        case '[':
            return JsonKind::array;
        case '{':
            return JsonKind::object;
        default:
            return value.find_first_of(".eE") == std::string_view::npos ? JsonKind::integer : JsonKind::number;
    }
}

/// A set of kinds.
class JsonKinds {
public:
    constexpr void add(JsonKind kind) noexcept { bits_ |= bit(kind); }
    constexpr void add(JsonKinds kinds) noexcept { bits_ |= kinds.bits_; }
    [[nodiscard]] constexpr bool has(JsonKind kind) const noexcept { return (bits_ & bit(kind)) != 0; }
    [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
    [[nodiscard]] constexpr JsonKinds without(JsonKind kind) const noexcept {
        JsonKinds rest = *this;
        rest.bits_ &= static_cast<std::uint8_t>(~bit(kind));
        return rest;
    }
    /// An integer is a number as well.
    [[nodiscard]] constexpr bool allow(JsonKind kind) const noexcept {
        return has(kind) || (kind == JsonKind::integer && has(JsonKind::number));
    }
    /// As JSON Schema has it: `integer` goes without saying where there is `number`.
    [[nodiscard]] constexpr JsonKinds reduced() const noexcept {
        return has(JsonKind::number) ? without(JsonKind::integer) : *this;
    }
    template <class Take>
    constexpr void each(Take take) const {
        for (std::size_t i = 0; i < kJsonKindNames.size(); ++i)
            if (has(static_cast<JsonKind>(i))) take(static_cast<JsonKind>(i));
    }
    constexpr bool operator==(const JsonKinds&) const = default;

private:
    static constexpr std::uint8_t bit(JsonKind kind) noexcept {
        return static_cast<std::uint8_t>(1u << static_cast<unsigned>(kind));
    }
    std::uint8_t bits_ = 0;
};

}  // namespace wideline::read

// What the records of one key come to, read one after the other.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

#include <wideline/detail/decimal.hpp>
#include <wideline/event_view.hpp>

#include "event/milliseconds.hpp"
#include "event/open_event.hpp"

namespace wideline::detail {

/// A record's value by itself, put into a fresh `value`: in place, for rules wait for it.
inline void read_value(FieldValue& value, const Record& record, const OpenEvent& event) noexcept {
    value.record = &record;
    value.event = &event;
    switch (record.type()) {
        case Type::yes:
        case Type::no:
            value.type = FieldValue::Type::boolean;
            value.boolean = record.type() == Type::yes;
            break;
        case Type::int64:
            value.type = FieldValue::Type::int64;
            value.int64 = record.value_as<std::int64_t>();
            break;
        case Type::uint64:
            value.uint64 = record.value_as<std::uint64_t>();
            value.type = value.uint64 >> 63 != 0 ? FieldValue::Type::uint64 : FieldValue::Type::int64;
            break;
        case Type::float64:
            value.type = FieldValue::Type::float64;
            value.float64 = record.is_float() ? decimal_of(std::bit_cast<float>(record.value_as<std::uint32_t>()))
                                              : record.value_as<double>();
            break;
        case Type::duration:
            value.type = FieldValue::Type::float64;
            value.float64 = milliseconds_of(record.value_as<std::int64_t>());
            break;
        case Type::time:
            value.type = FieldValue::Type::time;
            value.int64 = record.value_as<std::int64_t>();
            break;
        case Type::string:
            value.type = FieldValue::Type::string;
            value.text = record.text();
            break;
        case Type::json:
            value.type = FieldValue::Type::json;
            value.text = record.text();
            break;
        case Type::array:
            value.type = FieldValue::Type::array;
            break;
        default:
            break;
    }
}

inline FieldValue value_of(const Record& record, const OpenEvent& event) noexcept {
    FieldValue value;
    read_value(value, record, event);
    return value;
}

/// The number that the whole text writes, exactly if it is a whole one; false, and `value` is of no use, if it is none.
/// What std::from_chars takes: infinities too.
[[nodiscard]] bool read_number(std::string_view text, FieldValue& value) noexcept;

/// The value of a key after one more record: replaced, added to, raised, or an array with one more item (of which only
/// `record` is known here: whoever wants the items walks the event). `value` is empty before the first.
void fold(std::optional<FieldValue>& value, const Record& record, const OpenEvent& event) noexcept;

}  // namespace wideline::detail

#include "event/field_value.hpp"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <system_error>

namespace wideline::detail {
namespace {

__extension__ using Wide = __int128;

Wide wide(const FieldValue& value) noexcept {
    return value.type == FieldValue::Type::uint64 ? Wide{value.uint64} : Wide{value.int64};
}

FieldValue number_of(FieldValue like, double number) noexcept {
    like.type = FieldValue::Type::float64;
    like.float64 = number;
    return like;
}

FieldValue number_of(FieldValue like, Wide number) noexcept {
    if (number >= std::numeric_limits<std::int64_t>::min() && number <= std::numeric_limits<std::int64_t>::max()) {
        like.type = FieldValue::Type::int64;
        like.int64 = static_cast<std::int64_t>(number);
    } else if (number > 0 && number <= Wide{std::numeric_limits<std::uint64_t>::max()}) {
        like.type = FieldValue::Type::uint64;
        like.uint64 = static_cast<std::uint64_t>(number);
    } else {
        return number_of(like, static_cast<double>(number));
    }
    return like;
}

bool is_integer(const FieldValue& value) noexcept {
    return value.type == FieldValue::Type::int64 || value.type == FieldValue::Type::uint64;
}

bool is_duration(const FieldValue& value) noexcept {
    return value.record != nullptr && value.record->type() == Type::duration;
}

/// Two durations are whole nanoseconds, and so is their sum: in milliseconds its rounding would show.
double in_whole_nanoseconds(double milliseconds) noexcept {
    const double whole = std::nearbyint(milliseconds * 1e6);
    return std::fabs(whole) < 9e15 ? whole / 1e6 : milliseconds;
}

FieldValue sum(const FieldValue& old, const FieldValue& fresh) noexcept {
    if (is_integer(old) && is_integer(fresh)) return number_of(fresh, wide(old) + wide(fresh));
    const double total = old.number() + fresh.number();
    return number_of(fresh, is_duration(old) && is_duration(fresh) ? in_whole_nanoseconds(total) : total);
}

FieldValue greater(const FieldValue& old, const FieldValue& fresh) noexcept {
    if (is_integer(old) && is_integer(fresh)) return wide(fresh) > wide(old) ? fresh : old;
    return fresh.number() > old.number() || std::isnan(old.number()) ? fresh : old;
}

}  // namespace

bool read_number(std::string_view text, FieldValue& value) noexcept {
    const char* const end = text.data() + text.size();
    const auto reads = [&](auto& held, FieldValue::Type type) {
        const auto [at, error] = std::from_chars(text.data(), end, held);
        if (error != std::errc{} || at != end) return false;
        value.type = type;
        return true;
    };
    return reads(value.int64, FieldValue::Type::int64) || reads(value.uint64, FieldValue::Type::uint64) ||
           reads(value.float64, FieldValue::Type::float64);
}

void fold(std::optional<FieldValue>& value, const Record& record, const OpenEvent& event) noexcept {
    const FieldValue fresh = value_of(record, event);
    const bool numbers = value && value->is_number() && fresh.is_number();
    if (record.operation() == Operation::append) {
        value = fresh;
        value->type = FieldValue::Type::array;
    } else if (record.operation() == Operation::add && numbers) {
        value = sum(*value, fresh);
    } else if (record.operation() == Operation::maximum && numbers) {
        value = greater(*value, fresh);
    } else {
        value = fresh;
    }
}

}  // namespace wideline::detail

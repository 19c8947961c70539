// The values of records as JSON.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <wideline/detail/arena.hpp>
#include <wideline/detail/decimal.hpp>

#include "encoding/json_number.hpp"
#include "event/field_value.hpp"
#include "event/milliseconds.hpp"
#include "pipeline/line_buffer.hpp"

namespace wideline::pipeline {

/// What encoding found that somebody counts.
struct Encoded {
    std::uint64_t truncated = 0;   // fields cut or left out
    std::uint64_t replaced = 0;    // invalid UTF-8 sequences
    std::uint64_t not_finite = 0;  // values that are null for want of a JSON form
    bool damaged = false;          // from some place on, what is there is not a record, and was left out
};

/// Copies text that is JSON already, and gives its end.
inline char* put_literal(char* out, std::string_view text) noexcept {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

/// Whether the record is neither an array nor JSON nor a note nor a call.
[[nodiscard]] inline bool is_scalar(const detail::Record& record) noexcept {
    using detail::Type;
    return record.type() != Type::array && record.type() != Type::json && record.type() != Type::note &&
           record.type() != Type::call;
}
template <class Use>
void for_each_item(const detail::Record& array, Use use) {
    const auto* const end = reinterpret_cast<const detail::Record*>(array.value() + array.value_bytes());
    for (auto at = reinterpret_cast<const detail::Record*>(array.value()); at != end; at = at->next()) use(*at);
}
[[nodiscard]] inline std::uint32_t count_items(const detail::Record& array) noexcept {
    std::uint32_t items = 0;
    for_each_item(array, [&](const detail::Record&) { ++items; });
    return items;
}
/// Of a float with its digits; of a duration in milliseconds.
[[nodiscard]] inline double real_of(const detail::Record& record) noexcept {
    if (record.is_float()) return detail::decimal_of(std::bit_cast<float>(record.value_as<std::uint32_t>()));
    if (record.type() == detail::Type::duration) return detail::milliseconds_of(record.value_as<std::int64_t>());
    return record.value_as<double>();
}
/// Room for the value of any such record.
[[nodiscard]] std::size_t scalar_bound(const detail::Record& record) noexcept;

/// Each put_… appends a value; each write_… writes one where there is room for it, and gives its end. What they find is
/// counted into `found`.
class ValueWriter {
public:
    explicit ValueWriter(Encoded& found) noexcept : found_(found) {}

    void put_value(const detail::Record& record, LineBuffer& out);
    void put_number(const FieldValue& value, LineBuffer& out);
    /// The items of an array's record, separated by commas.
    void put_items(const detail::Record& array, LineBuffer& out);

    /// Needs scalar_bound.
    char* write_scalar(char* to, const detail::Record& record);
    /// Needs json_text::kNumberBound.
    char* write_double(char* to, double value) {
        if (std::isfinite(value)) [[likely]]
            return json_text::write_double(to, value);
        ++found_.not_finite;
        return put_literal(to, "null");
    }

    /// As milliseconds, exactly; needs json_text::kNumberBound.
    char* write_duration(char* to, std::int64_t nanoseconds);

private:
    char* write_time(char* to, std::int64_t microseconds);
    void put_note(const detail::Record& record, LineBuffer& out);
    void put_call(const detail::Record& record, LineBuffer& out);

    Encoded& found_;
};

}  // namespace wideline::pipeline

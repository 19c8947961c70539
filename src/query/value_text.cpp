#include "query/value_text.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <memory>

#include "encoding/json_string.hpp"
#include "encoding/json_unescape.hpp"

namespace wideline::query {
namespace {

using duck::TypeId;
__extension__ using Wide = __int128;
__extension__ using UnsignedWide = unsigned __int128;

/// Of the API, to be destroyed.
class OwnedType {
public:
    OwnedType(const duck::Api& api, duck::LogicalType type) : api_(api), type_(type) {}
    ~OwnedType() { api_.destroy_logical_type(&type_); }
    OwnedType(const OwnedType&) = delete;
    OwnedType& operator=(const OwnedType&) = delete;
    [[nodiscard]] duck::LogicalType get() const noexcept { return type_; }

private:
    const duck::Api& api_;
    duck::LogicalType type_;
};

std::string owned_text(const duck::Api& api, char* text) {
    std::string copy = text == nullptr ? "" : text;
    api.free(text);
    return copy;
}

Wide wide(duck::HugeInt value) {
    return static_cast<Wide>((static_cast<UnsignedWide>(static_cast<std::uint64_t>(value.upper)) << 64) | value.lower);
}

std::string digits_of(UnsignedWide value) {
    std::string digits;
    do {
        digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
        value /= 10;
    } while (value != 0);
    return digits;
}

std::string signed_digits(Wide value) {
    return value < 0 ? "-" + digits_of(-static_cast<UnsignedWide>(value)) : digits_of(static_cast<UnsignedWide>(value));
}

std::string with_point(Wide value, unsigned scale) {
    std::string digits = digits_of(value < 0 ? -static_cast<UnsignedWide>(value) : static_cast<UnsignedWide>(value));
    if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
    if (scale != 0) digits.insert(digits.size() - scale, ".");
    return (value < 0 ? "-" : "") + digits;
}

std::string date_text(std::int64_t days) {
    constexpr std::int64_t kInfinity = std::numeric_limits<std::int32_t>::max();
    if (days == kInfinity) return "infinity";
    if (days == -kInfinity) return "-infinity";
    // <chrono> has no year past 32,767. The calendar repeats itself after 400 years.
    constexpr std::int64_t kDaysOfEra = 146'097;
    const std::int64_t era = (days >= 0 ? days : days - (kDaysOfEra - 1)) / kDaysOfEra;
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days - era * kDaysOfEra))};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()) + 400 * era,
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

/// `ticks` of which a second has `a_second`, with `digits` decimals.
std::string time_text(std::int64_t ticks, std::int64_t a_second, int digits) {
    const std::int64_t seconds = ticks / a_second;
    std::string text = fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if (digits != 0) text += fmt::format(".{:0{}}", ticks % a_second, digits);
    return text;
}

std::string timestamp_text(std::int64_t ticks, std::int64_t a_second, int digits) {
    if (ticks == std::numeric_limits<std::int64_t>::max()) return "infinity";
    if (ticks == -std::numeric_limits<std::int64_t>::max()) return "-infinity";
    const std::int64_t a_day = 86'400 * a_second;
    std::int64_t day = ticks / a_day;
    if (ticks % a_day < 0) --day;
    return date_text(day) + "T" + time_text(ticks - day * a_day, a_second, digits) + "Z";
}

std::string interval_text(const duck::Interval& interval) {
    std::string text;
    const auto add = [&text](std::int64_t count, const char* unit) {
        if (count == 0) return;
        text += fmt::format("{}{} {}{}", text.empty() ? "" : " ", count, unit, count == 1 || count == -1 ? "" : "s");
    };
    add(interval.months / 12, "year");
    add(interval.months % 12, "month");
    add(interval.days, "day");
    if (interval.micros != 0 || text.empty()) {
        if (!text.empty()) text += " ";
        const bool fraction = interval.micros % 1'000'000 != 0;
        const std::int64_t micros = std::abs(interval.micros);
        text += (interval.micros < 0 ? "-" : "") +
                (fraction ? time_text(micros, 1'000'000, 6) : time_text(micros / 1'000'000, 1, 0));
    }
    return text;
}

std::string uuid_text(duck::HugeInt value) {
    // DuckDB turns the highest bit, so that UUIDs sort as signed numbers do.
    const std::uint64_t upper = static_cast<std::uint64_t>(value.upper) ^ (std::uint64_t{1} << 63);
    return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", upper >> 32, upper >> 16 & 0xFFFF, upper & 0xFFFF,
                       value.lower >> 48, value.lower & 0xFFFFFFFFFFFF);
}

std::string blob_text(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7F && c != '\\')
            text.push_back(c);
        else
            text += fmt::format("\\x{:02X}", byte);
    }
    return text;
}

void append_double(std::string& to, double value) { to += std::isfinite(value) ? fmt::format("{}", value) : "null"; }

}  // namespace

void append_json_string(std::string& to, std::string_view text) {
    const std::size_t begin = to.size();
    to.resize(begin + json_text::string_bound(text.size()));
    std::uint64_t replaced = 0;
    const char* const end = json_text::write_string(to.data() + begin, text, replaced);
    to.resize(static_cast<std::size_t>(end - to.data()));
}

bool ColumnText::is_number(const duck::Api& api, duck::LogicalType type) {
    const TypeId id = api.get_type_id(type);
    return (id >= TypeId::tinyint && id <= TypeId::double_) || id == TypeId::hugeint || id == TypeId::uhugeint ||
           id == TypeId::decimal;
}

bool ColumnText::is_null(duck::Index row) const {
    const std::uint64_t* const validity = api_.vector_get_validity(vector_);
    return validity != nullptr && (validity[row / 64] >> (row % 64) & 1) == 0;
}

void ColumnText::append_json(std::string& to, duck::Index row) const {
    if (is_null(row))
        to += "null";
    else
        append_present(to, row);
}

void ColumnText::append_plain(std::string& to, duck::Index row) const {
    const TypeId type = api_.get_type_id(type_);
    if (!is_null(row) && (type == TypeId::double_ || type == TypeId::real)) {
        const double value = type == TypeId::real ? at<float>(row) : at<double>(row);
        if (!std::isfinite(value)) {
            to += std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
            return;
        }
    }
    std::string json;
    append_json(json, row);
    to += json.starts_with('"') ? json_text::unescaped(json) : json;
}

void ColumnText::append_present(std::string& to, duck::Index row) const {
    switch (api_.get_type_id(type_)) {
        case TypeId::boolean:
            to += at<bool>(row) ? "true" : "false";
            return;
        case TypeId::tinyint:
            to += std::to_string(at<std::int8_t>(row));
            return;
        case TypeId::smallint:
            to += std::to_string(at<std::int16_t>(row));
            return;
        case TypeId::integer:
            to += std::to_string(at<std::int32_t>(row));
            return;
        case TypeId::bigint:
            to += std::to_string(at<std::int64_t>(row));
            return;
        case TypeId::utinyint:
            to += std::to_string(at<std::uint8_t>(row));
            return;
        case TypeId::usmallint:
            to += std::to_string(at<std::uint16_t>(row));
            return;
        case TypeId::uinteger:
            to += std::to_string(at<std::uint32_t>(row));
            return;
        case TypeId::ubigint:
            to += std::to_string(at<std::uint64_t>(row));
            return;
        case TypeId::hugeint:
            to += signed_digits(wide(at<duck::HugeInt>(row)));
            return;
        case TypeId::uhugeint:
            to += digits_of(static_cast<UnsignedWide>(wide(at<duck::HugeInt>(row))));
            return;
        case TypeId::real:
            if (std::isfinite(at<float>(row)))
                to += fmt::format("{}", at<float>(row));
            else
                to += "null";
            return;
        case TypeId::double_:
            append_double(to, at<double>(row));
            return;
        case TypeId::decimal:
            append_decimal(to, row);
            return;
        case TypeId::varchar:
            append_varchar(to, row);
            return;
        case TypeId::blob:
            append_json_string(to, blob_text(at<duck::StringSlot>(row).view()));
            return;
        case TypeId::date:
            append_json_string(to, date_text(at<std::int32_t>(row)));
            return;
        case TypeId::time:
            append_json_string(to, time_text(at<std::int64_t>(row), 1'000'000, 6));
            return;
        case TypeId::timestamp:
        case TypeId::timestamp_tz:
            append_json_string(to, timestamp_text(at<std::int64_t>(row), 1'000'000, 6));
            return;
        case TypeId::timestamp_s:
            append_json_string(to, timestamp_text(at<std::int64_t>(row), 1, 0));
            return;
        case TypeId::timestamp_ms:
            append_json_string(to, timestamp_text(at<std::int64_t>(row), 1000, 3));
            return;
        case TypeId::timestamp_ns:
            append_json_string(to, timestamp_text(at<std::int64_t>(row), 1'000'000'000, 9));
            return;
        case TypeId::interval:
            append_json_string(to, interval_text(at<duck::Interval>(row)));
            return;
        case TypeId::uuid:
            append_json_string(to, uuid_text(at<duck::HugeInt>(row)));
            return;
        case TypeId::enumeration:
            append_enumeration(to, row);
            return;
        case TypeId::list: {
            const OwnedType child(api_, api_.list_type_child_type(type_));
            const auto& entry = at<duck::ListEntry>(row);
            append_items(to, api_.list_vector_get_child(vector_), child.get(), entry.offset, entry.length);
            return;
        }
        case TypeId::array: {
            const OwnedType child(api_, api_.array_type_child_type(type_));
            const duck::Index size = api_.array_type_array_size(type_);
            append_items(to, api_.array_vector_get_child(vector_), child.get(), row * size, size);
            return;
        }
        case TypeId::structure:
            append_structure(to, row);
            return;
        case TypeId::map:
            append_map(to, row);
            return;
        case TypeId::sql_null:
            to += "null";
            return;
    }
    to += "\"(cast it to VARCHAR)\"";
}

void ColumnText::append_varchar(std::string& to, duck::Index row) const {
    const std::string_view text = at<duck::StringSlot>(row).view();
    char* const alias = api_.logical_type_get_alias(type_);
    const bool is_json = alias != nullptr && std::string_view(alias) == "JSON";
    if (alias != nullptr) api_.free(alias);
    if (is_json)
        to += text;
    else
        append_json_string(to, text);
}

void ColumnText::append_decimal(std::string& to, duck::Index row) const {
    const unsigned scale = api_.decimal_scale(type_);
    switch (api_.decimal_internal_type(type_)) {
        case TypeId::smallint:
            to += with_point(at<std::int16_t>(row), scale);
            return;
        case TypeId::integer:
            to += with_point(at<std::int32_t>(row), scale);
            return;
        case TypeId::bigint:
            to += with_point(at<std::int64_t>(row), scale);
            return;
        default:
            to += with_point(wide(at<duck::HugeInt>(row)), scale);
    }
}

void ColumnText::append_enumeration(std::string& to, duck::Index row) const {
    duck::Index number = 0;
    switch (api_.enum_internal_type(type_)) {
        case TypeId::utinyint:
            number = at<std::uint8_t>(row);
            break;
        case TypeId::usmallint:
            number = at<std::uint16_t>(row);
            break;
        default:
            number = at<std::uint32_t>(row);
    }
    append_json_string(to, owned_text(api_, api_.enum_dictionary_value(type_, number)));
}

void ColumnText::append_items(std::string& to, duck::Vector child, duck::LogicalType type, duck::Index from,
                              duck::Index count) const {
    const ColumnText items(api_, child, type);
    to.push_back('[');
    for (duck::Index i = 0; i < count; ++i) {
        if (i != 0) to.push_back(',');
        items.append_json(to, from + i);
    }
    to.push_back(']');
}

void ColumnText::append_structure(std::string& to, duck::Index row) const {
    to.push_back('{');
    for (duck::Index i = 0; i < api_.struct_type_child_count(type_); ++i) {
        const OwnedType child(api_, api_.struct_type_child_type(type_, i));
        if (i != 0) to.push_back(',');
        append_json_string(to, owned_text(api_, api_.struct_type_child_name(type_, i)));
        to.push_back(':');
        ColumnText(api_, api_.struct_vector_get_child(vector_, i), child.get()).append_json(to, row);
    }
    to.push_back('}');
}

/// A map is a list of structures of a key and a value; JSON's keys are strings.
void ColumnText::append_map(std::string& to, duck::Index row) const {
    const OwnedType key_type(api_, api_.map_type_key_type(type_));
    const OwnedType value_type(api_, api_.map_type_value_type(type_));
    const duck::Vector entries = api_.list_vector_get_child(vector_);
    const ColumnText keys(api_, api_.struct_vector_get_child(entries, 0), key_type.get());
    const ColumnText values(api_, api_.struct_vector_get_child(entries, 1), value_type.get());
    const auto& entry = at<duck::ListEntry>(row);
    to.push_back('{');
    for (duck::Index i = 0; i < entry.length; ++i) {
        std::string key;
        keys.append_json(key, entry.offset + i);
        if (i != 0) to.push_back(',');
        if (key.starts_with('"'))
            to += key;
        else
            append_json_string(to, key);
        to.push_back(':');
        values.append_json(to, entry.offset + i);
    }
    to.push_back('}');
}

}  // namespace wideline::query

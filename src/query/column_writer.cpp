#include "query/column_writer.hpp"

#include <algorithm>

#include "read/reserved_field.hpp"

namespace wideline::query {
namespace {

duck::TypeId type_id(Scalar scalar) {
    switch (scalar) {
        case Scalar::boolean:
            return duck::TypeId::boolean;
        case Scalar::bigint:
            return duck::TypeId::bigint;
        case Scalar::hugeint:
            return duck::TypeId::hugeint;
        case Scalar::real:
            return duck::TypeId::double_;
        case Scalar::timestamp:
            return duck::TypeId::timestamp;
        case Scalar::null:
        case Scalar::text:
        case Scalar::json:
            return duck::TypeId::varchar;
    }
    return duck::TypeId::varchar;
}

void set_valid(std::uint64_t* validity, duck::Index row) { validity[row / 64] |= std::uint64_t{1} << (row % 64); }

}  // namespace

duck::LogicalType logical_type_of(const duck::Api& api, ColumnType type) {
    duck::LogicalType scalar = api.create_logical_type(type_id(type.scalar));
    if (type.scalar == Scalar::json) api.logical_type_set_alias(scalar, "JSON");
    if (!type.list) return scalar;
    const duck::LogicalType list = api.create_list_type(scalar);
    api.destroy_logical_type(&scalar);
    return list;
}

void ColumnWriter::begin(duck::Vector vector) {
    vector_ = vector;
    data_ = api_->vector_get_data(vector);
    api_->vector_ensure_validity_writable(vector);
    validity_ = api_->vector_get_validity(vector);
    std::fill_n(validity_, (api_->vector_size() + 63) / 64, 0);
    items_ = 0;
    item_capacity_ = 0;
}

bool ColumnWriter::write(duck::Index row, const LineValue& value) {
    if (value.kind == LineValue::Kind::null) return true;
    if (kind_ == Reserved::number || kind_ == Reserved::time) return write_reserved(row, value);
    if (type_.list) return write_list(row, value);
    return write_scalar(vector_, data_, validity_, row, value);
}

bool ColumnWriter::write_reserved(duck::Index row, const LineValue& value) {
    if (!is_settled(type_, kind_))
        return type_.list ? write_list(row, value) : write_scalar(vector_, data_, validity_, row, value);
    if (kind_ == Reserved::number) {
        const auto number = value.is_number() ? read::number_of(value.json) : std::nullopt;
        if (!number) return true;
        static_cast<double*>(data_)[row] = *number;
    } else {
        const auto time = read::time_of(value.json);
        if (!time) return true;
        static_cast<std::int64_t*>(data_)[row] = time->time_since_epoch().count();
    }
    set_valid(validity_, row);
    return true;
}

bool ColumnWriter::write_list(duck::Index row, const LineValue& value) {
    if (value.kind != LineValue::Kind::array) return false;
    auto& entry = static_cast<duck::ListEntry*>(data_)[row];
    entry = {items_, 0};
    bool fits = true;
    const bool good = read_item_values(value.json, [&](const LineValue& item) {
        fits = fits && (items_ < item_capacity_ || make_room_for_item());
        if (!fits) return;
        item_validity_[items_ / 64] &= ~(std::uint64_t{1} << (items_ % 64));
        if (item.kind != LineValue::Kind::null)
            fits = write_scalar(item_vector_, item_data_, item_validity_, items_, item);
        ++items_;
        ++entry.length;
    });
    api_->list_vector_set_size(vector_, items_);
    if (good && fits) set_valid(validity_, row);
    return good && fits;
}

bool ColumnWriter::make_room_for_item() {
    const duck::Index more = std::max<duck::Index>(2 * item_capacity_, 4096);
    if (api_->list_vector_reserve(vector_, more) != duck::State::success) return false;
    item_capacity_ = more;
    item_vector_ = api_->list_vector_get_child(vector_);
    item_data_ = api_->vector_get_data(item_vector_);
    api_->vector_ensure_validity_writable(item_vector_);
    item_validity_ = api_->vector_get_validity(item_vector_);
    return true;
}

void ColumnWriter::write_text(duck::Vector vector, void* data, duck::Index row, std::string_view text) {
    auto& slot = static_cast<duck::StringSlot*>(data)[row];
    if (text.size() > duck::StringSlot::kInlined && text.data() == room_.data())
        return api_->vector_assign_string_element_len(vector, row, text.data(), text.size());
    slot.assign(text);
}

bool ColumnWriter::write_scalar(duck::Vector vector, void* data, std::uint64_t* validity, duck::Index row,
                                const LineValue& value) {
    using Kind = LineValue::Kind;
    switch (type_.scalar) {
        case Scalar::null:
            return false;
        case Scalar::boolean:
            if (value.kind != Kind::boolean) return false;
            static_cast<bool*>(data)[row] = value.boolean;
            break;
        case Scalar::bigint:
            if (value.kind != Kind::whole) return false;
            static_cast<std::int64_t*>(data)[row] = value.whole;
            break;
        case Scalar::hugeint:
            if (value.kind != Kind::wide && value.kind != Kind::whole) return false;
            static_cast<duck::HugeInt*>(data)[row] =
                value.kind == Kind::wide
                    ? duck::HugeInt{static_cast<std::uint64_t>(value.wide), static_cast<std::int64_t>(value.wide >> 64)}
                    : duck::HugeInt{static_cast<std::uint64_t>(value.whole), value.whole < 0 ? -1 : 0};
            break;
        case Scalar::real:
            if (!value.is_number()) return false;
            static_cast<double*>(data)[row] = value.as_real();
            break;
        case Scalar::timestamp: {
            if (value.kind != Kind::string) return false;
            const auto time = read::time_of(value.json);
            if (!time) return false;
            static_cast<std::int64_t*>(data)[row] = time->time_since_epoch().count();
            break;
        }
        case Scalar::text:
            write_text(vector, data, row, value.text(room_));
            break;
        case Scalar::json:
            write_text(vector, data, row, value.json);
            break;
    }
    set_valid(validity, row);
    return true;
}

}  // namespace wideline::query

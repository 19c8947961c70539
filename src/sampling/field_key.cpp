#include "sampling/field_key.hpp"

#include <bit>
#include <optional>
#include <string_view>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "event/only_record.hpp"

namespace wideline::sampling {

using Type = FieldValue::Type;

namespace {

/// Of values of different types that have the same bits, each type makes another number.
enum Salt : std::uint64_t { kAbsent = 1, kBoolean, kInteger, kFloat, kTime, kOther };

std::uint64_t mixed(std::uint64_t bits, std::uint64_t salt) noexcept {
    // The finalizer of MurmurHash3: every bit of the input reaches every bit of the result.
    bits += salt * 0x9e3779b97f4a7c15;
    bits = (bits ^ bits >> 33) * 0xff51afd7ed558ccd;
    bits = (bits ^ bits >> 33) * 0xc4ceb9fe1a85ec53;
    return bits ^ bits >> 33;
}

std::uint64_t hash_of(std::string_view text) noexcept { return XXH3_64bits(text.data(), text.size()); }

std::uint64_t hash_of(const FieldValue& value) noexcept {
    switch (value.type) {
        case Type::null:
            return kAbsent;
        case Type::boolean:
            return mixed(value.boolean ? 1 : 0, kBoolean);
        case Type::int64:
        case Type::uint64:
            return mixed(value.uint64, kInteger);
        case Type::float64:
            return mixed(std::bit_cast<std::uint64_t>(value.float64), kFloat);
        case Type::time:
            return mixed(value.uint64, kTime);
        case Type::string:
        case Type::json:
            return hash_of(value.text);
        case Type::array:
            break;
    }
    return kOther;
}

}  // namespace

FieldKey::FieldKey(std::span<const std::string> fields, detail::WatchedKeys& keys) {
    for (const std::string& name : fields) {
        const detail::Subject subject = detail::subject_of_field(name);
        const bool is_field = subject == detail::Subject::field;
        fields_.push_back({subject, is_field ? keys.watch(name) : detail::WatchedKeys::kNotWatched, name});
    }
}

std::uint64_t FieldKey::of(const EventView& view) const noexcept {
    std::uint64_t key = 0;
    for (const Field& field : fields_) {
        std::uint64_t hash = kAbsent;
        if (field.subject == detail::Subject::name) {
            hash = hash_of(view.name());
        } else if (field.subject == detail::Subject::outcome) {
            hash = mixed(view.failed() ? 1 : view.cancelled() ? 2 : 0, kBoolean);
        } else if (field.slot == detail::WatchedKeys::kNotWatched) {
            if (const std::optional<FieldValue> value = view.find(field.name)) hash = hash_of(*value);
        } else if (const detail::Record* const record = detail::only_record(view, field.slot);
                   record != nullptr && record->type() == detail::Type::string) {
            hash = hash_of(record->text());
        } else if (record != nullptr && record->type() == detail::Type::int64) {
            hash = mixed(record->value_as<std::uint64_t>(), kInteger);
        } else if (const std::optional<FieldValue> value = view.watched(field.slot)) {
            hash = hash_of(*value);
        }
        key = mixed(key ^ hash, 0);
    }
    return key;
}

}  // namespace wideline::sampling

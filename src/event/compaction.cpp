#include "event/compaction.hpp"

#include <array>
#include <cstring>

namespace wideline::detail {
namespace {

struct KeyState {
    std::uint32_t first = 0;     // offset in `from` of the first record with this key; 0: free
    std::uint32_t last_set = 0;  // offset in `from`
    std::uint32_t copied = 0;    // offset in `to` of the last record copied
    std::uint32_t items = 0;     // appended ones that were copied
};

class KeyTable {
public:
    explicit KeyTable(const ArenaHeader& arena) : arena_(arena) {}

    KeyState* of(const Record* record) noexcept {
        for (std::size_t probe = 0; probe < kProbes; ++probe) {
            KeyState& state = states_[(record->hash() + probe) % states_.size()];
            if (state.first == 0) return &state;
            const Record* const known = arena_.at(state.first);
            if (known->hash() == record->hash() && known->key() == record->key()) return &state;
        }
        return nullptr;  // too many: such a key is not compacted
    }

private:
    static constexpr std::size_t kProbes = 16;
    const ArenaHeader& arena_;
    std::array<KeyState, 896> states_{};
};

bool has_key(const Record* record) noexcept { return record->key_bytes() != 0; }

/// Raises the number at `into` by `record`'s if they are of one kind and the result is exact.
bool merge(Record* into, const Record* record) noexcept {
    const bool same = into->type() == record->type() && into->operation() == record->operation();
    if (!same) return false;
    if (record->type() == Type::int64) {
        auto old = into->value_as<std::int64_t>();
        const auto fresh = record->value_as<std::int64_t>();
        if (record->operation() == Operation::add) {
            if (__builtin_add_overflow(old, fresh, &old)) return false;
        } else if (record->operation() == Operation::maximum) {
            if (fresh > old) old = fresh;
        } else {
            return false;
        }
        std::memcpy(into->value(), &old, sizeof old);
        return true;
    }
    if (record->type() == Type::float64 && record->operation() == Operation::add) {
        const double sum = into->value_as<double>() + record->value_as<double>();
        std::memcpy(into->value(), &sum, sizeof sum);
        return true;
    }
    if (record->type() == Type::float64 && record->operation() == Operation::maximum) {
        const auto fresh = record->value_as<double>();
        if (fresh > into->value_as<double>()) std::memcpy(into->value(), &fresh, sizeof fresh);
        return true;
    }
    return false;
}

}  // namespace

Compacted compact(const ArenaHeader& from, ArenaHeader& to, std::uint32_t most_items) noexcept {
    const Record* const end = from.at(from.bytes());
    const auto offset_of = [&](const Record* record) {
        return static_cast<std::uint32_t>(reinterpret_cast<const std::byte*>(record) -
                                          reinterpret_cast<const std::byte*>(&from));
    };
    KeyTable keys(from);
    for (const Record* record = from.begin(); record != end; record = record->next()) {
        if (!has_key(record)) continue;
        KeyState* const key = keys.of(record);
        if (key == nullptr) continue;
        if (key->first == 0) key->first = offset_of(record);
        if (record->operation() == Operation::set) key->last_set = offset_of(record);
    }

    Compacted result{kFirstRecord, 0};
    bool copied = true;  // whether the record before a sequence record was: they go together
    for (const Record* record = from.begin(); record != end; record = record->next()) {
        KeyState* const key = has_key(record) ? keys.of(record) : nullptr;
        if (record->type() == Type::sequence && !copied) continue;
        if (key != nullptr) {
            copied = offset_of(record) >= key->last_set;
            if (copied && record->operation() == Operation::append && ++key->items > most_items) {
                ++result.left_out;
                copied = false;
            }
            if (copied && key->copied != 0 && merge(const_cast<Record*>(to.at(key->copied)), record)) copied = false;
            if (!copied) continue;
            key->copied = result.bytes;
        } else {
            copied = true;
        }
        std::memcpy(reinterpret_cast<std::byte*>(&to) + result.bytes, record, record->size());
        result.bytes += static_cast<std::uint32_t>(record->size());
    }
    return result;
}

}  // namespace wideline::detail

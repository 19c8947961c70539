#include "event/compaction.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "event/kept_items.hpp"

namespace wideline::detail {
namespace {

struct KeyState {
    std::uint32_t first = 0;     // offset in `from` of the first record with this key; 0: free
    std::uint32_t last_set = 0;  // offset in `from`
    std::uint32_t copied = 0;    // offset in `to` of the last record copied
    std::uint32_t items = 0;     // appended ones that were copied
    std::uint32_t run = 0;       // in which the last record copied was written
};

class KeyTable {
public:
    explicit KeyTable(const ArenaHeader& arena) noexcept : arena_(arena) {}

    enum class Place : std::uint8_t { known, free, crowded };
    struct Found {
        Place place;
        KeyState* state;
    };
    Found find(const Record* record) noexcept {
        for (std::size_t probe = 0; probe < kProbes; ++probe) {
            KeyState& state = states_[(record->hash() + probe) % states_.size()];
            if (state.first == 0) return {Place::free, &state};
            const Record* const known = arena_.at(state.first);
            if (known->hash() == record->hash() && known->key() == record->key()) return {Place::known, &state};
        }
        return {Place::crowded, nullptr};
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
        const auto old = into->value_as<double>();
        if (fresh > old || std::isnan(old)) std::memcpy(into->value(), &fresh, sizeof fresh);
        return true;
    }
    return false;
}

/// The end of what is whole: two threads that wrote at once without a Handle may have left anything.
const Record* end_of(const ArenaHeader& arena) noexcept {
    const Record* const end = arena.at(std::min(arena.bytes(), arena.capacity));
    const Record* at = arena.begin();
    while (at < end && at->next() <= end) at = at->next();
    return at;
}

class Compaction {
public:
    Compaction(const ArenaHeader& from, ArenaHeader& to, const Limits& limits, const WatchedKeys* watched) noexcept
        : from_(from), to_(to), limits_(limits), watched_(watched), keys_(from), most_fields_(limits.fields) {}

    std::optional<Compacted> run() noexcept {
        const Record* const end = end_of(from_);
        // Which fields are past the limit is not to be seen here where other threads write some of them.
        for (const Record* record = from_.begin(); record != end; record = record->next())
            if (record->type() == Type::sequence) most_fields_ = ~std::uint32_t{0};
        for (const Record* record = from_.begin(); record != end; record = record->next()) {
            if (has_key(record)) look_at(record);
            if (record->type() == Type::name && record != from_.begin()) newest_name_ = record;
        }

        bool copied = true;
        for (const Record* record = from_.begin(); record != end; record = record->next()) {
            if (record->type() != Type::sequence) {
                const Record* const behind = record->next();
                enter_run(behind != end && behind->type() == Type::sequence ? behind : nullptr);
                copied = has_key(record)                ? take(record)
                         : record->type() == Type::name ? take_name(record)
                                                        : copy(record);
            } else if (copied) {  // a record and its sequence number go together
                copy(record);
            }
        }
        if (overrun_) return std::nullopt;
        return result_;
    }

private:
    [[nodiscard]] std::uint32_t offset_of(const Record* record) const noexcept {
        return static_cast<std::uint32_t>(reinterpret_cast<const std::byte*>(record) -
                                          reinterpret_cast<const std::byte*>(&from_));
    }

    void look_at(const Record* record) noexcept {
        const auto [place, key] = keys_.find(record);
        if (key == nullptr) return;
        if (place == KeyTable::Place::free) {
            const bool counts = !is_stamped(record->key());
            if (counts && distinct_ == most_fields_ && !is_watched(record)) return;
            if (counts && distinct_ < most_fields_) ++distinct_;
            key->first = offset_of(record);
        }
        if (record->operation() == Operation::set) key->last_set = offset_of(record);
        if (record->type() == Type::call) ++calls_after_;
    }
    /// What a rule reads is kept whatever the number of fields.
    [[nodiscard]] bool is_watched(const Record* record) const noexcept {
        return watched_ != nullptr && watched_->slot(record->hash()) != WatchedKeys::kNotWatched;
    }

    /// Two numbers may become one, and items be counted, only if no other thread can have written in between: both were
    /// written before the request was shared, or their numbers and all between are of this thread.
    void enter_run(const Record* sequence) noexcept {
        if (sequence == nullptr) return;
        const auto number = sequence->value_as<std::uint64_t>();
        if (number != last_sequence_ + 1 || run_ == 0) ++run_;
        last_sequence_ = number;
    }

    bool take(const Record* record) noexcept {
        const auto [place, key] = keys_.find(record);
        if (place == KeyTable::Place::crowded) return copy(record);
        if (place == KeyTable::Place::free) return leave_out();  // past the limit: it was not let in
        if (offset_of(record) < key->last_set) return offset_of(record) == key->first && copy_empty(record);
        const bool appends = record->operation() == Operation::append;
        // Whatever other threads append, an item of this one has at least as many before it and after it as here.
        if (record->type() == Type::call && !kept_items(Type::call, limits_).keeps(calls_before_++, --calls_after_))
            return leave_out();
        if (!appends || key->run != run_) key->items = 0;
        if (appends && record->type() != Type::call && ++key->items > limits_.array_items) return leave_out();
        if (key->copied != 0 && key->run == run_ && merge(const_cast<Record*>(to_.at(key->copied)), record))
            return false;
        key->copied = result_.bytes;
        key->run = run_;
        return copy(record);
    }
    /// The first name holds its place, which readers rely on; of the others the last one counts.
    bool take_name(const Record* record) noexcept {
        if (record == newest_name_)
            result_.renamed = result_.bytes;
        else if (record != from_.begin())
            return false;
        return copy(record);
    }
    bool leave_out() noexcept {
        ++result_.left_out;
        return false;
    }
    bool copy(const Record* record) noexcept { return put(record, record->size(), record->header); }
    /// Holds the key's place among the others.
    bool copy_empty(const Record* record) noexcept {
        return put(record, Record::size_of(record->key_bytes(), 0),
                   Record::header_of(record->hash(), record->key_bytes(), Type::null, Operation::set, 0));
    }
    bool put(const Record* record, std::size_t bytes, std::uint64_t header) noexcept {
        overrun_ = overrun_ || bytes > to_.capacity - result_.bytes;
        if (overrun_) return false;
        std::byte* const at = reinterpret_cast<std::byte*>(&to_) + result_.bytes;
        std::memcpy(at, record, bytes);
        std::memcpy(at, &header, sizeof header);
        result_.bytes += static_cast<std::uint32_t>(bytes);
        return true;
    }

    const ArenaHeader& from_;
    ArenaHeader& to_;
    const Limits& limits_;
    const WatchedKeys* watched_;
    KeyTable keys_;
    Compacted result_{kFirstRecord, 0, 0};
    const Record* newest_name_ = nullptr;
    std::uint32_t most_fields_;
    std::uint32_t distinct_ = 0;
    std::uint32_t calls_before_ = 0;
    std::uint32_t calls_after_ = 0;
    std::uint32_t run_ = 0;  // 0: before the request was shared
    std::uint64_t last_sequence_ = 0;
    bool overrun_ = false;
};

}  // namespace

std::optional<Compacted> compact(const ArenaHeader& from, ArenaHeader& to, const Limits& limits,
                                 const WatchedKeys* watched) noexcept {
    return Compaction(from, to, limits, watched).run();
}

}  // namespace wideline::detail

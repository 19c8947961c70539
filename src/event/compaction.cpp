#include "event/compaction.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "event/kept_items.hpp"
#include "event/raised.hpp"

namespace wideline::detail {
namespace {

struct KeyState {
    std::uint32_t first = 0;       // offset in `from` of the first record with this key; 0: free
    std::uint32_t last_set = 0;    // offset in `from`
    std::uint32_t copied = 0;      // offset in `to` of the last record copied
    std::uint32_t first_item = 0;  // offset in `from` of the first of the items appended last; 0: none
    std::uint32_t items = 0;       // how many these are
    std::uint32_t looked_at = 0;   // of them, so far
    std::uint32_t run = 0;         // in which the last record copied was written
    std::uint64_t number = 0;      // its place among all threads' writes
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

/// Raises the number at `into`, which is in an arena of our own, by a record's if they are of one kind and the result
/// is exact.
bool merge(Record* into, const Record* record, std::uint64_t bits) noexcept {
    if (into->type() != record->type() || into->operation() != record->operation()) return false;
    const auto sum = raised(record->type(), record->operation(), into->value_as<std::uint64_t>(), bits);
    if (!sum) return false;
    for (std::size_t at = 0; at < into->value_bytes(); at += sizeof *sum)
        std::memcpy(into->value() + at, &*sum, sizeof *sum);
    return true;
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
    Compaction(const ArenaHeader& from, ArenaHeader& to, const Limits& limits, const WatchedKeys* watched,
               const SharedSums* sums) noexcept
        : from_(from),
          to_(to),
          limits_(limits),
          watched_(watched),
          sums_(sums),
          keys_(from),
          most_fields_(limits.fields) {}

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
        if (record->operation() != Operation::append) {
            key->first_item = 0;
            key->items = 0;
        } else if (key->items++ == 0) {
            key->first_item = offset_of(record);
        }
    }
    /// What a rule reads is kept whatever the number of fields.
    [[nodiscard]] bool is_watched(const Record* record) const noexcept {
        return watched_ != nullptr && watched_->slot(record->hash()) != WatchedKeys::kNotWatched;
    }

    /// Two numbers can become one only if no other thread can have written in between: both were written before the
    /// request was shared, or their numbers and all between are of this thread.
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
        // Of an array to which several threads append, each thread's first and last items contain those of all.
        if (key->first_item != 0 && offset_of(record) >= key->first_item) {
            const std::uint32_t before = key->looked_at++;
            const KeptItems kept = kept_items(record->type(), limits_.array_items);
            if (!kept.keeps(before, key->items - key->looked_at)) return leave_out();
            result_.most_items = std::max(result_.most_items, std::min(key->items, limits_.array_items));
        }
        const std::uint64_t bits = record->is_sum()             ? from_.sum(*record)
                                   : record->value_bytes() == 8 ? record->value_as<std::uint64_t>()
                                                                : 0;
        Record* const copied = key->copied != 0 ? const_cast<Record*>(to_.at(key->copied)) : nullptr;
        const bool none_between = key->run == run_ || (copied != nullptr && are_alone(*key, *copied, *record));
        if (copied != nullptr && none_between && merge(copied, record, bits)) return false;
        if (copied != nullptr && is_void(*record)) return false;
        key->copied = result_.bytes;
        key->run = run_;
        key->number = last_sequence_;
        if (!copy(record)) return false;
        if (record->is_sum())
            for (std::size_t word = 0; word < 3; ++word) to_.at(key->copied)->sum_word(word).store(bits);
        return true;
    }
    /// Between two sums of this thread no other one wrote the key in another way.
    [[nodiscard]] bool are_alone(const KeyState& key, const Record& first, const Record& second) const noexcept {
        if (sums_ == nullptr || !first.is_sum() || !second.is_sum()) return false;
        const auto others = sums_->others(second.hash(), second.operation());
        return others && others->last < key.number;
    }
    /// A sum that another thread's `set` has replaced.
    [[nodiscard]] bool is_void(const Record& record) const noexcept {
        if (sums_ == nullptr || !record.is_sum()) return false;
        const auto others = sums_->others(record.hash(), record.operation());
        return others && last_sequence_ < others->last_set;
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
    const SharedSums* sums_;
    KeyTable keys_;
    Compacted result_{kFirstRecord, 0, 0, 0};
    const Record* newest_name_ = nullptr;
    std::uint32_t most_fields_;
    std::uint32_t distinct_ = 0;
    std::uint32_t run_ = 0;  // 0: before the request was shared
    std::uint64_t last_sequence_ = 0;
    bool overrun_ = false;
};

}  // namespace

std::optional<Compacted> compact(const ArenaHeader& from, ArenaHeader& to, const Limits& limits,
                                 const WatchedKeys* watched, const SharedSums* sums) noexcept {
    return Compaction(from, to, limits, watched, sums).run();
}

}  // namespace wideline::detail

#include "pipeline/field_table.hpp"

#include <bit>

namespace wideline::pipeline {

using detail::Operation;
using detail::Record;

FieldTable::FieldTable(std::uint32_t most_fields)
    : most_fields_(most_fields), slots_(std::bit_ceil(2 * std::size_t{most_fields} + 2)) {
    entries_.reserve(most_fields);
}

void FieldTable::clear() noexcept {
    entries_.clear();
    links_.clear();
    if (++event_ == 0) {
        slots_.assign(slots_.size(), Slot{});
        event_ = 1;
    }
}

bool FieldTable::add(const Record& record) {
    Slot& slot = slot_of(record.hash(), record.key());
    if (slot.event != event_) {
        if (entries_.size() == most_fields_) return false;
        slot = {event_, static_cast<std::uint32_t>(entries_.size())};
        entries_.push_back({&record});
        if (record.operation() == Operation::append) chain(entries_.back(), record);
        return true;
    }
    Entry& entry = entries_[slot.entry];
    if (record.operation() == Operation::set) {
        entry = {&record};
        return true;
    }
    if (entry.first_link == kNone) chain(entry, *entry.record);
    chain(entry, record);
    entry.record = &record;
    return true;
}

void FieldTable::chain(Entry& entry, const Record& record) {
    const auto fresh = static_cast<std::uint32_t>(links_.size());
    links_.push_back({&record, kNone});
    if (entry.first_link == kNone)
        entry.first_link = fresh;
    else
        links_[entry.last_link].next = fresh;
    entry.last_link = fresh;
}

bool FieldTable::has(std::uint32_t hash, std::string_view key) const noexcept {
    return const_cast<FieldTable*>(this)->slot_of(hash, key).event == event_;
}

FieldTable::Slot& FieldTable::slot_of(std::uint32_t hash, std::string_view key) noexcept {
    for (std::size_t at = hash;; ++at) {
        Slot& slot = slots_[at & (slots_.size() - 1)];
        if (slot.event != event_) return slot;
        const Record& known = *entries_[slot.entry].record;
        if (known.hash() == hash && known.key() == key) return slot;
    }
}

}  // namespace wideline::pipeline

#include "pipeline/field_table.hpp"

namespace wideline::pipeline {

using detail::Operation;
using detail::Record;

FieldTable::FieldTable(std::uint32_t most_fields)
    : most_fields_(most_fields), keys_(most_fields), entries_(most_fields) {}

void FieldTable::clear() {
    count_ = 0;
    links_.clear();
    keys_.begin_event();
    if (++event_ == 0) {
        keys_.forget();
        event_ = 1;
    }
}

bool FieldTable::add(const Record& record) {
    KeyCache::Known* key = keys_.find(record);
    if (key == nullptr || key->event != event_) {
        if (count_ == most_fields_) return false;
        if (key == nullptr) key = &keys_.add(record.hash(), record.key());
        key->event = event_;
        key->entry = count_;
        Entry& entry = entries_[count_++] = {&record, key};
        if (record.operation() == Operation::append) chain(entry, record);
        return true;
    }
    Entry& entry = entries_[key->entry];
    if (record.operation() == Operation::set) {
        entry = {&record, key};
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

bool FieldTable::has(std::uint32_t hash, std::string_view key) noexcept {
    const KeyCache::Known* const known = keys_.find(hash, key);
    return known != nullptr && known->event == event_;
}

}  // namespace wideline::pipeline

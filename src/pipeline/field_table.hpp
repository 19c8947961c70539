// The distinct keys of one event, in the order of their first write, and which records make each one's value.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <wideline/detail/arena.hpp>

#include "pipeline/key_cache.hpp"

namespace wideline::pipeline {

/// Reused from event to event: clearing costs nothing. One thread.
class FieldTable {
public:
    static constexpr std::uint32_t kNone = ~std::uint32_t{0};

    struct Entry {
        const detail::Record* record;  // the last one
        const KeyCache::Known* key;
        std::uint32_t first_link = kNone;  // all that are folded into the value, or kNone where `record` is the value
        std::uint32_t last_link = kNone;
    };
    struct Link {
        const detail::Record* record;
        std::uint32_t next;
    };

    explicit FieldTable(std::uint32_t most_fields);

    void clear();
    /// Takes the next record in. False where its key would be one too many.
    bool add(const detail::Record& record) {
        KeyCache::Known* const key = keys_.find(record);
        if (key == nullptr || key->event == event_ || entries_.size() == most_fields_ ||
            record.operation() == detail::Operation::append) [[unlikely]]
            return add_any(record, key);
        key->event = event_;
        key->entry = static_cast<std::uint32_t>(entries_.size());
        entries_.push_back({&record, key});
        return true;
    }
    /// Whether a key was written.
    [[nodiscard]] bool has(std::uint32_t hash, std::string_view key) noexcept;

    [[nodiscard]] std::span<const Entry> entries() const noexcept { return entries_; }
    [[nodiscard]] const Link& link(std::uint32_t at) const noexcept { return links_[at]; }
    [[nodiscard]] const KeyCache& keys() const noexcept { return keys_; }

private:
    bool add_any(const detail::Record& record, KeyCache::Known* key);
    void chain(Entry& entry, const detail::Record& record);

    std::uint32_t most_fields_;
    KeyCache keys_;
    std::uint32_t event_ = 0;  // which one this is; a key bears the number of the last event that wrote it
    std::vector<Entry> entries_;
    std::vector<Link> links_;
};

}  // namespace wideline::pipeline

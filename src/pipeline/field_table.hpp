// The distinct keys of one event, in the order of their first write, and which records make each one's value.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <wideline/detail/arena.hpp>

#include "event/whole_records.hpp"
#include "pipeline/key_cache.hpp"

namespace wideline::pipeline {

/// Reused from event to event: clearing costs nothing. One thread.
class FieldTable {
public:
    static constexpr std::uint32_t kNone = ~std::uint32_t{0};

    struct Entry {
        const detail::Record* record = nullptr;  // the last one
        const KeyCache::Known* key = nullptr;
        std::uint32_t first_link = kNone;  // all that are folded into the value, or kNone where `record` is the value
        std::uint32_t last_link = kNone;
    };
    struct Link {
        const detail::Record* record;
        std::uint32_t next;
    };

    explicit FieldTable(std::uint32_t most_fields);

    void clear();
    /// See KeyCache.
    void redact_by(const redaction::Redactor& redactor) noexcept { keys_.redact_by(redactor); }
    /// Takes records in from `at` on, as long as each is whole and has a key of its own that came after the one before
    /// it in earlier events, too; gives the first that has not, or the end. Throws std::bad_alloc.
    const detail::Record* add_expected(const detail::Record* at, const detail::Record* end) {
        KeyCache::Guess guess = keys_.guess();
        Entry* const entries = entries_.data();
        std::uint32_t count = count_;
        // Of what is known to be a key, for none is empty, only the value is looked at; most are plain.
        auto left =
            static_cast<std::size_t>(reinterpret_cast<const std::byte*>(end) - reinterpret_cast<const std::byte*>(at));
        while (left != 0 && count != most_fields_) {
            const std::size_t size = at->size();
            if (left < sizeof(detail::Record) || size > left) [[unlikely]]
                break;
            KeyCache::Known* const key = guess.of(*at);
            if (key == nullptr || key->event == event_ || at->operation() == detail::Operation::append) break;
            if (!detail::has_plain_value(*at) && !detail::has_whole_value(*at)) break;
            guess.confirm();
            key->event = event_;
            key->entry = count;
            entries[count++] = {at, key};
            left -= size;
            at = at->next();
        }
        count_ = count;
        keys_.go_on(guess);
        return at;
    }
    /// Takes any field's record in. False where its key would be one too many.
    bool add(const detail::Record& record);
    /// Whether a key was written.
    [[nodiscard]] bool has(std::uint32_t hash, std::string_view key) noexcept;

    [[nodiscard]] std::span<const Entry> entries() const noexcept { return {entries_.data(), count_}; }
    [[nodiscard]] const Link& link(std::uint32_t at) const noexcept { return links_[at]; }
    [[nodiscard]] const KeyCache& keys() const noexcept { return keys_; }

private:
    void chain(Entry& entry, const detail::Record& record);

    std::uint32_t most_fields_;
    KeyCache keys_;
    std::uint32_t event_ = 0;  // which one this is; a key bears the number of the last event that wrote it
    std::uint32_t count_ = 0;
    std::vector<Entry> entries_;  // the first `count_` are this event's
    std::vector<Link> links_;
};

}  // namespace wideline::pipeline

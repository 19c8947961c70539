#include <wideline/event_view.hpp>

#include "event/field_value.hpp"
#include "event/json_member.hpp"
#include "event/only_record.hpp"
#include "event/open_event.hpp"
#include "event/record_walk.hpp"

namespace wideline {

using detail::Operation;
using detail::Record;
using detail::RecordWalk;
using detail::Type;
using detail::WatchedKeys;

namespace {

bool is_item(const Record* record, std::string_view item) noexcept {
    return record->type() == Type::string && record->text() == item;
}

/// Whether no record of the slot's key is there, as far as is known without a walk.
bool is_nowhere(const detail::OpenEvent& event, std::uint32_t slot) noexcept {
    if (event.shared.load(std::memory_order_relaxed)) return event.newest != nullptr && event.newest[slot] == nullptr;
    return event.slots[slot] == 0;
}

std::uint32_t hash_of(std::string_view key) noexcept { return detail::KeyHash{}.with(key).value(); }

std::optional<FieldValue> written(const detail::OpenEvent& event, std::string_view key, std::uint32_t hash) noexcept {
    std::optional<FieldValue> value;
    RecordWalk walk(event);
    while (const Record* const at = walk.next())
        if (at->hash() == hash && at->key() == key) detail::fold(value, *at, event);
    return value;
}

/// A field of which no record is there: a default, or a member of a JSON value. Of the ways to divide its name, the one
/// with the longest field counts.
std::optional<FieldValue> unwritten(const detail::OpenEvent& event, std::string_view key) noexcept {
    std::optional<FieldValue> value = event.home->default_of(key);
    const std::uint64_t json_keys = detail::json_keys(event);
    if (value || json_keys == 0) return value;
    for (std::size_t dot = key.rfind('.'); dot != key.npos && dot != 0; dot = key.rfind('.', dot - 1)) {
        const std::string_view name = key.substr(0, dot);
        const std::uint32_t hash = hash_of(name);
        if ((json_keys >> hash % 64 & 1) == 0) continue;
        const auto whole = written(event, name, hash);
        if (!whole || whole->type != FieldValue::Type::json) continue;
        if (auto member = detail::json_member(whole->text, key.substr(dot + 1), event)) return member;
    }
    return value;
}

bool holds(const Record* array, std::string_view item) noexcept {
    const auto* const end = reinterpret_cast<const Record*>(array->value() + array->value_bytes());
    for (auto at = reinterpret_cast<const Record*>(array->value()); at != end; at = at->next())
        if (is_item(at, item)) return true;
    return false;
}

}  // namespace

bool FieldValue::array_contains(Text item) const noexcept {
    if (type != Type::array || record == nullptr) return false;
    bool found = false;
    RecordWalk walk(*event);
    while (const Record* const at = walk.next()) {
        if (at->hash() != record->hash() || at->key() != record->key()) continue;
        const bool appended = at->operation() == Operation::append;
        const bool here = at->type() == detail::Type::array && !appended ? holds(at, item) : is_item(at, item);
        found = appended ? found || here : here;
    }
    return found;
}

std::string_view EventView::name() const noexcept { return event_->name(); }

bool EventView::cancelled() const noexcept { return !failed_ && event_->cancelled.load(std::memory_order_acquire); }

bool EventView::has_parent() const noexcept { return event_->small_arena->parent_span_id != 0; }

bool EventView::upstream_sampled() const noexcept {
    const detail::ArenaHeader& arena = *event_->small_arena;
    return arena.continues_trace && (arena.trace_flags & 1) != 0;
}

std::uint64_t EventView::randomness() const noexcept { return event_->small_arena->randomness; }

std::optional<FieldValue> EventView::find(Text key) const noexcept {
    std::optional<FieldValue> value = written(*event_, key, hash_of(key));
    if (!value) value = unwritten(*event_, key);
    return value;
}

std::optional<FieldValue> EventView::watched(std::uint32_t slot) const noexcept {
    std::optional<FieldValue> value;
    if (const Record* const only = detail::only_record(*this, slot)) {
        detail::read_value(value.emplace(), *only, *event_);
    } else if (is_nowhere(*event_, slot)) {
        if (!event_->home->defaults.empty() || detail::json_keys(*event_) != 0) [[unlikely]]
            value = unwritten(*event_, event_->watched_keys->key(slot));
    } else {
        value = find(event_->watched_keys->key(slot));
    }
    return value;
}

}  // namespace wideline

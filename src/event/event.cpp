#include <wideline/event.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "encoding/utf8.hpp"
#include "event/call_record.hpp"
#include "event/milliseconds.hpp"
#include "event/note_record.hpp"
#include "event/open_event.hpp"
#include "event/raised.hpp"
#include "platform/clock.hpp"

namespace wideline {

using detail::Name;
using detail::OpenEvent;
using detail::Operation;
using detail::Record;
using detail::Type;
using json_text::cut;

namespace {

constexpr Key kNotes{"notes"};
constexpr Key kCalls{"calls"};
constexpr Key kCancelReason{"cancel.reason"};

Name stamped(std::string_view key) noexcept { return {key, detail::KeyHash{}.with(key).value()}; }

}  // namespace

bool Event::make_room(std::size_t bytes, std::size_t pending) noexcept {
    if (arena_ == nullptr) {
        detail::orphan_writes.fetch_add(1, std::memory_order_relaxed);
        return false;
    }
    auto& self = static_cast<OpenEvent&>(*this);
    if (!self.head->finished()) {
        if (bytes + pending < self.refused_bytes && self.grow(bytes, pending)) return true;
        if (!self.head->finished()) {
            self.refused_bytes = std::min(self.refused_bytes, bytes + pending);
            ++truncated_;
            return false;
        }
    }
    detail::late_writes.fetch_add(1, std::memory_order_relaxed);
    return false;
}

void Event::commit_watched(std::byte* end, std::uint32_t hash, Operation operation) noexcept {
    auto& self = static_cast<OpenEvent&>(*this);
    if (watched() == ~std::uint64_t{0}) {
        self.commit_shared(end, hash, operation);
        return;
    }
    const auto begin = reinterpret_cast<std::byte*>(arena_);
    self.note_slot(static_cast<std::uint32_t>(cursor_ - begin), hash, operation);
    cursor_ = end;
    arena_->commit(static_cast<std::uint64_t>(end - begin));
}

void Event::put_long_text(Name name, Operation operation, std::string_view text) noexcept {
    if (arena_ != nullptr) {
        const std::string_view whole = text;
        text = cut(text, static_cast<OpenEvent&>(*this).home->limits.string_bytes);
        if (text.size() != whole.size()) ++truncated_;
    }
    if (!has_room(Record::size_of(name.size, text.size()))) return;
    std::byte* const to = begin_record(cursor_, name, Type::string, operation, text.size());
    std::memcpy(to, text.data(), text.size());
    commit(to + detail::padded(text.size()), name.hash, operation);
}

void Event::accumulate_int(Name name, Operation operation, std::int64_t value) noexcept {
    accumulate_word(name, operation, Type::int64, value);
}

void Event::accumulate_shared(Name name, Operation operation, Type type, std::uint64_t bits) noexcept {
    auto& self = static_cast<OpenEvent&>(*this);
    detail::SharedSums& sums = self.head->sums;
    const std::uint64_t header = Record::header_of(name.hash, name.size, type, operation, Record::kSumBytes);
    if (Record* const record = recent(name, header)) {
        const auto others = sums.others(name.hash, operation);
        if (others && others->last < record->next()->value_as<std::uint64_t>())
            if (const auto raised = detail::raised(type, operation, arena_->sum(*record), bits))
                return self.publish(*record, *raised);
    }
    const bool commutes = operation == Operation::add || type == Type::int64;
    if (!commutes || !sums.enter(name.hash, operation)) return put_word(name, operation, type, bits);
    const std::size_t size = Record::size_of(name.size, Record::kSumBytes);
    if (!has_room(size)) return;
    std::byte* to = begin_record(cursor_, name, type, operation, Record::kSumBytes);
    for (int word = 0; word < 3; ++word, to += sizeof bits) detail::store_word(to, bits);
    commit(to, name.hash, operation);
    // The record may have moved, or may have come too late.
    const std::size_t behind = size + OpenEvent::kSequenceBytes;
    const auto end = static_cast<std::size_t>(cursor_ - reinterpret_cast<std::byte*>(arena_));
    if (end < detail::kFirstRecord + behind) return;
    const auto offset = static_cast<std::uint32_t>(end - behind);
    if (arena_->at(offset)->header == header && arena_->at(offset)->key() == name.text())
        recent_[name.hash % detail::kRecent] = offset;
}

void Event::accumulate_word(Name name, Operation operation, Type type, std::int64_t value) noexcept {
    if (watched() == ~std::uint64_t{0}) return accumulate_shared(name, operation, type, detail::bits_of(value));
    const std::uint64_t header = Record::header_of(name.hash, name.size, type, operation, 8);
    if (Record* const record = recent(name, header)) {
        auto number = record->value_as<std::int64_t>();
        const bool exact = operation == Operation::maximum || !__builtin_add_overflow(number, value, &number);
        if (operation == Operation::maximum) number = std::max(number, value);
        if (exact) return store_in_place(*record, detail::bits_of(number));
    }
    put_word(name, operation, type, value);
    remember(name, header);
}

void Event::accumulate_uint(Name name, Operation operation, std::uint64_t value) noexcept {
    if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return accumulate_int(name, operation, static_cast<std::int64_t>(value));
    put_word(name, operation, Type::uint64, value);
}

void Event::accumulate_double(Name name, Operation operation, double value) noexcept {
    if (watched() == ~std::uint64_t{0})
        return accumulate_shared(name, operation, Type::float64, detail::bits_of(value));
    const std::uint64_t header = Record::header_of(name.hash, name.size, Type::float64, operation, 8);
    if (Record* const record = recent(name, header)) {
        const auto number = record->value_as<double>();
        if (operation == Operation::add) return store_in_place(*record, detail::bits_of(number + value));
        if (value > number || std::isnan(number)) store_in_place(*record, detail::bits_of(value));
        return;
    }
    put_word(name, operation, Type::float64, value);
    remember(name, header);
}

Record* Event::recent(Name name, std::uint64_t header) noexcept {
    const std::uint32_t offset = recent_[name.hash % detail::kRecent];
    if (offset == 0) return nullptr;
    auto* const record = const_cast<Record*>(arena_->at(offset));
    return record->header == header && record->key() == name.text() ? record : nullptr;
}

void Event::store_in_place(Record& record, std::uint64_t bits) noexcept {
    std::atomic_ref<std::uint64_t>(*reinterpret_cast<std::uint64_t*>(record.value()))
        .store(bits, std::memory_order_relaxed);
}

/// The record just written may be raised in place until the key is written in another way.
void Event::remember(Name name, std::uint64_t header) noexcept {
    if (arena_ == nullptr || static_cast<OpenEvent&>(*this).head->shared) return;
    const std::size_t size = Record::size_of(name.size, 8);
    const auto end = static_cast<std::size_t>(cursor_ - reinterpret_cast<std::byte*>(arena_));
    if (end < detail::kFirstRecord + size) return;
    const auto offset = static_cast<std::uint32_t>(end - size);
    if (arena_->at(offset)->header == header && arena_->at(offset)->key() == name.text())
        recent_[name.hash % detail::kRecent] = offset;
}

bool Event::check(std::string_view text, char* room, Name& name) noexcept {
    if (text.empty() || detail::is_stamped(text)) {
        if (arena_ == nullptr)
            detail::orphan_writes.fetch_add(1, std::memory_order_relaxed);
        else
            ++truncated_;
        return false;
    }
    if (text.size() > detail::kMaxKeyBytes) {
        text = cut(text, detail::kMaxKeyBytes);
        if (arena_ != nullptr) ++truncated_;
    }
    if (!json_text::is_utf8(text)) {
        // A replacement is up to three times as long as what it replaces: make it valid first, then cut.
        char valid[json_text::utf8_bound(detail::kMaxKeyBytes)];
        std::uint64_t replaced = 0;
        const auto size = static_cast<std::size_t>(json_text::write_utf8(valid, text, replaced) - valid);
        const std::string_view kept = cut({valid, size}, detail::kMaxKeyBytes);
        std::memcpy(room, kept.data(), kept.size());
        text = {room, kept.size()};
        if (arena_ != nullptr) static_cast<OpenEvent&>(*this).replaced += replaced;
        if (arena_ != nullptr && kept.size() != size) ++truncated_;
    }
    name = stamped(text);
    if (arena_ != nullptr && static_cast<OpenEvent&>(*this).watched_keys != nullptr)
        name.hash = static_cast<OpenEvent&>(*this).watched_keys->distinct(name.hash, text);
    return true;
}

void Event::note(Text text, const NoteDetails& details) noexcept {
    using detail::NoteRecord;
    constexpr std::size_t kMostLevel = 64;
    constexpr std::size_t kMostFile = 1024;
    const std::string_view level = cut(details.level, kMostLevel);
    const std::string_view file = cut(details.file, kMostFile);
    const bool detailed = !level.empty() || !file.empty() || details.line > 0;
    const std::size_t before =
        sizeof(double) + (detailed ? sizeof(NoteRecord::Details) + level.size() + file.size() : 0);
    if (arena_ != nullptr) {
        const std::string_view whole = text;
        const std::size_t most = static_cast<OpenEvent&>(*this).home->limits.string_bytes;
        text = cut(text, std::min(most, detail::kMaxValueBytes - before));
        if (text.size() != whole.size() || level.size() != details.level.size() || file.size() != details.file.size())
            ++truncated_;
    }
    const Name name{kNotes.text(), kNotes.hash()};
    const std::size_t bytes = before + text.size();
    if (!has_room(Record::size_of(name.size, bytes))) return;
    double at_ms = detail::milliseconds_of(platform::monotonic_ns() - arena_->start_ns);
    if (detailed) at_ms = -at_ms;
    std::byte* const begin = begin_record(cursor_, name, Type::note, Operation::append, bytes);
    std::byte* to = begin;
    const auto put = [&to](const void* from, std::size_t size) {
        if (size != 0) std::memcpy(to, from, size);
        to += size;
    };
    put(&at_ms, sizeof at_ms);
    if (detailed) {
        const NoteRecord::Details sizes{.level_bytes = static_cast<std::uint16_t>(level.size()),
                                        .file_bytes = static_cast<std::uint16_t>(file.size()),
                                        .line = static_cast<std::uint32_t>(std::clamp<std::int64_t>(
                                            details.line, 0, std::numeric_limits<std::uint32_t>::max()))};
        put(&sizes, sizeof sizes);
        put(level.data(), level.size());
        put(file.data(), file.size());
    }
    put(text.data(), text.size());
    commit(begin + detail::padded(bytes), name.hash, Operation::append);
}

bool Event::is_under_way() noexcept {
    if (arena_ != nullptr && !static_cast<OpenEvent&>(*this).head->finished()) return true;
    (arena_ == nullptr ? detail::orphan_writes : detail::late_writes).fetch_add(1, std::memory_order_relaxed);
    return false;
}

void Event::fail(const Error& error) noexcept {
    if (!is_under_way()) {
        if (arena_ == nullptr && detail::memory_ran_out.load(std::memory_order_relaxed))
            detail::unheld_failure.note(error);
        return;
    }
    auto& self = static_cast<OpenEvent&>(*this);
    if (self.head->failed.exchange(true, std::memory_order_acq_rel)) {
        char text[512];
        std::size_t size = 0;
        const auto put = [&](std::string_view part) {
            const std::string_view kept = cut(part, sizeof text - size);
            if (!kept.empty()) std::memcpy(text + size, kept.data(), kept.size());
            size += kept.size();
            if (kept.size() != part.size()) ++truncated_;
        };
        put(error.type);
        if (!error.type.empty() && !error.message.empty()) put(": ");
        put(error.message);
        return note({text, size});
    }
    const auto put = [&](std::string_view key, std::string_view text) {
        if (text.empty()) return;
        const std::size_t around = Record::size_of(key.size(), 0) + Record::size_of(0, 8);  // with a sequence number
        const std::size_t whole = around + std::min<std::size_t>(text.size(), self.home->limits.string_bytes) + 7;
        const auto left = [&] { return static_cast<std::size_t>(limit_ - cursor_); };
        if (left() < whole && !make_room(whole, 0)) {  // half of what is left, for others may follow
            if (left() < around + 16) return;
            text = cut(text, (left() - around) / 2 & ~std::size_t{7});
        }
        put_text(stamped(key), Operation::set, text);
    };
    limit_ = self.hard_limit();  // the end of each arena is kept for this
    put("error.type", error.type);
    put("error.message", error.message);
    put("error.why", error.why);
    put("error.fix", error.fix);
    put("error.link", error.link);
    limit_ = std::max(cursor_, self.soft_limit());
}

void Event::cancel(Text reason) noexcept {
    if (!is_under_way()) return;
    if (static_cast<OpenEvent&>(*this).head->cancelled.exchange(true, std::memory_order_acq_rel)) return note(reason);
    put_text({kCancelReason.text(), kCancelReason.hash()}, Operation::set, reason);
}

void Event::rename(Text text) noexcept {
    const std::string_view name = cut(text, detail::kMaxNameBytes);
    const std::size_t bytes = Record::size_of(0, name.size());
    if (!has_room(bytes)) return;
    auto& self = static_cast<OpenEvent&>(*this);
    std::byte* const to = begin_record(cursor_, {}, Type::name, Operation::set, name.size());
    detail::copy_text(to, name.data(), name.size());
    self.commit_name(bytes);
}

void FieldWriter::extend(std::string_view prefix, std::string_view name) noexcept {
    const auto put = [this](std::string_view text) {
        const std::size_t bytes = std::min(text.size(), sizeof path_ - size_);
        if (bytes != 0) std::memcpy(path_ + size_, text.data(), bytes);
        size_ += bytes;
    };
    put(prefix);
    if (!prefix.empty()) put(".");
    put(name);
}

namespace detail {

std::string_view digits_of(std::uint64_t number, char (&room)[20]) noexcept {
    char* at = room + sizeof room;
    do *--at = static_cast<char>('0' + number % 10);
    while ((number /= 10) != 0);
    return {at, static_cast<std::size_t>(room + sizeof room - at)};
}

RecordWriter::RecordWriter(Event& event, Name name, Operation operation, Type type) noexcept
    : event_(event), name_(name), operation_(operation), type_(type) {
    const std::size_t bytes = Record::size_of(name.size, 0);
    std::byte* const at = room(bytes);
    if (at == nullptr) return;
    if (operation == Operation::append) ++depth_;  // it becomes an item
    Event::begin_record(at, name, type, operation, 0);
    pending_ = bytes;
    text_ = bytes;
}

void RecordWriter::cut() noexcept {
    if (!cut_) ++event_.truncated_;
    cut_ = true;
}

bool RecordWriter::full() noexcept {
    if (pending_ == 0 || stopped_) return true;
    if (items_++ < static_cast<OpenEvent&>(event_).home->limits.array_items) return false;
    cut();
    return true;
}

std::byte* RecordWriter::room_for_item(std::size_t value_bytes) noexcept {
    const std::size_t bytes = Record::size_of(0, value_bytes);
    std::byte* const at = pending_ + bytes > kMaxValueBytes ? nullptr : room(bytes);
    if (at != nullptr) return at;
    stopped_ = true;
    cut();
    return nullptr;
}

void RecordWriter::put(Type type, const void* value, std::size_t bytes) noexcept {
    std::byte* const at = room_for_item(bytes);
    if (at == nullptr) return;
    std::byte* const to = Event::begin_record(at, {{}, 0}, type, Operation::set, bytes);
    if (bytes != 0) std::memcpy(to, value, bytes);
    pending_ += Record::size_of(0, bytes);
}

void RecordWriter::text(std::string_view text) noexcept {
    const std::string_view kept = json_text::cut(text, static_cast<OpenEvent&>(event_).home->limits.string_bytes);
    if (kept.size() != text.size()) cut();
    put(Type::string, kept.data(), kept.size());
}

bool RecordWriter::open() noexcept {
    if (depth_ >= static_cast<OpenEvent&>(event_).home->limits.depth) {
        cut();
        empty(Type::null);
        return false;
    }
    const std::size_t at = pending_;
    empty(Type::array);
    if (stopped_) return false;
    begin_ = at;
    items_ = 0;
    ++depth_;
    return true;
}

void RecordWriter::close(std::size_t outer, std::uint32_t outer_items) noexcept {
    const std::uint64_t header =
        Record::header_of(0, 0, Type::array, Operation::set, pending_ - begin_ - sizeof(Record));
    std::memcpy(event_.cursor_ + begin_, &header, sizeof header);
    begin_ = outer;
    items_ = outer_items;
    --depth_;
}

bool RecordWriter::open_text() noexcept {
    empty(Type::string);
    text_ = pending_;
    return !stopped_;
}

/// Keeps a character more than a string may have: where it is cut is known at the end.
void RecordWriter::piece(std::string_view text) noexcept {
    if (pending_ == 0 || stopped_) return;
    constexpr std::size_t kCharacter = 4;
    const std::size_t most = static_cast<OpenEvent&>(event_).home->limits.string_bytes + kCharacter;
    text = text.substr(0, most - (pending_ - text_));
    if (text.empty()) return;
    const std::size_t with_padding = text.size() + 8;
    std::byte* const at = pending_ + with_padding > kMaxValueBytes ? nullptr : room(with_padding);
    if (at == nullptr) {
        stopped_ = true;
        return cut();
    }
    std::memcpy(at, text.data(), text.size());
    pending_ += text.size();
}

/// Gives the size of the text, which ends here.
std::size_t RecordWriter::end_text(std::size_t text) noexcept {
    const std::string_view all(reinterpret_cast<const char*>(event_.cursor_ + text), pending_ - text);
    const std::string_view kept = json_text::cut(all, static_cast<OpenEvent&>(event_).home->limits.string_bytes);
    if (kept.size() != all.size()) cut();
    pending_ = text + padded(kept.size());
    return kept.size();
}

void RecordWriter::close_text(std::size_t record) noexcept {
    const std::size_t size = end_text(text_);
    const std::uint64_t header = Record::header_of(0, 0, Type::string, Operation::set, size);
    std::memcpy(event_.cursor_ + record, &header, sizeof header);
}

void RecordWriter::commit() noexcept {
    if (pending_ == 0) return;
    const std::size_t before = Record::size_of(name_.size, 0);
    const std::size_t size = type_ == Type::string ? end_text(before) : pending_ - before;
    const std::uint64_t header = Record::header_of(name_.hash, name_.size, type_, operation_, size);
    std::memcpy(event_.cursor_, &header, sizeof header);
    event_.commit(event_.cursor_ + pending_, name_.hash, operation_);
}

}  // namespace detail

void Event::add_time(std::string_view key, std::int64_t nanoseconds) noexcept {
    char text[detail::kMaxKeyBytes];
    const auto with = [&](std::string_view suffix) {
        std::memcpy(text, key.data(), key.size());
        std::memcpy(text + key.size(), suffix.data(), suffix.size());
        return stamped({text, key.size() + suffix.size()});
    };
    accumulate_word(with(".duration_ms"), Operation::add, Type::duration, nanoseconds);
    accumulate_int(with(".count"), Operation::add, 1);
}

void Event::append_call(const detail::CallRecord& call, std::string_view name, std::string_view error_type) noexcept {
    const Name key{kCalls.text(), kCalls.hash()};
    const std::size_t bytes = sizeof call + name.size() + error_type.size();
    if (!has_room(Record::size_of(key.size, bytes))) return;
    std::byte* const value = begin_record(cursor_, key, Type::call, Operation::append, bytes);
    std::memcpy(value, &call, sizeof call);
    std::memcpy(value + sizeof call, name.data(), name.size());
    if (!error_type.empty()) std::memcpy(value + sizeof call + name.size(), error_type.data(), error_type.size());
    commit(value + detail::padded(bytes), key.hash, Operation::append);
}

Timer::Timer(TimerKey key, Event& event) noexcept
    : key_(key),
      event_(&event),
      generation_(event.arena_ == nullptr ? 0 : static_cast<OpenEvent&>(event).head->generation()),
      start_(std::chrono::steady_clock::now()) {}

Timer::~Timer() {
    const std::chrono::nanoseconds passed = std::chrono::steady_clock::now() - start_;
    if (event_->arena_ != nullptr) {
        auto& open = static_cast<OpenEvent&>(*event_);
        if (open.head->generation() != generation_ || open.head->finished()) {
            detail::late_writes.fetch_add(1, std::memory_order_relaxed);
            return;
        }
    }
    event_->add_time(key_.text(), passed.count());
}

}  // namespace wideline

#include "event/open_event.hpp"

#include <algorithm>
#include <cstring>

#include "encoding/utf8.hpp"
#include "event/compaction.hpp"
#include "event/whole_records.hpp"
#include "platform/library_note.hpp"

namespace wideline::detail {

constinit NoEvent no_event;
constinit OpenEvent ended_request{OpenEvent::Ended{}};
constinit thread_local Event* current __attribute__((tls_model("initial-exec"))) = &no_event;
constinit thread_local UnheldFailure unheld_failure{};
std::atomic<bool> memory_ran_out{false};
std::atomic<std::uint64_t> orphan_writes{0};
std::atomic<std::uint64_t> late_writes{0};
std::atomic<std::uint64_t> interleaved{0};

namespace {

std::byte* bytes_of(ArenaHeader* arena) noexcept { return reinterpret_cast<std::byte*>(arena); }

}  // namespace

/// The first one counts, as in an event.
void UnheldFailure::note(const Error& error) noexcept {
    if (std::exchange(failed, true)) return;
    const auto copy = [](std::string_view text, char* to, std::size_t most) {
        const std::string_view kept = json_text::cut(text, most);
        std::copy(kept.begin(), kept.end(), to);
        return static_cast<std::uint16_t>(kept.size());
    };
    type_bytes = copy(error.type, type, sizeof type);
    message_bytes = copy(error.message, message, sizeof message);
}

std::optional<FieldValue> EventHome::default_of(std::string_view key) const noexcept {
    for (const auto& [name, constant] : defaults) {
        if (name != key) continue;
        FieldValue value;
        if (const auto* yes = std::get_if<bool>(&constant.value())) {
            value.type = FieldValue::Type::boolean;
            value.boolean = *yes;
        } else if (const auto* whole = std::get_if<std::int64_t>(&constant.value())) {
            value.type = FieldValue::Type::int64;
            value.int64 = *whole;
        } else if (const auto* natural = std::get_if<std::uint64_t>(&constant.value())) {
            value.type = FieldValue::Type::uint64;
            value.uint64 = *natural;
        } else if (const auto* real = std::get_if<double>(&constant.value())) {
            value.type = FieldValue::Type::float64;
            value.float64 = *real;
        } else {
            value.type = FieldValue::Type::string;
            value.text = std::get<std::string>(constant.value());
        }
        return value;
    }
    return std::nullopt;
}

void OpenEvent::shed() noexcept {
    const auto behind = [this](const ArenaHeader& arena) -> ArenaHeader* {
        const std::uint64_t committed = arena.commits().load(std::memory_order_relaxed);
        constexpr std::uint64_t kFlags = ArenaHeader::kMoved | ArenaHeader::kSealed | ArenaHeader::kSide;
        const bool possible = (committed & ~kFlags) <= arena.capacity;
        const bool moved = possible && (committed & ArenaHeader::kMoved) != 0;
        return moved ? home->arenas.block_or_null(arena.moved_to) : nullptr;
    };
    ArenaHeader* at = behind(*small_arena);
    while (at != nullptr) {
        ArenaHeader* const after = behind(*at);  // what is released is another's at once
        home->arenas.release(at);
        at = after;
    }
    small_arena->commit(kFirstRecord);
    arena_ = small_arena;
}

void OpenEvent::share() noexcept {
    if (!shared.load(std::memory_order_relaxed)) sums.clear();
    shared.store(true, std::memory_order_relaxed);
    watch(~std::uint64_t{0});
}

void OpenEvent::join(OpenEvent& request) noexcept {
    head = &request;
    static_cast<RequestIdentity&>(*arena_) = *request.small_arena;
    arena_->head = home->arenas.number(request.small_arena);
    arena_->enter(Stage::fragment);
    watch(~std::uint64_t{0});
}

void OpenEvent::seal_shared() noexcept {
    ArenaHeader* at = small_arena;
    std::uint64_t was = at->commits().fetch_or(ArenaHeader::kSealed, std::memory_order_seq_cst);
    while ((was & ArenaHeader::kMoved) != 0) {
        ArenaHeader* const newer = home->arenas.block_or_null(at->moved_to);
        if (newer == nullptr || newer == at) break;  // damaged
        at = newer;
        was = at->commits().fetch_or(ArenaHeader::kSealed, std::memory_order_seq_cst);
    }
    sealed_arena = at;
    sealed = static_cast<std::uint32_t>(was);
}

/// By what other threads may read of an event while its own thread writes.
const ArenaHeader& OpenEvent::newest_shared_arena() const noexcept {
    const ArenaHeader* at = small_arena;
    while ((at->commits().load(std::memory_order_acquire) & ArenaHeader::kMoved) != 0)
        at = home->arenas.block(at->moved_to);
    return *at;
}

bool OpenEvent::keep_within_arena() {
    bool whole = keep_own_within_arena();
    for (OpenEvent* at = fragments.load(std::memory_order_acquire); at != nullptr; at = at->next)
        whole = at->keep_own_within_arena() && whole;
    if (!whole) renamed.store(nullptr, std::memory_order_relaxed);  // it may be what is damaged
    return whole;
}

bool OpenEvent::keep_own_within_arena() {
    if (sealed == 0) return true;  // an Attach that came too late to be sealed: nothing is committed
    const auto* const begin = reinterpret_cast<const std::byte*>(sealed_arena);
    const auto room = static_cast<std::size_t>(home->arenas.memory().blocks() + home->arenas.bytes() - begin);
    const std::size_t most = std::min({room, home->arenas.largest(), std::size_t{sealed_arena->capacity}});
    auto end = static_cast<std::uint32_t>(
        std::clamp<std::size_t>(sealed, kFirstRecord, std::max<std::size_t>(most, kFirstRecord)));
    if (head->shared.load(std::memory_order_relaxed)) [[unlikely]]
        end = static_cast<std::uint32_t>(kFirstRecord + whole_records(begin + kFirstRecord, end - kFirstRecord));
    return std::exchange(sealed, end) == end;
}

void OpenEvent::claim() noexcept {
    share();
    state.fetch_or(kFinished, std::memory_order_seq_cst);
}

void OpenEvent::seal_claimed() noexcept {
    seal_shared();
    for (OpenEvent* at = fragments.load(std::memory_order_seq_cst); at != nullptr; at = at->next) at->seal();
}

void OpenEvent::refuse() noexcept {
    std::fill(std::begin(recent_), std::end(recent_), 0);
    cursor_ = limit_;
}

bool OpenEvent::commit_shared(std::byte* end, std::uint32_t hash, detail::Operation operation) noexcept {
    const auto pending = static_cast<std::size_t>(end - cursor_);
    if (static_cast<std::size_t>(limit_ - end) < kSequenceBytes) {
        if (!make_room(kSequenceBytes, pending)) return false;
        end = cursor_ + pending;
    }
    // Of equal numbers the first one written is the maximum, be it an integer or not: only integers commute.
    const bool commutes = operation == detail::Operation::add || reinterpret_cast<const Record*>(cursor_)->is_sum();
    const bool lone = head == this && fragments.load(std::memory_order_acquire) == nullptr;
    const std::uint64_t sequence = lone ? ++lone_writes : head->writes.fetch_add(1, std::memory_order_seq_cst) + 1;
    const std::uint64_t header = Record::header_of(0, 0, detail::Type::sequence, detail::Operation::set, 8);
    std::memcpy(end, &header, sizeof header);
    std::memcpy(end + sizeof header, &sequence, sizeof sequence);
    end += kSequenceBytes;

    const std::uint64_t side = arena_->commits().load(std::memory_order_relaxed) & ArenaHeader::kSide;
    auto expected = static_cast<std::uint64_t>(cursor_ - bytes_of(arena_)) | side;
    if (!arena_->commits().compare_exchange_strong(expected, static_cast<std::uint64_t>(end - bytes_of(arena_)) | side,
                                                   std::memory_order_seq_cst)) {
        late_writes.fetch_add(1, std::memory_order_relaxed);
        refuse();
        return false;
    }
    cursor_ = end;
    head->sums.note(hash, operation, commutes, sequence);
    return true;
}

void OpenEvent::commit_name(std::size_t bytes) noexcept {
    std::byte* const end = cursor_ + bytes;
    if (head->shared.load(std::memory_order_relaxed)) {
        if (!commit_shared(end, 0, detail::Operation::set)) return;
        bytes += kSequenceBytes;
    } else {
        cursor_ = end;
        arena_->commit(static_cast<std::uint64_t>(end - bytes_of(arena_)));
    }
    head->renamed.store(reinterpret_cast<const Record*>(cursor_ - bytes), std::memory_order_release);
}

void OpenEvent::publish(Record& sum, std::uint64_t bits) noexcept {
    std::uint64_t was = arena_->commits().load(std::memory_order_relaxed);
    const bool side = (was & ArenaHeader::kSide) != 0;
    sum.sum_word(side ? 1 : 2).store(bits, std::memory_order_relaxed);
    if ((was & ArenaHeader::kSealed) != 0 ||
        !arena_->commits().compare_exchange_strong(was, was ^ ArenaHeader::kSide, std::memory_order_seq_cst)) {
        late_writes.fetch_add(1, std::memory_order_relaxed);
        return refuse();
    }
    sum.sum_word(side ? 2 : 1).store(bits, std::memory_order_relaxed);
}

bool OpenEvent::grow(std::size_t bytes, std::size_t pending) noexcept {
    const Limits& limits = home->limits;
    const std::size_t needed = pending + bytes + kErrorBytes;
    // Room for all that is there. Most of it may be of no account any more: then something smaller will do.
    const std::size_t most = std::max<std::size_t>(2 * std::size_t{arena_->bytes()}, arena_->bytes() + needed);
    ArenaHeader* arena = home->arenas.acquire(std::min(most, home->arenas.largest()));
    if (arena == nullptr) return false;
    const auto fits = [&](const std::optional<Compacted>& live) {
        return live && live->bytes - kFirstRecord <= limits.event_bytes &&
               live->bytes - kFirstRecord + needed <= limits.event_bytes + kMaxValueBytes + kErrorBytes &&
               live->bytes + needed <= arena->capacity;
    };
    const SharedSums* const shared_sums = head->shared ? &head->sums : nullptr;
    std::optional<Compacted> live = compact(*arena_, *arena, limits, watched_keys, shared_sums);
    // The event is full: of its longest arrays less is kept, so that what is appended last still finds room.
    constexpr std::uint32_t kFewItems = 16;
    for (Limits fewer = limits; live && !fits(live) && live->most_items > kFewItems;) {
        const std::uint32_t half = live->most_items / 2;
        fewer.array_items = half < 128 ? std::min(half, 64U) : half;  // as many of the last as of the first
        live = compact(*arena_, *arena, fewer, watched_keys, shared_sums);
    }
    if (!fits(live)) {
        home->arenas.release(arena);
        return false;
    }
    // Twice what is left, so that growing costs each byte a bounded number of copies.
    if (const std::size_t snug = 2 * (live->bytes + needed); home->arenas.capacity_for(snug) < arena->capacity) {
        if (ArenaHeader* const smaller = home->arenas.acquire(snug)) {
            std::memcpy(bytes_of(smaller) + kFirstRecord, bytes_of(arena) + kFirstRecord, live->bytes - kFirstRecord);
            home->arenas.release(arena);
            arena = smaller;
        }
    }
    truncated_ += live->left_out;
    move_to(arena, *live, pending);
    return cursor_ != limit_;
}

void OpenEvent::move_to(ArenaHeader* arena, const Compacted& held, std::size_t pending) noexcept {
    const std::uint32_t live = held.bytes;
    static_cast<RequestIdentity&>(*arena) = *arena_;
    arena->commit(live);
    if (pending != 0) std::memcpy(bytes_of(arena) + live, cursor_, pending);

    ArenaHeader* const old = arena_;
    auto expected = static_cast<std::uint64_t>(cursor_ - bytes_of(old)) |
                    (old->commits().load(std::memory_order_relaxed) & ArenaHeader::kSide);
    old->moved_to = home->arenas.number(arena);
    if (!old->commits().compare_exchange_strong(expected, expected | ArenaHeader::kMoved, std::memory_order_seq_cst)) {
        home->arenas.release(arena);  // sealed meanwhile: the write is late
        refuse();
        return;
    }
    if (!head->shared && old != small_arena && head->begin_own_step()) {  // nobody is on the way through the old one
        small_arena->moved_to = old->moved_to;
        home->arenas.release(old);
        head->end_own_step();
    }
    arena_ = arena;
    cursor_ = bytes_of(arena) + live;
    limit_ = soft_limit();
    std::fill(std::begin(recent_), std::end(recent_), 0);
    if (head->shared) return;  // the old arena stays, and what points into it
    renamed.store(held.renamed != 0 ? arena->at(held.renamed) : nullptr, std::memory_order_relaxed);
    if (watched_keys == nullptr) return;
    std::fill_n(slots, watched_keys->size(), 0);
    for (const Record* record = arena->begin(); record != arena->at(live); record = record->next())
        if (record->key_bytes() != 0)
            note_slot(static_cast<std::uint32_t>(reinterpret_cast<const std::byte*>(record) - bytes_of(arena)),
                      record->hash(), record->operation());
}

}  // namespace wideline::detail

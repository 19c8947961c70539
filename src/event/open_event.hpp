// An event that belongs to a request: what is not touched by every write.
//
// A request has one event of its own, its head, and one more for each other thread that takes part: fragments, each
// written by one thread at a time, so no write ever waits for another.
//
// Who keeps an event alive is one word, `state`: generation │ finished │ pins. The request holds a pin until it ends
// (the pipeline inherits it when the event is kept); the thread on which a request is current holds one; each Attach
// holds one. Whoever drops the last pin gives the event back for reuse and raises the generation, and so a Handle,
// which is only a head and a generation, can be kept for ever and is found to be stale. While a request was neither
// shared nor moved to another thread, all pins are of one thread and no atomic operation is spent on them.
//
// Shared requests number their writes: a counter in the head is raised by each, and the number is put behind the
// record. A write that happens before another, in the sense of the C++ memory model, gets the lower number, so the last
// write wins across threads too. While the head sees no fragment, it counts its writes by itself, below all others'
// numbers: what a fragment writes, the head's thread can only know of after it can see the fragment. The mask
// `watched_` is set to all ones for that: it sends each write to commit_watched.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <forward_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <wideline/constant.hpp>
#include <wideline/detail/watched_keys.hpp>
#include <wideline/event.hpp>
#include <wideline/event_view.hpp>
#include <wideline/limits.hpp>

#include "event/arena_pool.hpp"
#include "event/shared_sums.hpp"

namespace wideline::detail {

class Lane;
class RecorderCore;
struct Compacted;

/// What an event needs of its recorder to be written; outlives it.
struct EventHome {
    /// `reserve` bytes of the memory are for ArenaPool::acquire_reserved alone.
    EventHome(std::unique_ptr<ArenaMemory> memory, const Limits& write_limits, std::size_t reserve = 0)
        : limits(write_limits),
          arenas(std::move(memory), 2 * std::size_t{write_limits.event_bytes} + 2 * kMaxValueBytes, reserve) {}
    EventHome(std::size_t arena_bytes, const Limits& write_limits)
        : EventHome(std::make_unique<ArenaMemory>(arena_bytes), write_limits) {}
    Limits limits;
    ArenaPool arenas;
    std::vector<std::pair<std::string, Constant>> defaults;
    RecorderCore* core = nullptr;  // whose it is

    [[nodiscard]] std::optional<FieldValue> default_of(std::string_view key) const noexcept;
};

/// Writes that had no event to go to. Process-wide: there is no recorder to count them for.
extern std::atomic<std::uint64_t> orphan_writes;
/// What `fail` was told on this thread while nothing was current there: perhaps of a request that got no memory.
struct UnheldFailure {
    bool failed;
    std::uint16_t type_bytes;
    std::uint16_t message_bytes;
    char type[96];
    char message[384];

    void note(const Error& error) noexcept;
    [[nodiscard]] Error error() const noexcept {
        return {.type = std::string_view(type, type_bytes), .message = std::string_view(message, message_bytes)};
    }
};
extern constinit thread_local UnheldFailure unheld_failure;
/// Whether there ever was such a request: before that nothing is noted.
extern std::atomic<bool> memory_ran_out;

/// Writes that came after their request had ended.
extern std::atomic<std::uint64_t> late_writes;
/// Requests and attaches whose scope ended while they were not the innermost of their thread, or not current on it.
extern std::atomic<std::uint64_t> interleaved;

struct OpenEvent : Event {
    using Event::arena_;
    using Event::cursor_;
    using Event::limit_;
    using Event::recent_;
    using Event::short_items_;
    using Event::short_string_;
    using Event::truncated_;
    using Event::watched_;

    static constexpr std::uint64_t kPin = 1;
    static constexpr std::uint64_t kPins = 0x7fff;
    static constexpr std::uint64_t kFinished = 0x8000;
    static constexpr std::uint64_t kGeneration = 0x10000;
    static constexpr std::uint32_t kAmbiguous = 0x80000000U;
    static constexpr Record kManyRecords{0};  // in place of one record: the value takes a walk to find
    static constexpr std::size_t kErrorBytes = 512;
    static constexpr std::uint64_t kFirstOfMany = std::uint64_t{1} << 40;  // greater than any lone write's number
    static constexpr std::size_t kSequenceBytes = Record::size_of(0, 8);
    static constexpr std::size_t kNothingRefused = ~std::size_t{0};

    OpenEvent() noexcept = default;
    /// The request of all that has none to write to any more.
    struct Ended {};
    constexpr explicit OpenEvent(Ended) noexcept : state(kFinished), shared(true) {}

    EventHome* home = nullptr;
    ArenaHeader* small_arena = nullptr;   // stays with the event when it is reused
    ArenaHeader* sealed_arena = nullptr;  // the one that held the event when the request ended

    OpenEvent* head = this;
    std::atomic<std::uint64_t> state{0};
    std::atomic<std::uint64_t> writes{0};         // head: the last number that was given to any thread
    std::uint64_t lone_writes = 0;                // head: the same, while no fragment can be seen
    std::atomic<OpenEvent*> fragments{nullptr};   // head: a list through `next`
    std::atomic<const Record*> renamed{nullptr};  // head: its newest other name
    std::atomic<bool> failed{false};              // head: fail was called
    std::atomic<bool> cancelled{false};           // head: cancel was called
    std::atomic<bool> taken{false};               // fragment: a thread has it
    std::atomic<bool> in_own_step{false};         // head: see begin_own_step
    std::atomic<Lane*> current_on{nullptr};       // the lane on whose thread it is in the stack of current events
    std::uint32_t number = 0;                     // of the recorder's events, from 1
    OpenEvent* next = nullptr;                    // in a list of free, finished or fragment events
    Event* below = nullptr;                       // what was current before it
    std::uint32_t sealed = 0;                     // bytes committed when the request ended
    std::atomic<bool> shared{false};              // head: other threads may write to the request
    std::size_t refused_bytes = kNothingRefused;  // the least for which there was no room: do not try again
    std::atomic<std::uint64_t> replaced{0};       // invalid UTF-8 sequences, U+FFFD now
    std::atomic<std::uint64_t> not_finite{0};     // NaN and infinities, null now
    std::atomic<std::int64_t> cpu_ns{0};          // that threads have spent on it (see cpu_time.hpp)
    std::size_t waiting_bytes = 0;                // what it counts for while it waits for the pipeline
    const WatchedKeys* watched_keys = nullptr;
    SharedSums sums;                          // head: what threads raise in place
    std::atomic<std::uint64_t> json_keys{0};  // of nested values that this thread wrote: a bit by the key's hash
    mutable std::forward_list<std::string>* copies = nullptr;  // head: texts that rules read; see forget_copies
    const Record* const* newest = nullptr;          // head, shared, ended: of each watched key (see WatchedRecords)
    std::uint32_t slots[WatchedKeys::kSlots] = {};  // the newest record of each watched key; kAmbiguous: walk

    /// Makes the event ready for a request or a fragment, on its small arena.
    void begin() noexcept {
        arena_ = small_arena;
        arena_->commit(kFirstRecord);
        cursor_ = reinterpret_cast<std::byte*>(arena_) + kFirstRecord;
        limit_ = soft_limit();
        watch(watched_keys != nullptr ? watched_keys->mask() : 0);
        short_string_ = std::min(kShortString, home->limits.string_bytes);
        short_items_ = std::min(kShortArray, home->limits.array_items);
        truncated_.store(0, std::memory_order_relaxed);
        replaced.store(0, std::memory_order_relaxed);
        not_finite.store(0, std::memory_order_relaxed);
        cpu_ns.store(0, std::memory_order_relaxed);
        std::fill(std::begin(recent_), std::end(recent_), 0);
        head = this;
        writes.store(kFirstOfMany, std::memory_order_relaxed);
        lone_writes = 0;
        fragments.store(nullptr, std::memory_order_relaxed);
        renamed.store(nullptr, std::memory_order_relaxed);
        failed.store(false, std::memory_order_relaxed);
        cancelled.store(false, std::memory_order_relaxed);
        json_keys.store(0, std::memory_order_relaxed);
        next = nullptr;
        sealed = 0;
        shared.store(false, std::memory_order_relaxed);
        refused_bytes = kNothingRefused;
        std::fill(std::begin(slots), std::end(slots), 0);  // all: that is a few stores, and no call
    }
    /// Gives the arenas back, but for the small one.
    void shed() noexcept;
    void watch(std::uint64_t mask) noexcept { __atomic_store_n(&watched_, mask, __ATOMIC_RELAXED); }
    /// From now on other threads may write.
    void share() noexcept;
    /// Makes it a fragment of another event's request.
    void join(OpenEvent& request) noexcept;
    /// Ends writing: what comes later is late.
    void seal() noexcept {
        if (head->shared.load(std::memory_order_relaxed)) [[unlikely]]
            return seal_shared();
        sealed_arena = arena_;
        sealed = arena_->bytes();
    }
    /// What the thread of a request does to its event as if nobody else knew it: false if the recorder has ended the
    /// request, and then it may not. Otherwise end_own_step follows soon: a recorder that ends waits for it.
    [[nodiscard]] bool begin_own_step() noexcept {
        in_own_step.store(true, std::memory_order_relaxed);
        std::atomic_signal_fence(std::memory_order_seq_cst);  // RecorderCore::finish_open_ones has the other half
        if (!finished()) [[likely]]
            return true;
        end_own_step();
        return false;
    }
    void end_own_step() noexcept { in_own_step.store(false, std::memory_order_release); }
    /// Ends the request while its own threads go on: no step of theirs begins any more, once all have seen it.
    void claim() noexcept;
    /// After claim() and the last step: what threads have committed is in the event, and what they write later is late,
    /// but for the write that one may be in.
    void seal_claimed() noexcept;
    /// What rules have read of the event is used no more.
    void forget_copies() const noexcept {
        if (copies != nullptr) [[unlikely]]
            delete std::exchange(copies, nullptr);
    }
    /// It is to be in no file: not even where the process dies while other threads still hold it.
    void forget() noexcept { small_arena->enter(Stage::unused); }
    /// Counts every write from now on as late.
    void refuse() noexcept;

    [[nodiscard]] bool finished() const noexcept { return (state.load(std::memory_order_seq_cst) & kFinished) != 0; }
    [[nodiscard]] std::uint64_t generation() const noexcept {
        return state.load(std::memory_order_acquire) / kGeneration;
    }
    /// What the event holds; while it is written (Options::enrich), what it holds so far.
    [[nodiscard]] const ArenaHeader& arena() const noexcept { return sealed != 0 ? *sealed_arena : newest_arena(); }
    [[nodiscard]] const Record* end() const noexcept { return end_in(arena()); }
    /// `whole` is what arena() gave.
    [[nodiscard]] const Record* end_in(const ArenaHeader& whole) const noexcept {
        return whole.at(sealed != 0 ? sealed : whole.bytes());
    }
    [[nodiscard]] EventView view(bool failed_so_far) const noexcept {
        return {*this, std::chrono::nanoseconds(fate().duration_ns), failed_so_far};
    }
    /// In its first arena, where it outlives the process.
    [[nodiscard]] RequestFate& fate() const noexcept { return small_arena->fate; }
    [[nodiscard]] std::string_view name() const noexcept {
        if (const Record* const other = renamed.load(std::memory_order_acquire)) return other->text();
        return sealed == kFirstRecord ? std::string_view() : arena().begin()->text();
    }
    /// Of a request that has ended: what is beyond its arena is not of it. Of a request that threads shared, all that
    /// is not whole is left out; of others the encoder does that, as it goes. Whether nothing was: so it is, unless
    /// threads wrote to the request at once without a Handle. Throws std::bad_alloc.
    [[nodiscard]] bool keep_within_arena();

    /// Writes cut or left out so far, by all threads.
    [[nodiscard]] std::uint64_t truncated() const noexcept {
        std::uint64_t count = truncated_.load(std::memory_order_relaxed);
        for (const OpenEvent* at = fragments.load(std::memory_order_acquire); at != nullptr; at = at->next)
            count += at->truncated_.load(std::memory_order_relaxed);
        return count;
    }
    /// Appends a record without a key, for the library itself.
    void put_record(detail::Type type, std::string_view bytes) noexcept {
        const std::size_t size = Record::size_of(0, bytes.size());
        if (static_cast<std::size_t>(limit_ - cursor_) < size) return;
        store_word(cursor_, Record::header_of(0, 0, type, detail::Operation::set, bytes.size()));
        copy_text(cursor_ + sizeof(Record), bytes.data(), bytes.size());
        cursor_ += size;
        arena_->commit(static_cast<std::uint64_t>(cursor_ - reinterpret_cast<std::byte*>(arena_)));
    }
    /// The last bytes of an arena are kept for the error's fields: `fail` finds room when nothing else does.
    [[nodiscard]] std::byte* hard_limit() const noexcept {
        return reinterpret_cast<std::byte*>(arena_) + arena_->capacity;
    }
    [[nodiscard]] std::byte* soft_limit() const noexcept { return hard_limit() - kErrorBytes; }

    /// Remembers the record as its key's newest, if a rule reads that key. What is added to an older one must be walked
    /// for.
    void note_slot(std::uint32_t offset, std::uint32_t hash, detail::Operation operation) noexcept {
        const std::uint32_t slot = watched_keys->slot(hash);
        if (slot == WatchedKeys::kNotWatched) return;
        const bool whole =
            operation == detail::Operation::set || (slots[slot] == 0 && operation != detail::Operation::append);
        slots[slot] = whole ? offset : kAmbiguous;
    }
    /// Takes the record of `bytes` at the cursor as the request's name.
    void commit_name(std::size_t bytes) noexcept;
    /// False where the request has ended: the write is counted as late.
    bool commit_shared(std::byte* end, std::uint32_t hash, detail::Operation operation) noexcept;
    /// Lets a sum of this event have another value, unless the request has ended.
    void publish(Record& sum, std::uint64_t bits) noexcept;
    /// Moves what counts to an arena with room for `bytes` more.
    bool grow(std::size_t bytes, std::size_t pending) noexcept;

private:
    [[nodiscard]] const ArenaHeader& newest_arena() const noexcept {
        return head->shared.load(std::memory_order_relaxed) ? newest_shared_arena() : *arena_;
    }
    [[nodiscard]] const ArenaHeader& newest_shared_arena() const noexcept;
    [[nodiscard]] bool keep_own_within_arena();
    void seal_shared() noexcept;
    void move_to(ArenaHeader* arena, const Compacted& held, std::size_t pending) noexcept;
};

/// What a thread without a request writes to: it never has room.
struct NoEvent : Event {
    constexpr NoEvent() noexcept = default;
};
WIDELINE_EXPORT extern constinit NoEvent no_event;
/// Of an Attach that came after its request's end, the head.
extern constinit OpenEvent ended_request;

}  // namespace wideline::detail

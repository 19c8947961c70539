// The bytes of an event while it is written: an arena, and the records in it.
//
//   ArenaHeader │ record │ record │ record │ …free…
//                                          ▲ committed
//
//   record: │ header, 8 bytes │ key, padded to 8 │ value, padded to 8 │
//   header: │ hash of the key : 32 │ key bytes : 8 │ type : 4 │ operation : 2 │ value bytes : 18 │   (low to high)
//
// A write appends a record and then stores `committed`, past the record. So whoever reads `committed` first and the
// bytes before it sees whole records only, be it another thread of the request or another process that finds the arena
// after a crash: a record cut short is simply not there. Nothing in an arena is a pointer.
//
// Everything in an arena is written as words of 64 bits, `committed` too. A compiler knows then that no write can
// change the pointers by which it writes, and keeps them in registers from one field to the next; and it must assume
// that any two such writes may hit the same word, and keep their order.
//
// Keys stand in each record as bytes; which write of a key wins is decided when the event is encoded, so an event that
// is sampled away never pays for it. Values are aligned to 8 bytes: a counter is raised in place by one atomic store.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wideline::detail {

enum class Type : std::uint8_t {
    null,
    yes,
    no,
    int64,
    uint64,
    float64,     // a double; of four bytes, a float
    string,      // any bytes; made valid UTF-8 when encoded
    time,        // int64, microseconds since 1970 UTC
    array,       // its items, as records without a key
    json,        // valid JSON text
    note,        // milliseconds since the start (float64), then the text
    name,        // the request's name, the first record; a later one is another name; no key
    tracestate,  // of the caller, to send on; no key, not encoded
    sequence,    // uint64: the record before this one was written as the n-th of all threads'; no key
    call,        // a wl::Call that has ended: src/event/call_record.hpp
    duration,    // int64, nanoseconds; written as milliseconds
};

enum class Operation : std::uint8_t { set, add, maximum, append };

inline constexpr std::size_t kMaxValueBytes = (std::size_t{1} << 18) - 1;

constexpr std::size_t padded(std::size_t bytes) noexcept { return (bytes + 7) & ~std::size_t{7}; }

/// What an arena is written as; at any address, for the end of a text.
using Word [[gnu::aligned(1)]] = std::uint64_t;
using TwoWords [[gnu::vector_size(16), gnu::aligned(1)]] = std::uint64_t;

[[gnu::always_inline]] inline void store_word(std::byte* to, std::uint64_t word) noexcept {
    *reinterpret_cast<Word*>(to) = word;
}

struct Record {
    std::uint64_t header;

    static constexpr std::uint64_t header_of(std::uint32_t hash, std::size_t key_bytes, Type type, Operation operation,
                                             std::size_t value_bytes) noexcept {
        return hash | std::uint64_t{key_bytes} << 32 | std::uint64_t{static_cast<std::uint8_t>(type)} << 40 |
               std::uint64_t{static_cast<std::uint8_t>(operation)} << 44 | std::uint64_t{value_bytes} << 46;
    }
    static constexpr std::size_t size_of(std::size_t key_bytes, std::size_t value_bytes) noexcept {
        return sizeof(Record) + padded(key_bytes) + padded(value_bytes);
    }

    /// A number that a thread of a shared request raises in place has three words: one for readers, and two sides. The
    /// thread writes the side that does not count and then, by one atomic step, lets it count (ArenaHeader::kSide): so
    /// a step that comes after the request's end fails, and changes nothing that a reader sees. Between two steps both
    /// sides are the same.
    static constexpr std::size_t kSumBytes = 24;
    [[nodiscard]] bool is_sum() const noexcept {
        return value_bytes() == kSumBytes &&
               (type() == Type::int64 || type() == Type::float64 || type() == Type::duration);
    }
    [[nodiscard]] bool is_float() const noexcept { return type() == Type::float64 && value_bytes() == sizeof(float); }
    /// The word of a sum: 0 for readers, 1 and 2 the sides.
    [[nodiscard]] std::atomic_ref<std::uint64_t> sum_word(std::size_t word) const noexcept {
        auto* const words = reinterpret_cast<std::uint64_t*>(const_cast<Record*>(this)->value());
        return std::atomic_ref<std::uint64_t>(words[word]);
    }

    [[nodiscard]] std::uint32_t hash() const noexcept { return static_cast<std::uint32_t>(header); }
    [[nodiscard]] std::size_t key_bytes() const noexcept { return header >> 32 & 0xff; }
    [[nodiscard]] Type type() const noexcept { return static_cast<Type>(header >> 40 & 0xf); }
    [[nodiscard]] Operation operation() const noexcept { return static_cast<Operation>(header >> 44 & 3); }
    [[nodiscard]] std::size_t value_bytes() const noexcept { return header >> 46; }
    [[nodiscard]] std::size_t size() const noexcept { return size_of(key_bytes(), value_bytes()); }

    [[nodiscard]] std::string_view key() const noexcept {
        return {reinterpret_cast<const char*>(this + 1), key_bytes()};
    }
    [[nodiscard]] const std::byte* value() const noexcept {
        return reinterpret_cast<const std::byte*>(this + 1) + padded(key_bytes());
    }
    [[nodiscard]] std::byte* value() noexcept { return reinterpret_cast<std::byte*>(this + 1) + padded(key_bytes()); }
    [[nodiscard]] std::string_view text() const noexcept {
        return {reinterpret_cast<const char*>(value()), value_bytes()};
    }
    template <class T>
    [[nodiscard]] T value_as() const noexcept {
        return *reinterpret_cast<const T*>(value());
    }
    [[nodiscard]] const Record* next() const noexcept {
        return reinterpret_cast<const Record*>(reinterpret_cast<const std::byte*>(this) + size());
    }
};
static_assert(sizeof(Record) == 8);

/// Which request an arena is of.
struct RequestIdentity {
    std::int64_t start_ns = 0;  // monotonic clock
    std::int64_t start_us = 0;  // microseconds since 1970 UTC
    std::uint64_t trace_id_high = 0;
    std::uint64_t trace_id_low = 0;
    std::uint64_t span_id = 0;
    std::uint64_t parent_span_id = 0;  // 0: none
    std::uint64_t randomness = 0;      // 56 bits
    std::uint8_t trace_flags = 0;      // as in traceparent
    bool continues_trace = false;      // the trace began with a caller
};

enum class Outcome : std::uint8_t {
    success,
    error,
    crashed,     // the process died first
    unfinished,  // the recorder ended first
    cancelled,
};
/// Whether the event is kept as an error and counted as one.
constexpr bool is_failure(Outcome outcome) noexcept {
    return outcome != Outcome::success && outcome != Outcome::cancelled;
}
/// What the rule would have done, where it only is tried out.
enum class DryRun : std::uint8_t { none, kept, dropped };

/// What became of a request that is kept.
struct RequestFate {
    /// Instead of a rule's number: sampled away, and kept after all because an event of its trace failed.
    static constexpr std::uint16_t kRetroactive = 0xffff;

    std::int64_t duration_ns = 0;
    double weight = 1;
    double dry_weight = 0;
    std::uint64_t frame = 0;      // one more than the sequence of the frame that its line goes into; 0: not known yet
    std::uint32_t truncated = 0;  // writes cut or left out
    std::uint16_t rule = 0;
    Outcome outcome = Outcome::success;
    DryRun dry_run : 4 = DryRun::none;
    bool stressed : 4 = false;  // it was kept while events were thinned; its weight says how much
};

/// What an event's first arena is, for whoever finds it after a crash.
enum class Stage : std::uint8_t {
    unused,
    open,      // the request is under way
    kept,      // it has ended and its event is to be delivered; the fate is known
    fragment,  // what another thread wrote of the request in `head`
    frame,     // no event any more: part of a frame that waits for the disk (event/frame_part.hpp)
};

/// At the beginning of each arena; what a reader needs to know of the request without the process that wrote it.
struct alignas(64) ArenaHeader : RequestIdentity {
    /// The request has ended: what is written from now on is late.
    static constexpr std::uint64_t kSealed = std::uint64_t{1} << 63;
    /// The event has outgrown this arena; all of it is in `moved_to`.
    static constexpr std::uint64_t kMoved = std::uint64_t{1} << 62;
    /// Which of a sum's two words counts: see Record::kSumBytes.
    static constexpr std::uint64_t kSide = std::uint64_t{1} << 61;

    Stage stage = Stage::unused;
    std::uint32_t capacity = 0;   // bytes from the arena's beginning
    std::uint64_t committed = 0;  // bytes from the arena's beginning, this header included; and the two flags
    std::uint32_t moved_to = 0;   // a block's number in the pool
    std::uint32_t head = 0;       // of a fragment: the number of the block in which its request's event began
    RequestFate fate;

    /// Of the thread that alone writes to the arena: what was written before it comes before it, for whoever finds the
    /// arena later. No atomic operation, which would make the compiler forget what it has in registers: threads that
    /// share a request commit by `commits()`.
    [[gnu::always_inline]] void commit(std::uint64_t bytes) noexcept {
#if defined(__SANITIZE_THREAD__)
        commits().store(bytes, std::memory_order_release);  // the same instruction, which the sanitizer understands
#else
        *static_cast<volatile std::uint64_t*>(&committed) = bytes;
#endif
    }
    /// `committed` for all that other threads may write or read at the same time.
    [[nodiscard]] std::atomic_ref<std::uint64_t> commits() const noexcept {
        return std::atomic_ref<std::uint64_t>(const_cast<std::uint64_t&>(committed));
    }
    [[nodiscard]] std::uint32_t bytes() const noexcept {
        return static_cast<std::uint32_t>(commits().load(std::memory_order_acquire));
    }
    [[nodiscard]] std::uint64_t sum(const Record& record) const noexcept {
        const bool side = (commits().load(std::memory_order_acquire) & kSide) != 0;
        return record.sum_word(side ? 2 : 1).load(std::memory_order_relaxed);
    }
    /// After all that was written before it.
    void enter(Stage next) noexcept { std::atomic_ref<Stage>(stage).store(next, std::memory_order_release); }
    [[nodiscard]] Stage entered() const noexcept {
        return std::atomic_ref<Stage>(const_cast<Stage&>(stage)).load(std::memory_order_acquire);
    }
    [[nodiscard]] const Record* begin() const noexcept { return reinterpret_cast<const Record*>(this + 1); }
    /// The record that begins `committed` bytes from the arena's beginning.
    [[nodiscard]] const Record* at(std::uint32_t offset) const noexcept {
        return reinterpret_cast<const Record*>(reinterpret_cast<const std::byte*>(this) + offset);
    }
};

static_assert(sizeof(ArenaHeader) == 128);

inline constexpr std::uint32_t kFirstRecord = sizeof(ArenaHeader);

}  // namespace wideline::detail

// The event of a request: what `wl::set` and its siblings write to.
//
// Every function here runs in the user's request. None throws, locks, blocks or makes a system call, except that `note`
// and `time` read the monotonic clock; none allocates, save where a nlohmann::json is walked or the event outgrows its
// arena (4 KiB, then from the recorder's bounded memory). A write of a number costs some 1.5 ns, of a short string some
// 2 to 4.
#pragma once

#include <atomic>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <ratio>
#include <string>
#include <string_view>

#include <wideline/detail/arena.hpp>
#include <wideline/detail/chrono.hpp>
#include <wideline/detail/copy_text.hpp>
#include <wideline/detail/decimal.hpp>
#include <wideline/export.hpp>
#include <wideline/key.hpp>
#include <wideline/text.hpp>
#include <wideline/value.hpp>

namespace wideline {

class Call;
class Event;
class FieldWriter;

/// Why a request failed. What is empty is absent from the event. A null pointer is an empty text, so that
/// `fail({.message = dlerror()})` needs no check.
struct Error {
    Text type{};     ///< error.type: a low-cardinality name to group by
    Text message{};  ///< error.message: what happened, for people
    Text why{};      ///< error.why: the cause behind it
    Text fix{};      ///< error.fix: what to do about it
    Text link{};     ///< error.link: the runbook, the ticket
};

/// What a request is to its trace: OpenTelemetry's span kinds.
enum class Kind : std::uint8_t {
    internal,  ///< work of the service's own, such as a job
    server,    ///< answers a call of another service
    client,    ///< is a call to another service
    producer,  ///< sends a message that is handled later
    consumer,  ///< handles a message
};
[[nodiscard]] constexpr std::string_view name_of(Kind kind) noexcept {
    switch (kind) {
        case Kind::server:
            return "server";
        case Kind::client:
            return "client";
        case Kind::producer:
            return "producer";
        case Kind::consumer:
            return "consumer";
        case Kind::internal:
            break;
    }
    return "internal";
}

/// Where a note comes from, such as a line of an older logger: `wl::note("slow", {.level = "warn", .file = __FILE__,
/// .line = __LINE__})`. What is empty or 0 is absent from the event.
struct NoteDetails {
    Text level{};
    Text file{};
    std::int64_t line = 0;
};

/// A key with a type: `inline constexpr wl::Field<std::string_view> user_id{"user.id"};`, then `wl::set(user_id, id)`.
/// A value of another kind does not compile: text for text, a whole number for an integer, any number for a
/// floating-point one.
template <Value T>
class Field {
public:
    template <std::size_t N>
    consteval Field(const char (&key)[N]) : key_(key) {}  // NOLINT
    [[nodiscard]] constexpr Key key() const noexcept { return key_; }

    template <class V>
    static constexpr bool takes = [] {
        using From = std::remove_cvref_t<V>;
        if constexpr (std::same_as<T, bool> || std::same_as<From, bool>)
            return std::same_as<T, From>;
        else if constexpr (detail::Integer<T>)
            return detail::Integer<From>;
        else if constexpr (detail::Real<T>)
            return Number<From>;
        else
            return std::convertible_to<const From&, T>;
    }();

private:
    Key key_;
};

namespace detail {

inline constexpr std::uint32_t kRecent = 16;
/// A string up to this long is copied in line; a longer one by a call.
inline constexpr std::uint32_t kShortString = 255;
/// An array of up to so many items likewise.
inline constexpr std::uint32_t kShortArray = 16;

/// A field's name as the writers pass it on: small enough to travel in two registers.
struct Name {
    constexpr Name(std::string_view text, std::uint32_t key_hash) noexcept
        : data(text.data()), size(static_cast<std::uint32_t>(text.size())), hash(key_hash) {}
    constexpr Name() noexcept = default;
    [[nodiscard]] constexpr std::string_view text() const noexcept { return {data, size}; }

    const char* data = nullptr;
    std::uint32_t size = 0;
    std::uint32_t hash = 0;
};

struct CallRecord;
class RecordWriter;
template <Operation operation>
class FieldPlace;

/// Every integer up to this size is a double exactly.
inline constexpr std::int64_t kExactInDouble = std::int64_t{1} << 53;

template <Integer V>
constexpr bool is_exact_in_double(V value) noexcept {
    if constexpr (sizeof(V) < 8) return true;
    if constexpr (std::is_signed_v<V>) return value >= -kExactInDouble && value <= kExactInDouble;
    return value <= static_cast<V>(kExactInDouble);
}

}  // namespace detail

/// Measures from its construction to its end; see Event::time. Belongs to one scope of one thread.
class [[nodiscard]] WIDELINE_EXPORT Timer {
public:
    Timer(TimerKey key, Event& event) noexcept;
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

private:
    TimerKey key_;
    Event* event_;
    std::uint64_t generation_;
    std::chrono::steady_clock::time_point start_;
};

/// The event that this thread writes to: get it by `wl::event()`, which is never null (without a request, writes do
/// nothing but count), or by `Request::event()`. The object is reused for later requests: do not keep a reference
/// beyond the request. Threads: one thread at a time; another thread of the same request has its own by `Attach`.
class WIDELINE_EXPORT Event {
public:
    /// Writes a field; the last write of a key wins.
    template <Loggable T>
    [[gnu::always_inline]] void set(Key key, const T& value) noexcept {
        write<detail::Operation::set>({key.text(), key.hash()}, value);
    }
    /// A range that only can be walked if it is not const, like `items | std::views::filter(…)`.
    template <detail::OnePass T>
    void set(Key key, T&& range) noexcept {
        write<detail::Operation::set>({key.text(), key.hash()}, range);
    }
    template <Value T, class V>
    requires(Field<T>::template takes<V>)
        [[gnu::always_inline]] void set(const Field<T>& field, const V& value) noexcept {
        // A number is written as it came where a cast could change it.
        if constexpr (detail::Real<T> && detail::Integer<V>)
            if (detail::is_exact_in_double(value)) return set(field.key(), static_cast<double>(value));
        set(field.key(), value);
    }
    template <Loggable T>
    void set(RuntimeKey key, const T& value) noexcept {
        char room[detail::kMaxKeyBytes];
        if (detail::Name name; check(key.text, room, name)) write<detail::Operation::set>(name, value);
    }
    template <detail::OnePass T>
    void set(RuntimeKey key, T&& range) noexcept {
        char room[detail::kMaxKeyBytes];
        if (detail::Name name; check(key.text, room, name)) write<detail::Operation::set>(name, range);
    }

    /// Adds to a number, which begins at 0. Integers stay exact (a sum beyond 64 bits becomes a double). Costs some 5
    /// ns, in a request that threads share some 15 ns, and takes no memory after the first: each thread raises a sum of
    /// its own. A `set` by another thread replaces what was added before it.
    template <Number T>
    void add(Key key, T value) noexcept {
        accumulate<detail::Operation::add>({key.text(), key.hash()}, value);
    }
    template <Number T>
    void add(RuntimeKey key, T value) noexcept {
        char room[detail::kMaxKeyBytes];
        if (detail::Name name; check(key.text, room, name)) accumulate<detail::Operation::add>(name, value);
    }

    /// Keeps the greatest of the numbers written.
    template <Number T>
    void maximum(Key key, T value) noexcept {
        accumulate<detail::Operation::maximum>({key.text(), key.hash()}, value);
    }
    template <Number T>
    void maximum(RuntimeKey key, T value) noexcept {
        char room[detail::kMaxKeyBytes];
        if (detail::Name name; check(key.text, room, name)) accumulate<detail::Operation::maximum>(name, value);
    }

    /// Appends one item to an array. A value that was `set` before becomes the array's first item. Of more than
    /// Limits::array_items the first 64 and the last of the rest are kept, and the others are counted.
    template <Value T>
    void append(Key key, const T& value) noexcept {
        write<detail::Operation::append>({key.text(), key.hash()}, value);
    }
    template <Value T>
    void append(RuntimeKey key, const T& value) noexcept {
        char room[detail::kMaxKeyBytes];
        if (detail::Name name; check(key.text, room, name)) write<detail::Operation::append>(name, value);
    }
    template <detail::OnePass T>
    void append(Key key, T&& range) noexcept {
        write<detail::Operation::append>({key.text(), key.hash()}, range);
    }
    template <detail::OnePass T>
    void append(RuntimeKey key, T&& range) noexcept {
        char room[detail::kMaxKeyBytes];
        if (detail::Name name; check(key.text, room, name)) write<detail::Operation::append>(name, range);
    }

    // What does not compile, with a sentence that says what to write instead.
    template <detail::Unloggable T>
    void set(Key, const T&) noexcept {
        detail::refuse_value<T, true>();
    }
    template <detail::Unloggable T>
    void set(RuntimeKey, const T&) noexcept {
        detail::refuse_value<T, true>();
    }
    template <class T>
    requires(!Value<T> && !detail::OnePass<T>) void append(Key, const T&) noexcept { detail::refuse_value<T, false>(); }
    template <class T>
    requires(!Value<T> && !detail::OnePass<T>) void append(RuntimeKey, const T&) noexcept {
        detail::refuse_value<T, false>();
    }
    template <detail::TextAsKey K, class T>
    void set(const K&, const T&) noexcept {
        detail::refuse_key<K>();
    }
    template <detail::TextAsKey K, class T>
    void add(const K&, const T&) noexcept {
        detail::refuse_key<K>();
    }
    template <detail::TextAsKey K, class T>
    void maximum(const K&, const T&) noexcept {
        detail::refuse_key<K>();
    }
    template <detail::TextAsKey K, class T>
    void append(const K&, const T&) noexcept {
        detail::refuse_key<K>();
    }

    /// Leaves a breadcrumb: an item of the array `notes`, with the milliseconds since the request began, and with the
    /// level and the place in the source, if they are given. As in any array, the first and the last are kept. A level
    /// is cut at 64 bytes, a file at 1 KiB.
    void note(Text text, const NoteDetails& details = {}) noexcept;

    /// Until the returned timer leaves its scope; then `<key>.duration_ms` is raised by the time passed and
    /// `<key>.count` by one, if the request has not ended.
    Timer time(TimerKey key) noexcept { return {key, *this}; }

    /// Marks the request as failed and says why. The first call names the error, later ones become notes.
    void fail(const Error& error) noexcept;
    /// The same by an exception: `error.type` is its type, `error.message` what it says, and `error.why` what is nested
    /// in it (std::throw_with_nested), the outermost first. Allocates, as throwing it did.
    template <std::derived_from<std::exception> E>
    void fail(const E& exception) noexcept {
        fail_by(static_cast<const std::exception&>(exception));
    }
    /// Of any type; one that is not a std::exception has only a type. A null pointer does nothing.
    template <std::same_as<std::exception_ptr> P>
    void fail(const P& exception) noexcept {
        fail_by(exception);
    }

    /// Marks the request as cancelled: whoever wanted its result is gone. Its outcome is `cancelled`, and it is sampled
    /// and counted like a success. `reason` becomes the field `cancel.reason`. The first call gives the reason, later
    /// ones become notes. A request that also failed is an error.
    void cancel(Text reason) noexcept;
    /// Gives the request another name, once that is known (the route, say). At most 128 bytes; the rest is cut. The
    /// last call wins. Costs some 10 ns.
    void rename(Text name) noexcept;
    /// Says what the request is to its trace: the field `span.kind`. The last call wins.
    void kind(Kind kind) noexcept { set("span.kind", kind); }

    /// The request's ids as the event will hold them: 32 and 16 hex digits, and a UUID. Empty without a request. Each
    /// allocates its text.
    [[nodiscard]] std::string trace_id() const;
    [[nodiscard]] std::string span_id() const;
    [[nodiscard]] std::string event_id() const;
    /// As Request::traceparent and Request::tracestate.
    [[nodiscard]] std::string traceparent() const;
    [[nodiscard]] std::string tracestate() const;

private:
    friend class detail::RecordWriter;
    template <detail::Operation operation>
    friend class detail::FieldPlace;
    friend class FieldWriter;
    friend class Timer;
    friend class Call;

    using Operation = detail::Operation;
    using Type = detail::Type;

    template <Operation operation, class T>
    [[gnu::always_inline]] void write(detail::Name name, T& value) noexcept;
    template <Operation operation, class T>
    void accumulate(detail::Name name, T value) noexcept {
        if constexpr (std::same_as<T, float>)
            accumulate_double(name, operation, detail::decimal_of(value));
        else if constexpr (detail::Real<T>)
            accumulate_double(name, operation, static_cast<double>(value));
        else if constexpr (std::is_signed_v<T>)
            accumulate_int(name, operation, static_cast<std::int64_t>(value));
        else
            accumulate_uint(name, operation, static_cast<std::uint64_t>(value));
    }

    /// Another thread may begin to share the request, so it is read anew for each write. (Relaxed: a plain load.)
    [[gnu::always_inline, nodiscard]] std::uint64_t watched() const noexcept {
        return __atomic_load_n(&watched_, __ATOMIC_RELAXED);
    }
    /// Whether `bytes` fit at the cursor; where not, the write is counted by then.
    [[gnu::always_inline]] bool has_room(std::size_t bytes) noexcept {
        if (static_cast<std::size_t>(limit_ - cursor_) >= bytes) [[likely]]
            return true;
        return make_room(bytes, 0);
    }
    [[gnu::always_inline]] void commit(std::byte* end, std::uint32_t hash, Operation operation) noexcept {
        recent_[hash % detail::kRecent] = 0;
        if (watched() >> (hash % 64) & 1) [[unlikely]]
            return commit_watched(end, hash, operation);
        cursor_ = end;
        arena_->commit(static_cast<std::uint64_t>(end - reinterpret_cast<std::byte*>(arena_)));
    }
    [[gnu::always_inline]] static std::byte* begin_record(std::byte* at, detail::Name name, Type type,
                                                          Operation operation, std::size_t value_bytes) noexcept {
        detail::store_word(at, detail::Record::header_of(name.hash, name.size, type, operation, value_bytes));
        detail::copy_key(at + sizeof(detail::Record), name.data, name.size);
        return at + sizeof(detail::Record) + detail::padded(name.size);
    }
    [[gnu::always_inline]] void put_empty(detail::Name name, Operation operation, Type type) noexcept {
        if (!has_room(detail::Record::size_of(name.size, 0))) [[unlikely]]
            return;
        commit(begin_record(cursor_, name, type, operation, 0), name.hash, operation);
    }
    template <class T>
    [[gnu::always_inline]] void put_word(detail::Name name, Operation operation, Type type, T value) noexcept {
        static_assert(sizeof(T) == 8);
        put_word(name, operation, type, value, sizeof(T));
    }
    /// A value of which the first bytes are meant.
    template <class T>
    [[gnu::always_inline]] void put_word(detail::Name name, Operation operation, Type type, T value,
                                         std::size_t value_bytes) noexcept {
        if (!has_room(detail::Record::size_of(name.size, 8))) [[unlikely]]
            return;
        std::byte* const to = begin_record(cursor_, name, type, operation, value_bytes);
        detail::store_word(to, std::bit_cast<std::uint64_t>(value));
        commit(to + 8, name.hash, operation);
    }
    [[gnu::always_inline]] void put_text(detail::Name name, Operation operation, std::string_view text) noexcept {
        if (text.size() > short_string_) [[unlikely]]
            return put_long_text(name, operation, text);
        if (!has_room(detail::Record::size_of(name.size, text.size()))) [[unlikely]]
            return;
        std::byte* const to = begin_record(cursor_, name, Type::string, operation, text.size());
        detail::copy_text(to, text.data(), text.size());
        commit(to + detail::padded(text.size()), name.hash, operation);
    }
    template <class R>
    void put_range(detail::Name name, Operation operation, R& range) noexcept;
    template <class Iterator>
    bool put_short_array(detail::Name name, Operation operation, Iterator items, std::size_t size) noexcept;

    /// Whether there is a request to write to; if not, the write is counted.
    [[nodiscard]] bool is_under_way() noexcept;
    void fail_by(const std::exception& exception) noexcept;
    void fail_by(const std::exception_ptr& exception) noexcept;
    /// What a timer writes at its end.
    void add_time(std::string_view key, std::int64_t nanoseconds) noexcept;
    void append_call(const detail::CallRecord& call, std::string_view name, std::string_view error_type) noexcept;
    void commit_watched(std::byte* end, std::uint32_t hash, Operation operation) noexcept;
    void put_long_text(detail::Name name, Operation operation, std::string_view text) noexcept;
    void put_json(detail::Name name, Operation operation, const nlohmann::json& value) noexcept;
    void put_json(detail::Name name, Operation operation, const nlohmann::ordered_json& value) noexcept;
    template <class T>
    void put_any_json(detail::Name name, Operation operation, const T& value) noexcept;
    void accumulate_int(detail::Name name, Operation operation, std::int64_t value) noexcept;
    void accumulate_uint(detail::Name name, Operation operation, std::uint64_t value) noexcept;
    void accumulate_double(detail::Name name, Operation operation, double value) noexcept;
    void accumulate_shared(detail::Name name, Operation operation, Type type, std::uint64_t bits) noexcept;
    void accumulate_word(detail::Name name, Operation operation, Type type, std::int64_t value) noexcept;
    [[nodiscard]] detail::Record* recent(detail::Name name, std::uint64_t header) noexcept;
    void remember(detail::Name name, std::uint64_t header) noexcept;
    static void store_in_place(detail::Record& record, std::uint64_t bits) noexcept;
    /// Makes a run-time key valid, in `room` where it must be changed; false, and counted, where it cannot be.
    bool check(std::string_view text, char* room, detail::Name& name) noexcept;

protected:
    constexpr Event() noexcept = default;
    ~Event() = default;

    /// Grows the arena so that `bytes` fit after `pending` bytes at the cursor that are not committed yet and come
    /// along. Where that cannot be, the write is counted by then.
    bool make_room(std::size_t bytes, std::size_t pending) noexcept;

    // What a write touches, and nothing else; the rest is detail::OpenEvent (src/event/open_event.hpp), which every
    // event of a request is. The event of a thread without a request is a bare Event: it never has room.
    std::byte* cursor_ = nullptr;
    std::byte* limit_ = nullptr;
    detail::ArenaHeader* arena_ = nullptr;
    std::uint64_t watched_ = 0;  // by key hash: whether a write must be noted; all ones where threads share
    std::uint32_t short_string_ = detail::kShortString;
    std::uint32_t short_items_ = detail::kShortArray;
    std::atomic<std::uint32_t> truncated_{0};     // writes cut or left out; a late writer may raise it while it is read
    std::uint32_t recent_[detail::kRecent] = {};  // by key hash: the offset of a number that may be raised in place
};

/// What `describe` writes to: each name is put behind the key under which the user's type is logged and a dot.
class WIDELINE_EXPORT FieldWriter {
public:
    template <std::size_t N, Loggable T>
    void set(const char (&name)[N], const T& value) noexcept {
        FieldWriter(*this, std::string_view(name, N - 1)).put(value);
    }
    template <Loggable T>
    void set(RuntimeKey name, const T& value) noexcept {
        FieldWriter(*this, name.text).put(value);
    }
    template <std::size_t N, detail::OnePass T>
    void set(const char (&name)[N], T&& range) noexcept {
        set(runtime({name, N - 1}), range);
    }
    template <detail::OnePass T>
    void set(RuntimeKey name, T&& range) noexcept {
        const FieldWriter inner(*this, name.text);
        event_.set(runtime({inner.path_, inner.size_}), range);
    }
    template <std::size_t N, detail::Unloggable T>
    void set(const char (&)[N], const T&) noexcept {
        detail::refuse_value<T, true>();
    }
    template <detail::Unloggable T>
    void set(RuntimeKey, const T&) noexcept {
        detail::refuse_value<T, true>();
    }
    template <detail::TextAsKey K, class T>
    void set(const K&, const T&) noexcept {
        detail::refuse_key<K>();
    }

private:
    friend class Event;
    FieldWriter(Event& event, std::string_view prefix) noexcept : event_(event) { extend({}, prefix); }
    FieldWriter(const FieldWriter& outer, std::string_view name) noexcept : event_(outer.event_) {
        extend({outer.path_, outer.size_}, name);
    }
    void extend(std::string_view prefix, std::string_view name) noexcept;

    template <class T>
    void put(const T& value) noexcept;

    Event& event_;
    std::size_t size_ = 0;
    char path_[detail::kMaxKeyBytes + 1];  // one more than a key may have: too long is seen as such
};

namespace detail {

/// The event that this thread writes to; `no_event` where it has no request. Initial-exec, so that reading it is one
/// instruction in a shared library as well.
WIDELINE_EXPORT extern constinit thread_local Event* current __attribute__((tls_model("initial-exec")));

}  // namespace detail

/// The event that is current on this thread. Without a request it is one that keeps nothing and counts each write
/// (`Stats::orphan_writes`).
[[nodiscard]] inline Event& event() noexcept { return *detail::current; }

namespace detail {

/// Values that are written without running code of the user's.
template <class T>
inline constexpr bool is_plain = std::is_arithmetic_v<T> || std::is_pointer_v<T> || std::is_array_v<T> ||
                                 is_duration<T> || is_system_time<T> || requires {
    typename T::traits_type;
};

/// After a write, `written` is current as before. The compiler cannot know that where the write may have made a call,
/// and would read everything anew for each field; it sees that this changes nothing where no call was made.
[[gnu::always_inline]] inline void still_current(Event& written) noexcept {
    if (current != &written) [[unlikely]]
        current = &written;
}

}  // namespace detail

/// Each of these writes to the current event; see Event.
template <Loggable T>
[[gnu::always_inline]] inline void set(Key key, const T& value) noexcept {
    Event& current = event();
    current.set(key, value);
    if constexpr (detail::is_plain<T>) detail::still_current(current);
}
template <Loggable T>
inline void set(RuntimeKey key, const T& value) noexcept {
    event().set(key, value);
}
template <Value T, class V>
requires(Field<T>::template takes<V>)
    [[gnu::always_inline]] inline void set(const Field<T>& field, const V& value) noexcept {
    Event& current = event();
    current.set(field, value);
    if constexpr (detail::is_plain<V>) detail::still_current(current);
}
template <Number T>
inline void add(Key key, T value) noexcept {
    event().add(key, value);
}
template <Number T>
inline void add(RuntimeKey key, T value) noexcept {
    event().add(key, value);
}
template <Number T>
inline void maximum(Key key, T value) noexcept {
    event().maximum(key, value);
}
template <Number T>
inline void maximum(RuntimeKey key, T value) noexcept {
    event().maximum(key, value);
}
template <Value T>
inline void append(Key key, const T& value) noexcept {
    event().append(key, value);
}
template <Value T>
inline void append(RuntimeKey key, const T& value) noexcept {
    event().append(key, value);
}
template <detail::OnePass T>
inline void set(Key key, T&& range) noexcept {
    event().set(key, range);
}
template <detail::OnePass T>
inline void set(RuntimeKey key, T&& range) noexcept {
    event().set(key, range);
}
template <detail::OnePass T>
inline void append(Key key, T&& range) noexcept {
    event().append(key, range);
}
template <detail::OnePass T>
inline void append(RuntimeKey key, T&& range) noexcept {
    event().append(key, range);
}
inline void note(Text text, const NoteDetails& details = {}) noexcept { event().note(text, details); }
[[nodiscard]] inline Timer time(TimerKey key) noexcept { return event().time(key); }
inline void fail(const Error& error) noexcept { event().fail(error); }
template <std::derived_from<std::exception> E>
inline void fail(const E& exception) noexcept {
    event().fail(exception);
}
template <std::same_as<std::exception_ptr> P>
inline void fail(const P& exception) noexcept {
    event().fail(exception);
}
inline void cancel(Text reason) noexcept { event().cancel(reason); }
inline void rename(Text name) noexcept { event().rename(name); }
[[nodiscard]] inline std::string trace_id() { return event().trace_id(); }
[[nodiscard]] inline std::string span_id() { return event().span_id(); }
[[nodiscard]] inline std::string event_id() { return event().event_id(); }
[[nodiscard]] inline std::string traceparent() { return event().traceparent(); }
[[nodiscard]] inline std::string tracestate() { return event().tracestate(); }

// What does not compile, with a sentence that says what to write instead.
template <detail::Unloggable T>
inline void set(Key, const T&) noexcept {
    detail::refuse_value<T, true>();
}
template <detail::Unloggable T>
inline void set(RuntimeKey, const T&) noexcept {
    detail::refuse_value<T, true>();
}
template <class T>
requires(!Value<T> && !detail::OnePass<T>) inline void append(Key, const T&) noexcept {
    detail::refuse_value<T, false>();
}
template <class T>
requires(!Value<T> && !detail::OnePass<T>) inline void append(RuntimeKey, const T&) noexcept {
    detail::refuse_value<T, false>();
}
template <detail::TextAsKey K, class T>
inline void set(const K&, const T&) noexcept {
    detail::refuse_key<K>();
}
template <detail::TextAsKey K, class T>
inline void add(const K&, const T&) noexcept {
    detail::refuse_key<K>();
}
template <detail::TextAsKey K, class T>
inline void maximum(const K&, const T&) noexcept {
    detail::refuse_key<K>();
}
template <detail::TextAsKey K, class T>
inline void append(const K&, const T&) noexcept {
    detail::refuse_key<K>();
}

}  // namespace wideline

#include <wideline/detail/event_write.hpp>  // what the templates above do

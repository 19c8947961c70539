// From a value's type to the record that holds it. Most values are one record; arrays of any length and depth, and
// texts that are made piece by piece, are written where the event's next record begins, and committed as one. Included
// by <wideline/event.hpp>.
#pragma once

#include <wideline/detail/value_bits.hpp>
#include <wideline/event.hpp>

namespace wideline::detail {

/// A field of an event, as the place for one value.
template <Operation operation>
class FieldPlace {
public:
    FieldPlace(Event& event, Name name) noexcept : event_(event), name_(name) {}
    [[gnu::always_inline]] void empty(Type type) noexcept { event_.put_empty(name_, operation, type); }
    [[gnu::always_inline]] void word(Type type, std::uint64_t bits, std::size_t bytes = 8) noexcept {
        event_.put_word(name_, operation, type, bits, bytes);
    }
    [[gnu::always_inline]] void text(std::string_view text) noexcept { event_.put_text(name_, operation, text); }
    template <JsonValue T>
    void json(const T& value) noexcept {
        event_.put_json(name_, operation, value);
    }
    template <class R>
    void array(R& range) noexcept {
        event_.put_range(name_, operation, range);
    }
    template <class Fill>
    void pieces(Fill fill) noexcept;

private:
    Event& event_;
    Name name_;
};

/// One record after the cursor: an array's items or the pieces of a text. It grows the arena as it needs to, and is
/// committed as a whole.
class WIDELINE_EXPORT RecordWriter {
public:
    RecordWriter(Event& event, Name name, Operation operation, Type type) noexcept;
    void commit() noexcept;

    /// False where the array takes no more: what follows need not be asked for.
    template <class T>
    bool item(T& value) noexcept;
    void piece(std::string_view text) noexcept;

    // The next item of the innermost array, as the place for one value.
    void empty(Type type) noexcept { put(type, nullptr, 0); }
    void word(Type type, std::uint64_t bits, std::size_t bytes = 8) noexcept { put(type, &bits, bytes); }
    void text(std::string_view text) noexcept;
    void json(const nlohmann::json& value) noexcept;
    void json(const nlohmann::ordered_json& value) noexcept;
    template <class R>
    void array(R& range) noexcept {
        const std::size_t outer = begin_;
        const std::uint32_t outer_items = items_;
        if (!open()) return;
        walk(range, [this](auto& inner) { return this->item(inner); });
        close(outer, outer_items);
    }
    template <class Fill>
    void pieces(Fill fill) noexcept {
        const std::size_t at = pending_;
        if (!open_text()) return;
        fill(*this);
        close_text(at);
    }

private:
    std::byte* room(std::size_t bytes) noexcept {
        if (static_cast<std::size_t>(event_.limit_ - event_.cursor_) < pending_ + bytes) [[unlikely]]
            if (!event_.make_room(bytes, pending_)) return nullptr;
        return event_.cursor_ + pending_;
    }
    [[nodiscard]] std::byte* room_for_item(std::size_t value_bytes) noexcept;
    void put(Type type, const void* value, std::size_t bytes) noexcept;
    template <class T>
    void put_json(const T& value) noexcept;
    [[nodiscard]] bool open() noexcept;
    void close(std::size_t outer, std::uint32_t outer_items) noexcept;
    [[nodiscard]] bool open_text() noexcept;
    void close_text(std::size_t record) noexcept;
    [[nodiscard]] std::size_t end_text(std::size_t text) noexcept;
    [[nodiscard]] bool full() noexcept;
    void cut() noexcept;

    Event& event_;
    Name name_;
    Operation operation_;
    Type type_;
    std::size_t begin_ = 0;    // where the innermost array's record begins, from the cursor
    std::size_t pending_ = 0;  // bytes written after the cursor; 0: there was no room for the record at all
    std::size_t text_ = 0;     // where the text that is being made begins
    std::uint32_t items_ = 0;  // of the innermost array
    std::uint32_t depth_ = 1;
    bool stopped_ = false;  // no room for more
    bool cut_ = false;      // said in the event
};

/// `generic:2 No such file or directory`. Allocates where the message is long.
template <class To, class Error>
void put_error(To& to, const Error& error) noexcept {
    char number[12];
    char* at = number + sizeof number;
    const int value = error.value();
    auto size = value < 0 ? 0U - static_cast<unsigned>(value) : static_cast<unsigned>(value);
    do *--at = static_cast<char>('0' + size % 10);
    while ((size /= 10) != 0);
    if (value < 0) *--at = '-';
    to.pieces([&](RecordWriter& text) {
        text.piece(Text(error.category().name()));
        text.piece(":");
        text.piece({at, static_cast<std::size_t>(number + sizeof number - at)});
#if defined(__cpp_exceptions)
        try {
            const std::string message = error.message();
            text.piece(" ");
            text.piece(message);
        } catch (...) {  // no memory for it: category and number say the same
        }
#else
        text.piece(" ");
        text.piece(error.message());
#endif
    });
}

WIDELINE_EXPORT std::string_view digits_of(std::uint64_t number, char (&room)[20]) noexcept;

template <class To, class T>
[[gnu::always_inline]] inline void put_value(To& to, T& value) noexcept {
    using Plain = std::remove_cv_t<T>;
    if constexpr (std::is_volatile_v<T>) {
        const Plain copy = value;
        put_value(to, copy);
    } else if constexpr (std::same_as<Plain, bool>) {
        to.empty(value ? Type::yes : Type::no);
    } else if constexpr (Null<Plain>) {
        to.empty(Type::null);
    } else if constexpr (Integer<Plain> || Real<Plain>) {
        to.word(number_type<Plain>, word_of<Plain>(value), number_bytes<Plain>);
    } else if constexpr (Character<Plain>) {
        to.text(CharacterText(value).text());
    } else if constexpr (TextLike<Plain> || Text8<Plain>) {
        if (is_null_text(value))
            to.empty(Type::null);
        else
            to.text(bytes_of_text(value));
    } else if constexpr (Path<Plain>) {
        to.text(value.native());
    } else if constexpr (is_duration<Plain>) {
        if (std::int64_t nanoseconds; whole_nanoseconds(value, nanoseconds))
            to.word(Type::duration, bits_of(nanoseconds));
        else
            to.word(Type::float64, bits_of(milliseconds(value)));
    } else if constexpr (is_system_time<Plain>) {
        to.word(Type::time, bits_of(microseconds_since_epoch(value)));
    } else if constexpr (NamedEnum<Plain>) {
        const auto& name = name_of(EnumValue<Plain>{value});
        to.text(Text(name));
    } else if constexpr (JsonValue<Plain>) {
        to.json(value);
    } else if constexpr (ErrorCode<Plain>) {
        put_error(to, value);
    } else if constexpr (std::same_as<Plain, ThreadId>) {
        if (value == ThreadId()) return to.empty(Type::null);
        static_assert(sizeof(ThreadId) == sizeof(std::uint64_t) && std::is_trivially_copyable_v<ThreadId>);
        char digits[20];
        to.text(digits_of(std::bit_cast<std::uint64_t>(value), digits));
    } else if constexpr (SourceLocation<Plain>) {
        char digits[20];
        const std::string_view line = digits_of(value.line(), digits);
        to.pieces([&](RecordWriter& text) {
            text.piece(Text(value.file_name()));
            text.piece(":");
            text.piece(line);
        });
    } else if constexpr (Atomic<Plain>) {
        const auto loaded = value.load();
        put_value(to, loaded);
    } else if constexpr (Optional<Plain>) {
        if (value.has_value())
            put_value(to, static_cast<const typename Plain::value_type&>(*value));
        else
            to.empty(Type::null);
    } else if constexpr (is_variant<Plain>) {
        if (value.valueless_by_exception()) return to.empty(Type::null);
        std::visit([&to](const auto& held) noexcept { put_value(to, held); }, value);
    } else if constexpr (Characters<T>) {
        if constexpr (InMemory<T>)
            to.text(text_of_characters(value));
        else
            to.pieces([&value](RecordWriter& text) {
                walk(value, [&text](char unit) {
                    text.piece({&unit, 1});
                    return true;
                });
            });
    } else {
        static_assert(Range<T>);
        to.array(value);
    }
}

template <Operation operation>
template <class Fill>
void FieldPlace<operation>::pieces(Fill fill) noexcept {
    RecordWriter text(event_, name_, operation, Type::string);
    fill(text);
    text.commit();
}

template <class T>
bool RecordWriter::item(T& value) noexcept {
    if (full()) return false;
    put_value(*this, value);
    return true;
}

}  // namespace wideline::detail

namespace wideline {

template <class R>
void Event::put_range(detail::Name name, Operation operation, R& range) noexcept {
    if constexpr (detail::ShortArray<R>) {
        const auto size = static_cast<std::size_t>(std::end(range) - std::begin(range));
        if (size <= short_items_ && put_short_array(name, operation, std::begin(range), size)) return;
    }
    detail::RecordWriter array(*this, name, operation, Type::array);
    detail::walk(range, [&array](auto& item) { return array.item(item); });
    array.commit();
}

/// A few numbers or short strings in memory. False, with nothing written, where they are not short or need more room.
template <class Iterator>
bool Event::put_short_array(detail::Name name, Operation operation, Iterator items, std::size_t size) noexcept {
    using Item = std::remove_cvref_t<decltype(*items)>;
    const std::size_t before = detail::Record::size_of(name.size, 0);
    const auto left = static_cast<std::size_t>(limit_ - cursor_);
    constexpr bool kTexts = detail::TextLike<Item>;
    if (left < before + (kTexts ? 0 : size * detail::Record::size_of(0, 8))) return false;
    std::byte* to = cursor_ + before;
    for (std::size_t i = 0; i != size; ++i) {
        if constexpr (kTexts) {
            const std::string_view text(items[static_cast<std::ptrdiff_t>(i)]);
            const bool fits = text.size() <= short_string_ &&
                              static_cast<std::size_t>(limit_ - to) >= detail::Record::size_of(0, text.size());
            if (!fits) [[unlikely]]
                return false;
            to = begin_record(to, {}, Type::string, Operation::set, text.size());
            detail::copy_text(to, text.data(), text.size());
            to += detail::padded(text.size());
        } else {
            to = begin_record(to, {}, detail::number_type<Item>, Operation::set, detail::number_bytes<Item>);
            detail::store_word(to, detail::word_of<Item>(items[static_cast<std::ptrdiff_t>(i)]));
            to += sizeof(std::uint64_t);
        }
    }
    begin_record(cursor_, name, Type::array, operation, static_cast<std::size_t>(to - cursor_) - before);
    commit(to, name.hash, operation);
    return true;
}

template <detail::Operation operation, class T>
inline void Event::write(detail::Name name, T& value) noexcept {
    if constexpr (!detail::Described<T> && detail::is_value<T>()) {
        detail::FieldPlace<operation> field(*this, name);
        detail::put_value(field, value);
    } else {
        FieldWriter writer(*this, name.text());
        writer.put(value);
    }
}

/// What is several fields, or is only known now to be one.
template <class T>
void FieldWriter::put(const T& value) noexcept {
    using namespace detail;
    if constexpr (Described<T>) {
        describe(*this, value);
    } else if constexpr (Value<T>) {
        event_.set(runtime({path_, size_}), value);
    } else if constexpr (TextMap<T>) {
        for (const auto& member : value) FieldWriter(*this, Text(member.first)).put(member.second);
    } else if constexpr (Optional<T>) {
        if (value.has_value())
            put(static_cast<const typename T::value_type&>(*value));
        else
            put(nullptr);
    } else {
        if (value.valueless_by_exception()) return put(nullptr);
        std::visit([this](const auto& held) noexcept { this->put(held); }, value);
    }
}

}  // namespace wideline

// From a value's type to the record that holds it; arrays of any length and depth are written where the event's next
// record begins, and committed as one. Included by <wideline/event.hpp>.
#pragma once

#include <wideline/detail/value_bits.hpp>
#include <wideline/event.hpp>

namespace wideline::detail {

/// An array's items, written behind the cursor and committed as one record.
class WIDELINE_EXPORT ArrayWriter {
public:
    ArrayWriter(Event& event, Name name, Operation operation) noexcept;
    template <class T>
    void item(const T& value) noexcept;
    void commit() noexcept;

private:
    std::byte* room(std::size_t bytes) noexcept {
        if (static_cast<std::size_t>(event_.limit_ - event_.cursor_) < pending_ + bytes) [[unlikely]]
            if (!event_.make_room(bytes, pending_)) return nullptr;
        return event_.cursor_ + pending_;
    }
    [[nodiscard]] std::byte* room_for_item(std::size_t value_bytes) noexcept;
    void put(Type type, const void* value, std::size_t bytes) noexcept;
    void empty(Type type) noexcept { put(type, nullptr, 0); }
    void word(Type type, std::uint64_t bits) noexcept { put(type, &bits, sizeof bits); }
    void text(std::string_view text) noexcept;
    void json(const nlohmann::json& value) noexcept;
    [[nodiscard]] bool open() noexcept;
    void close(std::size_t outer, std::uint32_t outer_items) noexcept;
    [[nodiscard]] bool full() noexcept;
    void cut() noexcept;

    Event& event_;
    Name name_;
    Operation operation_;
    std::size_t begin_ = 0;    // where the innermost array's record begins, from the cursor
    std::size_t pending_ = 0;  // bytes written behind the cursor; 0: there was no room for the array at all
    std::uint32_t items_ = 0;  // of the innermost array
    std::uint32_t depth_ = 1;
    bool stopped_ = false;  // no room for more
    bool cut_ = false;      // said in the event
};

template <class T>
void ArrayWriter::item(const T& value) noexcept {
    if (full()) return;
    if constexpr (std::same_as<T, bool>) {
        empty(value ? Type::yes : Type::no);
    } else if constexpr (std::same_as<T, std::nullptr_t>) {
        empty(Type::null);
    } else if constexpr (std::is_floating_point_v<T>) {
        word(Type::float64, bits_of(static_cast<double>(value)));
    } else if constexpr (std::is_integral_v<T>) {
        if constexpr (std::is_signed_v<T>)
            word(Type::int64, bits_of(static_cast<std::int64_t>(value)));
        else
            word(Type::uint64, static_cast<std::uint64_t>(value));
    } else if constexpr (TextLike<T>) {
        if (is_null_text(value))
            empty(Type::null);
        else
            text(std::string_view(value));
    } else if constexpr (Text8<T>) {
        if (is_null_text(value))
            empty(Type::null);
        else
            text(bytes_of(value));
    } else if constexpr (is_duration<T>) {
        word(Type::float64, bits_of(milliseconds(value)));
    } else if constexpr (is_system_time<T>) {
        word(Type::time, bits_of(microseconds_since_epoch(value)));
    } else if constexpr (NamedEnum<T>) {
        text(name_of(EnumValue<T>{value}));
    } else if constexpr (std::same_as<T, nlohmann::json>) {
        json(value);
    } else if constexpr (Optional<T>) {
        if (!value.has_value()) return empty(Type::null);
        --items_;  // counted here, and once more as what it holds
        item(static_cast<const typename T::value_type&>(*value));
    } else {
        static_assert(Range<T>);
        const std::size_t outer = begin_;
        const std::uint32_t outer_items = items_;
        if (!open()) return;
        for (const ItemOf<T>& inner : value) item(inner);
        close(outer, outer_items);
    }
}

}  // namespace wideline::detail

namespace wideline {

template <class R>
void Event::put_range(detail::Name name, Operation operation, const R& range) noexcept {
    if constexpr (detail::ShortArray<R>)
        if (std::size(range) <= short_items_) return put_short_array(name, operation, range);
    detail::ArrayWriter array(*this, name, operation);
    for (const detail::ItemOf<R>& item : range) array.item(item);
    array.commit();
}

/// A few numbers or short strings: what they need is known before they are written.
template <class R>
void Event::put_short_array(detail::Name name, Operation operation, const R& range) noexcept {
    using Item = detail::ItemOf<R>;
    std::size_t bytes = 0;
    for (const Item& item : range) {
        if constexpr (detail::TextLike<Item>) {
            const std::string_view text(item);
            if (text.size() > short_string_) [[unlikely]] {
                detail::ArrayWriter array(*this, name, operation);
                for (const Item& each : range) array.item(each);
                return array.commit();
            }
            bytes += detail::Record::size_of(0, text.size());
        } else {
            bytes += detail::Record::size_of(0, 8);
        }
    }
    if (!has_room(detail::Record::size_of(name.size, bytes))) [[unlikely]]
        return;
    std::byte* to = begin_record(cursor_, name, Type::array, operation, bytes);
    for (const Item& item : range) {
        if constexpr (detail::TextLike<Item>) {
            const std::string_view text(item);
            to = begin_record(to, {}, Type::string, Operation::set, text.size());
            detail::copy_text(to, text.data(), text.size());
            to += detail::padded(text.size());
        } else {
            constexpr Type kType = std::is_floating_point_v<Item> ? Type::float64
                                   : std::is_signed_v<Item>       ? Type::int64
                                                                  : Type::uint64;
            to = begin_record(to, {}, kType, Operation::set, 8);
            detail::store_word(to, detail::word_of(item));
            to += sizeof(std::uint64_t);
        }
    }
    commit(to, name.hash, operation);
}

template <detail::Operation operation, class T>
inline void Event::write(detail::Name name, const T& value) noexcept {
    using namespace detail;
    if constexpr (Described<T>) {
        FieldWriter writer(*this, name.text());
        describe(writer, value);
    } else if constexpr (std::same_as<T, bool>) {
        put_empty(name, operation, value ? Type::yes : Type::no);
    } else if constexpr (std::same_as<T, std::nullptr_t>) {
        put_empty(name, operation, Type::null);
    } else if constexpr (std::is_floating_point_v<T>) {
        put_word(name, operation, Type::float64, static_cast<double>(value));
    } else if constexpr (std::is_integral_v<T>) {
        if constexpr (std::is_signed_v<T>)
            put_word(name, operation, Type::int64, static_cast<std::int64_t>(value));
        else
            put_word(name, operation, Type::uint64, static_cast<std::uint64_t>(value));
    } else if constexpr (TextLike<T>) {
        if (is_null_text(value))
            put_empty(name, operation, Type::null);
        else
            put_text(name, operation, std::string_view(value));
    } else if constexpr (Text8<T>) {
        if (is_null_text(value))
            put_empty(name, operation, Type::null);
        else
            put_text(name, operation, bytes_of(value));
    } else if constexpr (is_duration<T>) {
        put_word(name, operation, Type::float64, milliseconds(value));
    } else if constexpr (is_system_time<T>) {
        put_word(name, operation, Type::time, microseconds_since_epoch(value));
    } else if constexpr (NamedEnum<T>) {
        put_text(name, operation, name_of(EnumValue<T>{value}));
    } else if constexpr (std::same_as<T, nlohmann::json>) {
        put_json(name, operation, value);
    } else if constexpr (Optional<T>) {
        if (value.has_value())
            write<operation>(name, static_cast<const typename T::value_type&>(*value));
        else
            put_empty(name, operation, Type::null);
    } else {
        static_assert(Range<T>);
        put_range(name, operation, value);
    }
}

}  // namespace wideline

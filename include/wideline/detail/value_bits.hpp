// How values become the bytes of a record.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <ratio>
#include <string_view>
#include <type_traits>

#include <wideline/detail/arena.hpp>
#include <wideline/detail/chrono.hpp>
#include <wideline/detail/decimal.hpp>
#include <wideline/value.hpp>

namespace wideline::detail {

template <class T>
std::uint64_t bits_of(T value) noexcept {
    static_assert(sizeof(T) == 8);
    std::uint64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

template <class T>
inline constexpr Type number_type = Real<T>               ? Type::float64
                                    : std::is_signed_v<T> ? Type::int64
                                                          : Type::uint64;
/// How many of a number's eight bytes are its value.
template <class T>
inline constexpr std::size_t number_bytes = std::same_as<T, float> ? sizeof(float) : 8;

/// A number as the eight bytes that a record of its number_type holds.
template <class T>
std::uint64_t word_of(T value) noexcept {
    if constexpr (std::same_as<T, float>)
        return std::bit_cast<std::uint32_t>(value);
    else if constexpr (Real<T>)
        return bits_of(static_cast<double>(value));
    else if constexpr (std::is_signed_v<T>)
        return bits_of(static_cast<std::int64_t>(value));
    else
        return static_cast<std::uint64_t>(value);
}

/// Ranges in memory: what they hold cannot change while they are read. Their size is that of the memory.
template <class R>
concept InMemory = std::contiguous_iterator<IteratorOf<R>> && requires(R& range) {
    { std::end(range) - std::begin(range) } -> std::convertible_to<std::ptrdiff_t>;
};

template <class R>
concept Characters = Range<R> && Utf8Unit<PlainItemOf<R>>;

/// Of numbers, or of strings by themselves: no code of the user's runs when an item is read.
template <class R>
concept ShortArray = InMemory<R> &&(Integer<PlainItemOf<R>> || Real<PlainItemOf<R>> ||
                                    (TextLike<PlainItemOf<R>> && requires { typename PlainItemOf<R>::traits_type; }));

template <class T>
concept FixedSize = requires {
    std::tuple_size<T>::value;
};

/// The text of characters in memory, which must stay there. Of an array of a fixed size, as of a C array, up to its
/// first NUL.
template <InMemory R>
std::string_view text_of_characters(R& range) noexcept {
    const auto first = std::begin(range);
    const auto size = static_cast<std::size_t>(std::end(range) - first);
    if (size == 0) return {};
    const std::string_view text(reinterpret_cast<const char*>(std::addressof(*first)), size);
    if constexpr (FixedSize<std::remove_cv_t<R>>) return text.substr(0, text.find('\0'));
    return text;
}

/// Calls `take` with each item, which is asked for once, until it returns false.
template <class R, class Take>
void walk(R& range, Take take) noexcept {
    for (auto&& item : range) {
        using Given = std::remove_reference_t<decltype(item)>;
        if constexpr (std::same_as<std::remove_cv_t<Given>, PlainItemOf<R>>) {
            if (!take(static_cast<Given&>(item))) return;
        } else {
            const PlainItemOf<R> converted = item;
            if (!take(converted)) return;
        }
    }
}

template <class Duration>
double milliseconds(Duration duration) noexcept {
    return std::chrono::duration_cast<std::chrono::duration<double, std::milli>>(duration).count();
}

/// A count of a duration in floating point, as its digits say: of 0.1F seconds, 100 ms.
template <class Rep>
long double count_of(Rep count) noexcept {
    if constexpr (std::same_as<Rep, float>)
        return decimal_of(count);
    else
        return static_cast<long double>(count);
}

/// Rounded to the nanosecond. False where 64 bits do not hold them.
template <class Rep, class Period>
bool whole_nanoseconds(std::chrono::duration<Rep, Period> duration, std::int64_t& nanoseconds) noexcept {
    using InNanoseconds = std::ratio_divide<Period, std::nano>;
    if constexpr (Integer<Rep> && InNanoseconds::den == 1) {
        return !__builtin_mul_overflow(duration.count(), InNanoseconds::num, &nanoseconds);
    } else {
        const long double exact = count_of(duration.count()) * InNanoseconds::num / InNanoseconds::den;
        if (!(exact > -9.2e18L && exact < 9.2e18L)) return false;
        nanoseconds = static_cast<std::int64_t>(exact < 0 ? exact - 0.5L : exact + 0.5L);
        return true;
    }
}

/// Down to the microsecond. What 64 bits do not hold becomes their end, which is no time that can be written.
template <class TimePoint>
std::int64_t microseconds_since_epoch(TimePoint time) noexcept {
    using Duration = typename TimePoint::duration;
    using std::chrono::microseconds;
    constexpr bool kAlwaysFits = std::is_integral_v<typename Duration::rep> &&
                                 std::ratio_less_equal_v<typename Duration::period, microseconds::period>;
    if constexpr (!kAlwaysFits) {
        const double size = 1e3 * milliseconds(time.time_since_epoch());
        if (!(size > -9e18 && size < 9e18)) return microseconds::max().count();
    }
    return std::chrono::floor<microseconds>(time.time_since_epoch()).count();
}

inline std::string_view bytes_of(std::string_view text) noexcept { return text; }
#if defined(__cpp_char8_t)
inline std::string_view bytes_of(std::u8string_view text) noexcept {
    return {reinterpret_cast<const char*>(text.data()), text.size()};
}
#endif

/// The bytes of any text but a null pointer.
template <class T>
[[gnu::always_inline]] inline std::string_view bytes_of_text(const T& text) noexcept {
    if constexpr (std::is_array_v<T>)
        return bytes_of(text_of_array(text));
    else if constexpr (TextLike<T>)
        return std::string_view(text);
#if defined(__cpp_char8_t)
    else
        return bytes_of(std::u8string_view(text));
#endif
}

/// What a C string can be that no other text can.
template <class T>
bool is_null_text(const T& value) noexcept {
    if constexpr (std::is_pointer_v<T>)
        return value == nullptr;
    else
        return false;
}

/// One character as UTF-8; half of a surrogate pair becomes bytes that are not valid, and so U+FFFD.
struct CharacterText {
    template <Character T>
    explicit constexpr CharacterText(T character) noexcept {
        if constexpr (Utf8Unit<T>) {
            bytes[0] = static_cast<char>(character);
            return;
        }
        const auto point = static_cast<std::uint32_t>(character);
        if (point < 0x80) {
            bytes[0] = static_cast<char>(point);
            return;
        }
        size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        for (std::uint32_t i = size; i-- > 1;)
            bytes[i] = static_cast<char>(0x80 | (point >> 6 * (size - 1 - i) & 0x3f));
        constexpr std::uint32_t kLead[] = {0xc0, 0xe0, 0xf0};
        bytes[0] = static_cast<char>(kLead[size - 2] | point >> 6 * (size - 1));
    }
    [[nodiscard]] constexpr std::string_view text() const noexcept { return {bytes, size}; }

    char bytes[4] = {};
    std::uint32_t size = 1;
};

}  // namespace wideline::detail

// How values become the bytes of a record.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <ratio>
#include <string_view>
#include <type_traits>

#include <wideline/detail/chrono.hpp>
#include <wideline/value.hpp>

namespace wideline::detail {

template <class T>
std::uint64_t bits_of(T value) noexcept {
    static_assert(sizeof(T) == 8);
    std::uint64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

/// A number as the eight bytes that a record holds.
template <class T>
std::uint64_t word_of(T value) noexcept {
    if constexpr (std::is_floating_point_v<T>)
        return bits_of(static_cast<double>(value));
    else if constexpr (std::is_signed_v<T>)
        return bits_of(static_cast<std::int64_t>(value));
    else
        return static_cast<std::uint64_t>(value);
}

/// Ranges of numbers, or of strings that own their text, that know how many they are.
template <class R>
concept ShortArray = requires(const R& range) {
    std::size(range);
}
&&((std::is_arithmetic_v<ItemOf<R>> && !std::same_as<ItemOf<R>, bool>) ||
   (TextLike<ItemOf<R>> && !std::is_pointer_v<ItemOf<R>>));

template <class Duration>
double milliseconds(Duration duration) noexcept {
    return std::chrono::duration_cast<std::chrono::duration<double, std::milli>>(duration).count();
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

/// What a C string may be that any other text may not.
template <class T>
bool is_null_text(const T& value) noexcept {
    if constexpr (std::is_pointer_v<T>)
        return value == nullptr;
    else
        return false;
}

#ifdef __cpp_char8_t
inline std::string_view bytes_of(std::u8string_view text) noexcept {
    return {reinterpret_cast<const char*>(text.data()), text.size()};
}
#endif

}  // namespace wideline::detail

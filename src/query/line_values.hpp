// The fields of one JSON line with their values taken apart, without building anything.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace wideline::query {

__extension__ using Wide = __int128;

struct LineValue {
    static constexpr std::size_t kMostDigits = 38;  ///< Every number of this many fits into 128 bits.
    enum class Kind : std::uint8_t { null, boolean, whole, wide, real, string, array, object };

    Kind kind = Kind::null;
    bool boolean = false;
    std::int64_t whole = 0;
    Wide wide = 0;          ///< A whole number of at most kMostDigits digits that an int64 cannot hold.
    double real = 0;        ///< Also of a whole number of more digits; may be infinite.
    std::string_view json;  ///< As it stands in the line.

    [[nodiscard]] bool is_number() const noexcept {
        return kind == Kind::whole || kind == Kind::wide || kind == Kind::real;
    }
    /// The value as a number that may be rounded; of numbers only.
    [[nodiscard]] double as_real() const noexcept;
    /// A string's text without quotes and escapes; anything else as it stands. The view is into the line, or `room`.
    [[nodiscard]] std::string_view text(std::string& room) const;
};

enum class Go : std::uint8_t { on, away };

/// Calls `take(key, value)` for each field, the key with its escapes, until it returns Go::away. False if the line is
/// not a valid JSON object, as far as it was read; then any number of calls were made. `line` must have
/// read::kReadableBehind readable bytes after it. Survives any bytes.
bool read_line_values(std::string_view line, const std::function<Go(std::string_view, const LineValue&)>& take);
/// The same for the items of an array's JSON text, which lies in such a line.
bool read_item_values(std::string_view array, const std::function<void(const LineValue&)>& take);

/// A key as it stands between its quotes, without its escapes.
[[nodiscard]] std::string unescaped_key(std::string_view escaped);

}  // namespace wideline::query

// Looks into one JSON line, at the keys that are wanted, without building anything.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "encoding/json_unescape.hpp"

namespace wideline::read {

/// A field's value as the bytes of JSON that stand in the line, quotes and all.
using JsonText = std::string_view;

/// Whether an event with this `outcome` counts as an error. One without an outcome, or with null, does not, nor does a
/// cancelled one.
[[nodiscard]] bool is_failure(JsonText outcome);

/// A field as it stands in its line.
struct RawField {
    std::string_view key;  ///< Escaped, without its quotes.
    JsonText value;
};

/// One thread at a time. Survives any bytes.
class EventLine {
public:
    explicit EventLine(std::vector<std::string> keys);

    /// Finds the keys given to the constructor; values() are theirs, in the same order, empty if the line has no such
    /// key. False if the line is not a valid JSON object, to its last byte; values() are then those found before the
    /// first bad byte. `line` must have kReadableBehind readable bytes after it.
    [[nodiscard]] bool read(std::string_view line);
    [[nodiscard]] std::span<const JsonText> values() const noexcept { return values_; }

    /// All fields in the order of the line, as they stand there. False as for read().
    [[nodiscard]] bool read_raw(std::string_view line, std::vector<RawField>& fields);
    /// All fields in the order of the line, keys unescaped. Slower than read().
    [[nodiscard]] bool read_all(std::string_view line, std::vector<std::pair<std::string, JsonText>>& fields);

private:
    std::vector<std::string> keys_;
    std::vector<JsonText> values_;
    std::vector<RawField> raw_;  // Kept for its memory.
};

using json_text::unescaped;
/// Whether a key as it stands in a line, without its quotes, is `wanted`.
[[nodiscard]] bool key_is(std::string_view escaped, std::string_view wanted);
/// Nothing where it is no number, or not a finite one.
[[nodiscard]] std::optional<double> number_of(JsonText value) noexcept;

}  // namespace wideline::read

// A finished request as rules see it: its fields, last write wins, without encoding them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <wideline/detail/chrono.hpp>
#include <wideline/export.hpp>
#include <wideline/text.hpp>

namespace wideline {

class EventView;

namespace detail {
struct OpenEvent;
struct Record;
const Record* only_record(const EventView& view, std::uint32_t slot) noexcept;
const OpenEvent& event_of(const EventView& view) noexcept;
}  // namespace detail

/// One field's value. A view: valid as long as the EventView it came from.
struct FieldValue {
    enum class Type : std::uint8_t { null, boolean, int64, uint64, float64, string, time, array, json };

    Type type = Type::null;
    union {
        bool boolean;
        std::int64_t int64 = 0;  ///< also `time`: microseconds since 1970 UTC
        std::uint64_t uint64;
        double float64;
    };
    std::string_view
        text{};  ///< the bytes of a string (any bytes: not yet made valid UTF-8), or the JSON text of a `json`
    const detail::Record* record = nullptr;  ///< the newest one that was written under this key
    const detail::OpenEvent* event = nullptr;

    [[nodiscard]] bool is_number() const noexcept {
        return type == Type::int64 || type == Type::uint64 || type == Type::float64;
    }
    /// int64, uint64 and float64 as a double; 0 for anything else.
    [[nodiscard]] double number() const noexcept {
        if (type == Type::int64) return static_cast<double>(int64);
        if (type == Type::uint64) return static_cast<double>(uint64);
        return type == Type::float64 ? float64 : 0;
    }
    /// Whether the value is an array that holds the string `item`. Walks the event's fields.
    [[nodiscard]] WIDELINE_EXPORT bool array_contains(Text item) const noexcept;
};

/// What rules, predicates and `Options::enrich` read. Lives while the request's thread decides, and no longer.
/// Nothing here allocates, locks or throws.
class WIDELINE_EXPORT EventView {
public:
    [[nodiscard]] std::string_view name() const noexcept;
    [[nodiscard]] std::chrono::nanoseconds duration() const noexcept { return duration_; }
    /// Whether the outcome is an error. In Options::enrich: whether `fail` was called so far.
    [[nodiscard]] bool failed() const noexcept { return failed_; }
    /// Whether the request was cancelled and did not fail.
    [[nodiscard]] bool cancelled() const noexcept;
    /// Whether the request has a parent span.
    [[nodiscard]] bool has_parent() const noexcept;
    /// Whether the caller's traceparent had the sampled flag. False without one.
    [[nodiscard]] bool upstream_sampled() const noexcept;
    /// 56 bits that every service of the trace agrees on: tracestate's `ot=rv`, or else the low bits of the trace id.
    [[nodiscard]] std::uint64_t randomness() const noexcept;
    /// A field by its name, the library's `error.*` and Options::defaults included; or a member of a JSON value, by its
    /// dotted path. Returns nullopt if neither was written. Walks the event's fields: some 50 ns for 40 of them.
    /// (A text with escapes in a JSON value is copied, which allocates.)
    [[nodiscard]] std::optional<FieldValue> find(Text key) const noexcept;
    /// The same for the rule set's `slot`-th watched key, without a walk: some 2 ns.
    [[nodiscard]] std::optional<FieldValue> watched(std::uint32_t slot) const noexcept;

private:
    friend struct detail::OpenEvent;
    friend const detail::Record* detail::only_record(const EventView& view, std::uint32_t slot) noexcept;
    friend const detail::OpenEvent& detail::event_of(const EventView& view) noexcept;
    EventView(const detail::OpenEvent& event, std::chrono::nanoseconds duration, bool failed) noexcept
        : event_(&event), duration_(duration), failed_(failed) {}

    const detail::OpenEvent* event_;
    std::chrono::nanoseconds duration_;
    bool failed_;
};

}  // namespace wideline

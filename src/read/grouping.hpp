// What events are grouped by: the value of a field, or the span of time in which they began.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "read/event_line.hpp"

namespace wideline::read {

/// One thread at a time.
class Grouping {
public:
    /// Takes what comes after the groups that there is room for. No JSON text looks like this.
    static constexpr std::string_view kOtherGroups = "(other groups)";

    [[nodiscard]] static Grouping by_field(std::string field) { return Grouping(std::move(field), std::nullopt); }
    /// `span` > 0; spans are counted from 1970, so that those of a day begin at midnight UTC.
    [[nodiscard]] static Grouping by_time(std::chrono::microseconds span) { return Grouping("timestamp", span); }

    /// What the group of an event depends on.
    [[nodiscard]] const std::string& field() const noexcept { return field_; }
    [[nodiscard]] std::optional<std::chrono::microseconds> span() const noexcept { return span_; }

    /// The group's key, by the value of field(): the value itself, or the beginning of its span as JSON text,
    /// "2026-11-23T22:00:00Z" in quotes, so that texts are in the order of time. Empty if the event is in none. Valid
    /// until the next call.
    [[nodiscard]] std::string_view key_of(JsonText value);
    /// Of a span of time by any moment in it. Valid until the next call.
    [[nodiscard]] std::string_view key_at(std::chrono::sys_time<std::chrono::microseconds> moment);

private:
    Grouping(std::string field, std::optional<std::chrono::microseconds> span)
        : field_(std::move(field)), span_(span) {}

    std::string field_;
    std::optional<std::chrono::microseconds> span_;
    std::string key_;
};

/// The beginning of a span, as a time, of a key that a grouping by time gave.
[[nodiscard]] std::optional<std::chrono::sys_time<std::chrono::microseconds>> beginning_of_span(std::string_view key);

}  // namespace wideline::read

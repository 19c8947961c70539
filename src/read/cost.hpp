// What events cost in their files: bytes by field and by rule, as lines and as they are stored.
//
// Lines that lie compressed are priced byte by byte (compressed_cost.hpp), and the prices of all are scaled so that
// they add up to the data frames' true size. Lines of a plain file cost what they are.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include "read/compressed_cost.hpp"
#include "read/event_line.hpp"
#include "read/field_slots.hpp"
#include "read/lines.hpp"
#include "read/selection.hpp"

namespace wideline::read {

struct Cost {
    std::uint64_t events = 0;
    double weight = 0;        ///< Sum of those events' sample_weight.
    std::uint64_t raw = 0;    ///< Bytes as lines, names, quotes and commas included.
    double stored = 0;        ///< Bytes in their file; whole numbers only in sum. After CostTally::settle().
    double priced_bits = 0;   ///< Of compressed lines, before it.
    std::uint64_t plain = 0;  ///< Bytes in plain files.

    void add(const Cost& other) noexcept;
};

/// Of the events that a selection takes: the others are priced with them, for a frame is compressed as a whole, but are
/// no part of what is told. One thread at a time. Memory: FieldSlots::kMostFields fields, kMostRules rules, and
/// CompressedCost's.
class CostTally {
public:
    static constexpr std::size_t kMostRules = 1000;
    /// Takes what comes after kMostRules rules. No JSON text looks like this.
    static constexpr std::string_view kOtherRules = "(other rules)";

    explicit CostTally(const Selection::Bounds& bounds = {}) : selection_(bounds) {}

    void add(const LineBatch& batch);
    void merge(CostTally&& other);
    /// Once, at the end: how many bytes all data frames take in their files.
    void settle(std::uint64_t compressed_bytes);

    /// By name, without its escapes.
    [[nodiscard]] std::vector<std::pair<std::string, Cost>> fields() const;
    /// By the JSON text of sample_rule; empty where an event has none.
    [[nodiscard]] const std::unordered_map<std::string, Cost>& rules() const noexcept { return rules_; }
    /// Braces and line ends, which belong to no field.
    [[nodiscard]] const Cost& frame_of_lines() const noexcept { return braces_; }
    [[nodiscard]] const Cost& other_fields() const noexcept { return fields_[FieldSlots::kOtherFields]; }
    [[nodiscard]] const Cost& bad_lines() const noexcept { return bad_lines_; }
    /// Events that the selection does not take.
    [[nodiscard]] const Cost& unselected() const noexcept { return unselected_; }
    /// All events.
    [[nodiscard]] const Cost& total() const noexcept { return total_; }
    /// Microseconds since 1970 UTC of the first and last event; the least is greater where no event has a time.
    [[nodiscard]] std::int64_t least_time() const noexcept { return least_time_; }
    [[nodiscard]] std::int64_t greatest_time() const noexcept { return greatest_time_; }

private:
    void add_line(std::string_view line, const float* prices);
    void note_time(JsonText timestamp);
    Cost& rule(std::string_view text);

    Selection selection_;
    FieldSlots slots_;
    std::vector<Cost> fields_ = std::vector<Cost>(FieldSlots::kMostFields + 1);
    std::unordered_map<std::string, Cost> rules_;
    Cost braces_;
    Cost bad_lines_;
    Cost unselected_;
    Cost total_;
    std::int64_t least_time_ = std::numeric_limits<std::int64_t>::max();
    std::int64_t greatest_time_ = std::numeric_limits<std::int64_t>::min();

    EventLine reader_{{}};
    std::vector<RawField> line_;
    std::string rule_key_;
    CompressedCost prices_;
};

}  // namespace wideline::read

// One thing that a search asks of an event, as people write it: `http.route=/checkout`, `duration_ms>500`, `timed out`.
//
//     EXPR     := KEY OPERATOR VALUE | WORD
//     OPERATOR := =  !=  <  <=  >  >=  ~          the first one in EXPR; what follows is the value as it stands
//
// A KEY may stand in double quotes, so that it can hold an operator; a WORD in double quotes is text and nothing else.
//
//     key=value    the field is the string, number, true, false or null that VALUE writes; of an array, an item is
//     key!=value   the field is there, is not null, and is not that; of an array, no item is
//     key<value …  a number by its value where VALUE is one, a string bytewise; of an array, an item is
//     key~regex    a string (or one in an array) matches somewhere, as wl::field(k).matches(…) does
//     word         a field of this name is there and not null, or a value has the text in it
//
// So every comparison with an absent field is false. Numbers are equal where their exact values are: 200 is 200.0 and
// 2e2. Two RFC 3339 times compare as times, to the microsecond, whatever their offsets and fractions.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wideline/event_view.hpp>

#include "journal/frame_index.hpp"
#include "platform/status.hpp"
#include "read/event_line.hpp"
#include "read/time_text.hpp"

namespace wideline::read {

/// Immutable; any number of threads.
class SearchTerm {
public:
    enum class Operator : std::uint8_t { equal, unequal, less, at_most, greater, at_least, matches, word };

    /// Fails with a sentence where the expression asks nothing: no key, an empty word, a regular expression that is
    /// none.
    [[nodiscard]] static platform::Result<SearchTerm> parse(std::string_view expression);
    /// `key` is exactly `value`, whatever characters are in them.
    [[nodiscard]] static SearchTerm equals(std::string key, std::string value);

    [[nodiscard]] Operator operation() const noexcept { return operator_; }
    [[nodiscard]] bool is_word() const noexcept { return operator_ == Operator::word; }
    [[nodiscard]] const std::string& key() const noexcept { return key_; }  ///< Empty of a word.
    [[nodiscard]] const std::string& value() const noexcept { return value_; }
    /// Whether `value` writes a number, true, false or null too, so that it is found in other bytes than its own.
    [[nodiscard]] bool is_text_alone() const noexcept;
    /// Whether a field of the word's name counts.
    [[nodiscard]] bool word_may_be_key() const noexcept { return word_may_be_key_; }

    /// Of a comparison: whether it holds of the field's value, which is empty where the event has no such field.
    [[nodiscard]] bool holds(JsonText value) const;
    /// Of a word: whether it is in one of the fields.
    [[nodiscard]] bool in_any(const std::vector<std::pair<std::string, JsonText>>& fields) const;
    /// False where no event of the frame can have it.
    [[nodiscard]] bool may_hold(const journal_files::FrameIndex& index) const noexcept;

private:
    SearchTerm() = default;

    [[nodiscard]] bool holds_of_scalar(JsonText value) const;
    [[nodiscard]] bool may_match(JsonText value) const noexcept;
    [[nodiscard]] bool equals_scalar(JsonText value) const;
    /// How a string's text and value_ stand to each other.
    [[nodiscard]] std::strong_ordering text_ordering(JsonText quoted) const;
    [[nodiscard]] std::partial_ordering number_ordering(JsonText value) const noexcept;
    [[nodiscard]] bool ordered(std::partial_ordering ordering) const noexcept;

    Operator operator_ = Operator::word;
    std::string key_;
    std::string value_;
    FieldValue number_;              // What value_ writes; of type null where that is no number.
    std::optional<TimePoint> time_;  // What value_ writes.
    bool word_may_be_key_ = false;
    std::shared_ptr<const std::regex> regex_;
    std::string required_;  // Of a regular expression: what is in every text that it matches.
};

}  // namespace wideline::read

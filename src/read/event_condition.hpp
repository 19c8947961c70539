// A condition on an event as people write it on a command line: key=value, key!=value, key<value, key<=value,
// key>value, key>=value, key~regex, or key alone.
#pragma once

#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <string_view>

#include "read/event_line.hpp"

namespace wideline::read {

/// One thread at a time: copies for others.
class EventCondition {
public:
    /// Throws std::invalid_argument, naming the text, where it has no key, or a regular expression that is none.
    explicit EventCondition(std::string_view text);

    [[nodiscard]] const std::string& key() const noexcept { return key_; }
    /// Of the field's value; empty where the event has none, which then holds for != alone. A number equals a number,
    /// however it is written, and all else is compared as text. `<` and the like are between numbers where both are,
    /// and else between texts, so times compare as they should.
    [[nodiscard]] bool holds(JsonText value) const;

private:
    enum class Test { equal, not_equal, less, less_equal, greater, greater_equal, matches, exists };

    std::string key_;
    Test test_ = Test::exists;
    std::string wanted_;
    std::optional<double> wanted_number_;
    std::optional<std::regex> pattern_;
};

}  // namespace wideline::read

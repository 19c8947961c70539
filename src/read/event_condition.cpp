#include "read/event_condition.hpp"

#include <stdexcept>

namespace wideline::read {

EventCondition::EventCondition(std::string_view text) {
    const std::size_t at = text.find_first_of("=!<>~");
    key_ = text.substr(0, at);
    if (key_.empty())
        throw std::invalid_argument("a condition is like key=value, key!=value, key>value or key~regex, not \"" +
                                    std::string(text) + "\"");
    if (at == std::string_view::npos) return;
    const char sign = text[at];
    const bool and_equal = at + 1 < text.size() && text[at + 1] == '=' && sign != '=' && sign != '~';
    if (sign == '!' && !and_equal)
        throw std::invalid_argument("a condition says key!=value, not \"" + std::string(text) + "\"");
    wanted_ = text.substr(at + (and_equal ? 2 : 1));
    wanted_number_ = number_of(wanted_);
    switch (sign) {
        case '=':
            test_ = Test::equal;
            break;
        case '!':
            test_ = Test::not_equal;
            break;
        case '<':
            test_ = and_equal ? Test::less_equal : Test::less;
            break;
        case '>':
            test_ = and_equal ? Test::greater_equal : Test::greater;
            break;
        default:
            test_ = Test::matches;
            break;
    }
    if (test_ != Test::matches) return;
    try {
        pattern_.emplace(wanted_, std::regex::ECMAScript | std::regex::optimize);
    } catch (const std::regex_error&) {
        throw std::invalid_argument("\"" + wanted_ + "\" is no regular expression (ECMAScript)");
    }
}

bool EventCondition::holds(JsonText value) const {
    if (value.empty()) return test_ == Test::not_equal;
    if (test_ == Test::exists) return true;
    const std::string text = unescaped(value);
    if (test_ == Test::matches) return std::regex_search(text, *pattern_);
    int order = text.compare(wanted_);
    if (const auto number = number_of(value); number && wanted_number_)
        order = *number < *wanted_number_ ? -1 : *number > *wanted_number_ ? 1 : 0;
    switch (test_) {
        case Test::equal:
            return order == 0;
        case Test::not_equal:
            return order != 0;
        case Test::less:
            return order < 0;
        case Test::less_equal:
            return order <= 0;
        case Test::greater:
            return order > 0;
        default:
            return order >= 0;
    }
}

}  // namespace wideline::read

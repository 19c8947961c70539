#include "read/search_term.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <system_error>

#include "journal/pair_filter.hpp"
#include "read/json_tokens.hpp"
#include "sampling/comparison.hpp"
#include "sampling/regex_search.hpp"

namespace wideline::read {
namespace {

using Operator = SearchTerm::Operator;

template <class Number>
bool reads_as(std::string_view text, Number& number) noexcept {
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && stopped == end;
}

/// Whether a number that no double holds is beyond the greatest one; else it is between 0 and the least.
bool is_beyond_doubles(std::string_view number) noexcept {
    const std::size_t exponent_at = std::min(number.find_first_of("eE"), number.size());
    const std::string_view digits = number.substr(0, exponent_at);
    const std::size_t point = std::min(digits.find('.'), digits.size());
    const std::size_t first = digits.find_first_of("123456789");
    std::string_view exponent = number.substr(std::min(exponent_at + 1, number.size()));
    const bool negative = exponent.starts_with('-');
    if (negative || exponent.starts_with('+')) exponent.remove_prefix(1);
    std::int64_t size = 0;
    if (!exponent.empty() && !reads_as(exponent, size)) return !negative;
    return static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first) + (negative ? -size : size) > 0;
}

/// The number that `text` writes; of type null where it writes none (infinities and NaN are none). One that is beyond
/// all doubles is beyond all others here too.
FieldValue number_in(std::string_view text) noexcept {
    FieldValue value;
    if (text.starts_with('+')) text.remove_prefix(1);
    if (text.empty()) return value;
    if (reads_as(text, value.int64)) {
        value.type = FieldValue::Type::int64;
        return value;
    }
    if (reads_as(text, value.uint64)) {
        value.type = FieldValue::Type::uint64;
        return value;
    }
    const char* const end = text.data() + text.size();
    double number = 0;
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (stopped != end) return value;
    if (error == std::errc::result_out_of_range) {
        number = is_beyond_doubles(text) ? std::numeric_limits<double>::infinity() : 0.0;
        if (text.starts_with('-')) number = -number;
    } else if (error != std::errc{} || !std::isfinite(number)) {
        return value;
    }
    value.float64 = number;
    value.type = FieldValue::Type::float64;
    return value;
}

/// Of whole numbers, by their digits: exact, however many they are.
std::strong_ordering compare_digits(std::string_view left, std::string_view right) noexcept {
    const auto take_sign = [](std::string_view& number) {
        const bool negative = number.starts_with('-');
        if (negative || number.starts_with('+')) number.remove_prefix(1);
        number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
        return negative && !number.empty();
    };
    const bool left_negative = take_sign(left);
    const bool right_negative = take_sign(right);
    if (left_negative != right_negative)
        return left_negative ? std::strong_ordering::less : std::strong_ordering::greater;
    const auto ordering = left.size() != right.size() ? left.size() <=> right.size() : left <=> right;
    return left_negative ? 0 <=> ordering : ordering;
}

bool is_whole(std::string_view number) noexcept {
    const std::size_t digits = number.find_first_not_of("-+");
    return digits != std::string_view::npos && number.find_first_not_of("0123456789", digits) == std::string_view::npos;
}

bool is_quoted(std::string_view text) { return text.size() >= 2 && text.front() == '"' && text.back() == '"'; }

/// The operator that `text` begins with, and its length; a word, and 0, where it begins with none.
std::pair<Operator, std::size_t> operator_at(std::string_view text) {
    if (text.starts_with("!=")) return {Operator::unequal, 2};
    if (text.starts_with("<=")) return {Operator::at_most, 2};
    if (text.starts_with(">=")) return {Operator::at_least, 2};
    if (text.starts_with('=')) return {Operator::equal, 1};
    if (text.starts_with('<')) return {Operator::less, 1};
    if (text.starts_with('>')) return {Operator::greater, 1};
    if (text.starts_with('~')) return {Operator::matches, 1};
    return {Operator::word, 0};
}

/// Where the first operator of an expression begins; its size where there is none.
std::size_t find_operator(std::string_view expression) {
    const std::size_t quote = expression.starts_with('"') ? expression.find('"', 1) : std::string_view::npos;
    if (quote != std::string_view::npos && operator_at(expression.substr(quote + 1)).second != 0) return quote + 1;
    if (is_quoted(expression)) return expression.size();
    for (std::size_t at = 0; at < expression.size(); ++at)
        if (operator_at(expression.substr(at)).second != 0) return at;
    return expression.size();
}

platform::Failure refusal(std::string sentence) { return {std::move(sentence), {}, {}, 0}; }

}  // namespace

platform::Result<SearchTerm> SearchTerm::parse(std::string_view expression) {
    SearchTerm term;
    const std::size_t at = find_operator(expression);
    std::string_view left = expression.substr(0, at);
    const bool quoted = is_quoted(left);
    if (quoted) left = left.substr(1, left.size() - 2);
    const auto [operation, length] = operator_at(expression.substr(at));
    if (left.empty() && !(quoted && operation != Operator::word))  // ""=value is of the empty key
        return refusal("the expression \"" + std::string(expression) +
                       "\" has no key; write key=value, or text in double quotes");
    term.operator_ = operation;
    if (operation == Operator::word) {
        term.value_ = left;
        term.word_may_be_key_ = !quoted;
        return term;
    }
    term.key_ = left;
    term.value_ = expression.substr(at + length);
    term.number_ = number_in(term.value_);
    term.time_ = parse_rfc3339(term.value_);
    if (operation != Operator::matches) return term;
    try {
        term.required_ = sampling::required_text(term.value_);
        term.regex_ = std::make_shared<const std::regex>(sampling::compile_search(term.value_));
    } catch (const std::invalid_argument& error) {
        const std::string_view sentence = error.what();
        const std::size_t why = sentence.find("\"): ");
        return refusal("the regular expression in \"" + std::string(expression) + "\" is not one: " +
                       std::string(why == std::string_view::npos ? sentence : sentence.substr(why + 4)));
    }
    return term;
}

SearchTerm SearchTerm::equals(std::string key, std::string value) {
    SearchTerm term;
    term.operator_ = Operator::equal;
    term.key_ = std::move(key);
    term.number_ = number_in(value);
    term.time_ = parse_rfc3339(value);
    term.value_ = std::move(value);
    return term;
}

bool SearchTerm::is_text_alone() const noexcept {
    return !number_.is_number() && !time_ && value_ != "true" && value_ != "false" && value_ != "null";
}

bool SearchTerm::holds(JsonText value) const {
    if (value.empty()) return false;
    const std::size_t wanted_depth = value.front() == '[' ? 1 : 0;
    const bool of_any = any_token(value, [&](JsonText token, std::size_t depth) {
        return depth == wanted_depth && value.front() != '{' && holds_of_scalar(token);
    });
    return operator_ == Operator::unequal ? !of_any && value != "null" : of_any;
}

/// An escape may stand for anything.
bool SearchTerm::may_match(JsonText value) const noexcept {
    return value.find(required_) != JsonText::npos || value.find('\\') != JsonText::npos;
}

/// Of `unequal`, whether the value is equal.
bool SearchTerm::holds_of_scalar(JsonText value) const {
    switch (operator_) {
        case Operator::equal:
        case Operator::unequal:
            return equals_scalar(value);
        case Operator::matches:
            return value.starts_with('"') && may_match(value) && sampling::search(*regex_, unescaped(value));
        default:
            return ordered(value.starts_with('"') ? text_ordering(value) : number_ordering(value));
    }
}

bool SearchTerm::equals_scalar(JsonText value) const {
    if (value.starts_with('"')) return text_ordering(value) == 0;
    if (const FieldValue number = number_in(value); number.is_number()) return number_ordering(value) == 0;
    return value == value_;
}

std::strong_ordering SearchTerm::text_ordering(JsonText quoted) const {
    const std::string text = unescaped(quoted);
    if (const auto time = time_ ? parse_rfc3339(text) : std::nullopt) return *time <=> *time_;
    return std::string_view(text) <=> std::string_view(value_);
}

std::partial_ordering SearchTerm::number_ordering(JsonText value) const noexcept {
    constexpr std::size_t kFits = 18;  // Digits, into 64 bits.
    if (std::max(value.size(), value_.size()) > kFits && number_.is_number() && is_whole(value) && is_whole(value_))
        return compare_digits(value, value_);
    return sampling::compare(number_in(value), number_);
}

bool SearchTerm::ordered(std::partial_ordering ordering) const noexcept {
    switch (operator_) {
        case Operator::less:
            return ordering < 0;
        case Operator::at_most:
            return ordering <= 0;
        case Operator::greater:
            return ordering > 0;
        default:
            return ordering >= 0;
    }
}

bool SearchTerm::in_any(const std::vector<std::pair<std::string, JsonText>>& fields) const {
    for (const auto& [key, value] : fields) {
        if (word_may_be_key_ && key == value_ && value != "null") return true;
        const auto has_word = [this](JsonText token, std::size_t) {
            if (token.find('\\') == JsonText::npos) {
                if (token.starts_with('"')) token = token.substr(1, token.size() - 2);
                return token.find(value_) != JsonText::npos;
            }
            return unescaped(token).find(value_) != std::string::npos;
        };
        if (any_token(value, has_word)) return true;
    }
    return false;
}

bool SearchTerm::may_hold(const journal_files::FrameIndex& index) const noexcept {
    return operator_ != Operator::equal || time_ || journal_files::may_contain(index.pair_filter, key_, value_);
}

}  // namespace wideline::read

// What an expression of grep means, said slowly: nlohmann_json takes the whole line apart, numbers are compared as long
// doubles (which hold every 64-bit integer and every double), and regular expressions are tried at every place.
#pragma once

#include <charconv>
#include <cstdlib>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace wideline::testing_read {

static_assert(std::numeric_limits<long double>::digits >= 64);

/// The number that a text writes, as far as a 64-bit integer or else a double can hold it.
inline std::optional<long double> plain_number(std::string text) {
    if (text.starts_with('+')) text.erase(0, 1);
    static const std::regex number(R"(-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?)");
    if (text.size() > 1000 || !std::regex_match(text, number)) return std::nullopt;
    const bool digits_alone = text.find_first_not_of("0123456789", text.starts_with('-') ? 1 : 0) == text.npos;
    if (digits_alone && text.size() < 20) return static_cast<long double>(std::strtoll(text.c_str(), nullptr, 10));
    std::uint64_t natural = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), natural).ptr == text.data() + text.size())
        if (natural != 0) return static_cast<long double>(natural);
    return static_cast<long double>(std::strtod(text.c_str(), nullptr));
}

struct PlainScalar {
    enum class Kind { string, number, word } kind = Kind::word;
    std::string text;  ///< Without quotes and escapes.
};

struct PlainField {
    std::string key;
    enum class Shape { scalar, array, object } shape = Shape::scalar;
    std::vector<PlainScalar> items;  ///< The scalar itself, or those directly in the array.
    std::vector<std::string> texts;  ///< Every string, number, word and name of a nested member in it.
};

/// The fields of a line, also those whose key is there twice.
class PlainEvent : public nlohmann::json_sax<nlohmann::json> {
public:
    /// Nothing where the line is no JSON object.
    static std::optional<std::vector<PlainField>> fields_of(std::string_view line) {
        PlainEvent event;
        if (line.find('\0') != line.npos) return std::nullopt;  // Which ends the text for the parser.
        const bool good = nlohmann::json::sax_parse(line.begin(), line.end(), &event);
        if (!good || !event.is_object_) return std::nullopt;
        return std::move(event.fields_);
    }

    bool null() override { return scalar({PlainScalar::Kind::word, "null"}); }
    bool boolean(bool value) override { return scalar({PlainScalar::Kind::word, value ? "true" : "false"}); }
    bool number_integer(number_integer_t value) override {
        // The parser gives no text of it, and -0 is the only integer of another one.
        return scalar({PlainScalar::Kind::number, value == 0 ? "-0" : std::to_string(value)});
    }
    bool number_unsigned(number_unsigned_t value) override {
        return scalar({PlainScalar::Kind::number, std::to_string(value)});
    }
    bool number_float(number_float_t, const string_t& text) override {
        return scalar({PlainScalar::Kind::number, text});
    }
    bool string(string_t& text) override { return scalar({PlainScalar::Kind::string, text}); }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return start(PlainField::Shape::object); }
    bool end_object() override { return end(); }
    bool start_array(std::size_t) override { return start(PlainField::Shape::array); }
    bool end_array() override { return end(); }
    bool key(string_t& text) override {
        if (depth_ == 1)
            fields_.push_back({text, PlainField::Shape::scalar, {}, {}});
        else
            fields_.back().texts.push_back(text);
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

private:
    bool scalar(PlainScalar value) {
        if (depth_ == 0) return false;
        PlainField& field = fields_.back();
        field.texts.push_back(value.text);
        const bool in_the_array = depth_ == 2 && field.shape == PlainField::Shape::array;
        if (depth_ == 1 || in_the_array) field.items.push_back(std::move(value));
        return true;
    }
    bool start(PlainField::Shape shape) {
        if (depth_ == 0) is_object_ = shape == PlainField::Shape::object;
        if (depth_ == 0 && !is_object_) return false;
        if (depth_ == 1) fields_.back().shape = shape;
        ++depth_;
        return true;
    }
    bool end() {
        --depth_;
        return true;
    }

    std::size_t depth_ = 0;
    bool is_object_ = false;
    std::vector<PlainField> fields_;
};

class PlainExpression {
public:
    /// Nothing where it asks nothing, or its regular expression is none.
    static std::optional<PlainExpression> parse(const std::string& text) {
        PlainExpression expression;
        std::size_t at = text.size();
        std::string left = text;
        const std::size_t quote = text.starts_with('"') ? text.find('"', 1) : text.npos;
        if (quote != text.npos && !operator_at(text, quote + 1).empty())
            at = quote + 1;
        else if (!is_quoted(text))
            for (at = 0; at < text.size() && operator_at(text, at).empty();) ++at;
        expression.operator_ = operator_at(text, at);
        left.resize(at);
        const bool quoted = is_quoted(left);
        if (quoted) left = left.substr(1, left.size() - 2);
        if (left.empty()) return std::nullopt;
        expression.left_ = left;
        expression.names_ = !quoted;
        if (expression.operator_.empty()) return expression;
        expression.right_ = text.substr(at + expression.operator_.size());
        if (expression.operator_ == "~") {
            try {
                expression.regex_ = std::regex(expression.right_, kFlags);
            } catch (const std::regex_error&) {
                return std::nullopt;
            }
        }
        return expression;
    }

    [[nodiscard]] bool holds(const std::vector<PlainField>& fields) const {
        if (operator_.empty()) return word_is_in(fields);
        for (const PlainField& field : fields)
            if (field.key == left_) return holds_of(field);  // Of a key that is there twice the first counts.
        return false;
    }

private:
    static constexpr auto kFlags = std::regex::ECMAScript | std::regex_constants::__polynomial;
    static constexpr std::size_t kSearchedBytes = 4096;

    static bool is_quoted(std::string_view text) {
        return text.size() >= 2 && text.front() == '"' && text.back() == '"';
    }
    static std::string operator_at(std::string_view text, std::size_t at) {
        for (const std::string_view each : {"!=", "<=", ">=", "=", "<", ">", "~"})
            if (text.substr(std::min(at, text.size())).starts_with(each)) return std::string(each);
        return {};
    }

    [[nodiscard]] bool word_is_in(const std::vector<PlainField>& fields) const {
        for (const PlainField& field : fields) {
            const bool is_null = field.shape == PlainField::Shape::scalar &&
                                 field.items[0].kind == PlainScalar::Kind::word && field.items[0].text == "null";
            if (names_ && field.key == left_ && !is_null) return true;
            for (const std::string& text : field.texts)
                if (text.find(left_) != text.npos) return true;
        }
        return false;
    }

    [[nodiscard]] bool holds_of(const PlainField& field) const {
        if (operator_ == "!=") {
            for (const PlainScalar& item : field.items) {
                if (equal(item)) return false;
                if (field.shape == PlainField::Shape::scalar && item.kind == PlainScalar::Kind::word &&
                    item.text == "null")
                    return false;
            }
            return true;
        }
        for (const PlainScalar& item : field.items)
            if (holds_of(item)) return true;
        return false;
    }

    [[nodiscard]] bool holds_of(const PlainScalar& item) const {
        if (operator_ == "=") return equal(item);
        if (operator_ == "~") {
            if (item.kind != PlainScalar::Kind::string) return false;
            const std::string text = item.text.substr(0, kSearchedBytes);
            return std::regex_search(text, *regex_);
        }
        if (item.kind == PlainScalar::Kind::string) return ordered(item.text.compare(right_));
        const auto left = item.kind == PlainScalar::Kind::number ? plain_number(item.text) : std::nullopt;
        const auto right = plain_number(right_);
        if (!left || !right) return false;
        return ordered(*left < *right ? -1 : *left > *right ? 1 : 0);
    }

    [[nodiscard]] bool equal(const PlainScalar& item) const {
        if (item.kind != PlainScalar::Kind::number) return item.text == right_;
        const auto right = plain_number(right_);
        return right && *plain_number(item.text) == *right;
    }

    [[nodiscard]] bool ordered(int sign) const {
        if (operator_ == "<") return sign < 0;
        if (operator_ == "<=") return sign <= 0;
        return operator_ == ">" ? sign > 0 : sign >= 0;
    }

    std::string left_;
    bool names_ = false;  // A word may be a field's name.
    std::string operator_;
    std::string right_;
    std::optional<std::regex> regex_;
};

}  // namespace wideline::testing_read

// What an event comes to, computed the slow way: each write at once, on a plain ordered JSON object.
#pragma once

#include <wideline/limits.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "hostile_text.hpp"

namespace event_test {

class EventModel {
public:
    using Json = nlohmann::ordered_json;
    __extension__ using Wide = __int128;

    /// How an array came to be decides what becomes of it when something is appended.
    enum class Kind { value, range, appended };

    explicit EventModel(const wideline::Limits& limits) : limits_(limits) {}

    /// Whether something was certainly cut or left out of the event as it is.
    [[nodiscard]] bool truncated() const {
        return truncated_ || std::any_of(fields_.begin(), fields_.end(), [](const Field& field) { return field.cut; });
    }
    /// Whether an array was cut that was replaced later: that may have been noticed, or not.
    [[nodiscard]] bool may_be_truncated() const { return may_be_truncated_; }
    void truncate() { truncated_ = true; }
    [[nodiscard]] const wideline::Limits& limits() const { return limits_; }

    /// A run-time key as it is written; nothing where it may not be.
    std::optional<std::string> key(std::string_view text) {
        if (text.empty() || wideline::detail::is_stamped(text)) {
            truncate();
            return std::nullopt;
        }
        const std::string valid = valid_text(cut_text(text, 128));
        if (text.size() > 128 || valid.size() > 128) truncate();
        return cut_text(valid, 128);
    }
    std::string text(std::string_view text) {
        if (text.size() > limits_.string_bytes) truncate();
        return valid_text(cut_text(text, limits_.string_bytes));
    }
    /// Within the limits; `depth` is 1 for what stands in the field itself.
    Json nested(const nlohmann::json& value, std::uint32_t depth) {
        if (value.is_string()) return text(value.get<std::string>());
        if (value.is_number_float()) return value.get<double>();
        if (!value.is_structured()) return Json::parse(value.dump());
        if (depth > limits_.depth) {
            truncate();
            return nullptr;
        }
        Json out = value.is_array() ? Json::array() : Json::object();
        for (const auto& [name, inner] : value.items()) {
            if (out.size() == limits_.array_items) {
                truncate();
                break;
            }
            if (value.is_array())
                out.push_back(nested(inner, depth + 1));
            else
                out[text(name)] = nested(inner, depth + 1);
        }
        return out;
    }

    void set(const std::string& key, Json value, Kind kind) {
        if (Field* const field = at(key)) *field = {key, std::move(value), kind, false};
    }
    void append(const std::string& key, Json value) {
        Field* const field = at(key);
        if (field == nullptr) return;
        if (field->value.is_discarded())
            field->value = Json::array();
        else if (field->kind == Kind::value)
            field->value = Json::array({field->value});
        field->kind = Kind::appended;
        field->value.push_back(std::move(value));
        if (field->value.size() > limits_.array_items) field->cut = may_be_truncated_ = true;
    }
    void add(const std::string& key, const Json& number) {
        Field* const field = at(key);
        if (field == nullptr) return;
        const Json sum = field->value.is_number() ? sum_of(field->value, number) : number;
        *field = {key, sum, Kind::value, false};
    }
    void maximum(const std::string& key, const Json& number) {
        Field* const field = at(key);
        if (field == nullptr) return;
        const bool keep = field->value.is_number() && !is_nan(field->value) && !is_greater(number, field->value);
        if (!keep) *field = {key, number, Kind::value, false};
    }
    /// Whether adding is free of rounding, so that the order in which it is done does not matter.
    [[nodiscard]] bool adds_exactly(const std::string& key, const Json& number) const {
        const Field* field = nullptr;
        for (const Field& one : fields_)
            if (one.key == key) field = &one;
        if (field == nullptr || !field->value.is_number()) return true;
        const Json& old = field->value;
        if (old.is_number_integer() && number.is_number_integer()) {
            const Wide sum = wide(old) + wide(number);
            return sum >= std::numeric_limits<std::int64_t>::min() && sum <= std::numeric_limits<std::uint64_t>::max();
        }
        const auto is_small = [](double value) {
            return std::fabs(value) < 1e12 && std::floor(value * 4) == value * 4;
        };
        return is_small(old.get<double>()) && is_small(number.get<double>());
    }

    /// NaN and infinities become null when it is dumped, as in the line.
    [[nodiscard]] Json event() const {
        Json out = Json::object();
        for (const Field& field : fields_) out[field.key] = field.cut ? ends_of(field.value) : field.value;
        return out;
    }

private:
    struct Field {
        std::string key;
        Json value;  // discarded: not written yet
        Kind kind;
        bool cut;  // appended to past the limit
    };

    Field* at(const std::string& key) {
        for (Field& field : fields_)
            if (field.key == key) return &field;
        if (fields_.size() == limits_.fields) {
            truncate();
            return nullptr;
        }
        fields_.push_back({key, Json(Json::value_t::discarded), Kind::value, false});
        return &fields_.back();
    }
    /// The first 64 and the last of the rest; of a lower limit, half of each.
    [[nodiscard]] Json ends_of(const Json& items) const {
        const std::size_t most = limits_.array_items;
        const std::size_t first = most > 64 ? 64 : most / 2;
        Json kept = Json::array();
        for (std::size_t i = 0; i < first; ++i) kept.push_back(items[i]);
        for (std::size_t i = items.size() - (most - first); i < items.size(); ++i) kept.push_back(items[i]);
        return kept;
    }
    static Wide wide(const Json& number) {
        return number.is_number_unsigned() ? Wide{number.get<std::uint64_t>()} : Wide{number.get<std::int64_t>()};
    }
    static bool is_nan(const Json& number) { return number.is_number_float() && std::isnan(number.get<double>()); }
    static bool is_greater(const Json& a, const Json& b) {
        if (a.is_number_integer() && b.is_number_integer()) return wide(a) > wide(b);
        return a.get<double>() > b.get<double>();
    }
    static Json sum_of(const Json& a, const Json& b) {
        if (!a.is_number_integer() || !b.is_number_integer()) return a.get<double>() + b.get<double>();
        const Wide sum = wide(a) + wide(b);
        if (sum < 0) return static_cast<std::int64_t>(sum);
        return static_cast<std::uint64_t>(sum);
    }

    const wideline::Limits& limits_;
    std::vector<Field> fields_;
    bool truncated_ = false;
    bool may_be_truncated_ = false;
};

}  // namespace event_test

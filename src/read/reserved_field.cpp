#include "read/reserved_field.hpp"

#include <algorithm>

namespace wideline::read {

double weight_of(JsonText sample_weight, std::string_view line) noexcept {
    if (const auto weight = number_of(sample_weight)) [[likely]]
        return std::max(0.0, *weight);
    return line.find("\"sample_rule\":") == line.npos ? 1 : 0;
}

double weight_in(std::span<const RawField> fields) {
    const auto find = [&](std::string_view key) {
        return std::find_if(fields.begin(), fields.end(),
                            [key](const RawField& field) { return key_is(field.key, key); });
    };
    const auto weight = find("sample_weight");
    if (const auto number = weight == fields.end() ? std::nullopt : number_of(weight->value))
        return std::max(0.0, *number);
    return find("sample_rule") == fields.end() ? 1 : 0;
}

std::optional<TimePoint> time_of(JsonText timestamp) {
    if (timestamp.size() < 2 || timestamp.front() != '"') return std::nullopt;
    if (timestamp.find('\\') != JsonText::npos) return parse_rfc3339(unescaped(timestamp));
    return parse_rfc3339(timestamp.substr(1, timestamp.size() - 2));
}

}  // namespace wideline::read

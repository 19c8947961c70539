#include "read/reserved_field.hpp"

#include <algorithm>

namespace wideline::read {

double weight_of(JsonText sample_weight) noexcept { return std::max(0.0, number_of(sample_weight).value_or(1)); }

double weight_in(std::span<const RawField> fields) {
    for (const auto& [key, value] : fields)
        if (key_is(key, "sample_weight")) return weight_of(value);
    return 1;
}

std::optional<TimePoint> time_of(JsonText timestamp) {
    if (timestamp.size() < 2 || timestamp.front() != '"') return std::nullopt;
    if (timestamp.find('\\') != JsonText::npos) return parse_rfc3339(unescaped(timestamp));
    return parse_rfc3339(timestamp.substr(1, timestamp.size() - 2));
}

}  // namespace wideline::read

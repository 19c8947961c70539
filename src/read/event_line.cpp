#include "read/event_line.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "encoding/json_walk.hpp"
#include "read/byte_window.hpp"
#include "read/lines.hpp"

namespace wideline::read {
namespace {

using json_text::JsonWalk;

static_assert(kReadableBehind >= json_text::kWalkReadsBehind);

}  // namespace

EventLine::EventLine(std::vector<std::string> keys) : keys_(std::move(keys)), values_(keys_.size()) {}

bool EventLine::read(std::string_view line) {
    std::fill(values_.begin(), values_.end(), JsonText());
    JsonWalk walk(without_mark(line), JsonWalk::Over::object);
    JsonWalk::Member member;
    std::size_t missing = keys_.size();
    while (walk.next(member)) {
        if (missing == 0) continue;
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            if (!values_[i].empty() || !key_is(member.key, keys_[i])) continue;
            values_[i] = member.value;
            --missing;
        }
    }
    return walk.whole();
}

bool EventLine::read_raw(std::string_view line, std::vector<RawField>& fields) {
    fields.clear();
    JsonWalk walk(without_mark(line), JsonWalk::Over::object);
    for (JsonWalk::Member member; walk.next(member);) fields.push_back({member.key, member.value});
    return walk.whole();
}

bool EventLine::read_all(std::string_view line, std::vector<std::pair<std::string, JsonText>>& fields) {
    fields.clear();
    if (!read_raw(line, raw_)) return false;
    for (const auto& [key, value] : raw_)
        fields.emplace_back(unescaped(std::string("\"").append(key).append("\"")), value);
    return true;
}

bool is_failure(JsonText outcome) {
    if (outcome.empty() || outcome == "null") return false;
    if (outcome.front() != '"') return true;
    const std::string text = unescaped(outcome);
    return text != "success" && text != "cancelled";
}

bool key_is(std::string_view escaped, std::string_view wanted) {
    if (escaped == wanted) return true;
    if (escaped.find('\\') == std::string_view::npos) return false;
    return unescaped(std::string("\"").append(escaped).append("\"")) == wanted;
}

std::optional<double> number_of(JsonText value) noexcept {
    double number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc{} || end != value.data() + value.size() || !std::isfinite(number)) return std::nullopt;
    return number;
}

}  // namespace wideline::read

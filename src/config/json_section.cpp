#include "config/json_section.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace wideline::config {

void Section::allow(const std::vector<std::string_view>& keys) const {
    if (!json_->is_object()) refuse("an object is expected here");
    for (const auto& [key, value] : json_->items()) {
        if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
        std::string known;
        for (const std::string_view one : keys) known.append(known.empty() ? "" : ", ").append(one);
        throw Wrong(path_ + '\n' + key, "\"" + key + "\" is not known here: there may be " + known);
    }
}

Section Section::at(std::string_view key) const {
    if (!json_->is_object()) refuse("an object is expected here");
    const auto found = json_->find(key);
    if (found == json_->end()) refuse("\"" + std::string(key) + "\" is missing");
    return {*found, path_ + '\n' + std::string(key)};
}

std::vector<Section> Section::items() const {
    if (!json_->is_array()) refuse("an array is expected here");
    std::vector<Section> items;
    for (std::size_t i = 0; i < json_->size(); ++i) items.emplace_back((*json_)[i], path_ + '\n' + std::to_string(i));
    return items;
}

std::string Section::text() const {
    if (!json_->is_string()) refuse("a text is expected here");
    return json_->get<std::string>();
}

std::vector<std::string> Section::texts() const {
    std::vector<std::string> texts;
    for (const Section& item : items()) texts.push_back(item.text());
    return texts;
}

bool Section::boolean() const {
    if (!json_->is_boolean()) refuse("true or false is expected here");
    return json_->get<bool>();
}

double Section::number() const {
    if (!json_->is_number()) refuse("a number is expected here");
    return json_->get<double>();
}

std::uint64_t Section::whole() const {
    if (!json_->is_number_unsigned()) refuse("a whole number, not negative, is expected here");
    return json_->get<std::uint64_t>();
}

std::chrono::nanoseconds Section::duration() const {
    constexpr std::pair<std::string_view, double> kUnits[] = {{"ns", 1},     {"us", 1e3},   {"ms", 1e6},   {"s", 1e9},
                                                              {"min", 60e9}, {"h", 3600e9}, {"d", 86400e9}};
    constexpr double kLongestNs = 9.2e18;
    const std::string written = json_->is_string() ? json_->get<std::string>() : std::string();
    double count = 0;
    const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), count);
    const std::string_view unit(end, static_cast<std::size_t>(written.data() + written.size() - end));
    for (const auto& [name, ns] : kUnits)
        if (error == std::errc() && unit == name && std::abs(count * ns) < kLongestNs)
            return std::chrono::nanoseconds(static_cast<std::int64_t>(std::llround(count * ns)));
    refuse("a duration is expected here, as \"500ms\": a number and ns, us, ms, s, min, h or d");
}

}  // namespace wideline::config

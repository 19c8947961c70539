#include "sampling/learned.hpp"

#include <algorithm>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace wideline::sampling {

namespace {

constexpr int kVersion = 1;
constexpr std::size_t kMostNames = 65'535;
constexpr std::uint32_t kPercentileKeys = 500;

/// A cap is to be felt soon: its one rate follows the traffic of the last seconds.
constexpr Throughput::Pace kCapPace{.interval_s = 1, .first_s = 0.1};
constexpr const char* kCap = "at_most";

/// One text for a rule and its settings; names have no control characters, so that no two make the same.
std::string identity(std::string_view rule, std::string_view setting, std::span<const std::string> fields) {
    std::string text = std::string(rule).append(1, '\n').append(setting);
    for (const std::string& field : fields) text += '\n' + field;
    return text;
}

template <class T, class Make>
T& found_or_made(std::map<std::string, std::unique_ptr<T>>& in, const std::string& key, Make make) {
    std::unique_ptr<T>& place = in[key];
    if (place == nullptr) place = make();
    return *place;
}

}  // namespace

std::uint16_t Learned::rule_number(std::string_view name) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find(names_.begin(), names_.end(), name);
    const auto number = static_cast<std::size_t>(found - names_.begin());
    if (number >= kMostNames)
        throw std::invalid_argument("wideline: the sampling rule \"" + std::string(name) +
                                    "\" is one too many: 65535 have been named since the recorder began");
    if (found == names_.end()) names_.emplace_back(name);
    return static_cast<std::uint16_t>(number);
}

std::vector<std::string> Learned::rule_names() const {
    const std::lock_guard lock(mutex_);
    return names_;
}

AdaptiveRate& Learned::adaptive(std::string_view rule, const AdaptiveBudget& budget) {
    const bool bytes = budget.bytes_per_second > 0;
    const double per_second = bytes ? budget.bytes_per_second : budget.events_per_second;
    const std::string key = identity(
        rule, (bytes ? "bytes " : "events ") + std::to_string(per_second) + " keys " + std::to_string(budget.max_keys),
        budget.by);
    const std::lock_guard lock(mutex_);
    return found_or_made(adaptive_, key, [&] {
        auto made =
            std::make_unique<AdaptiveRate>(per_second, bytes ? AdaptiveRate::Unit::bytes : AdaptiveRate::Unit::events,
                                           static_cast<std::uint32_t>(budget.max_keys));
        if (const auto known = restored_.find(key); known != restored_.end()) made->remember(known->second);
        return made;
    });
}

AdaptiveRate& Learned::at_most(double events_per_second) {
    const std::lock_guard lock(mutex_);
    return found_or_made(adaptive_, identity("", kCap, {}) + std::to_string(events_per_second), [&] {
        return std::make_unique<AdaptiveRate>(events_per_second * kExpectedOne, AdaptiveRate::Unit::events, 1,
                                              kCapPace);
    });
}

PercentileRule& Learned::percentile(std::string_view rule, double percentile, std::span<const std::string> by) {
    const std::lock_guard lock(mutex_);
    return found_or_made(percentiles_, identity(rule, std::to_string(percentile), by),
                         [&] { return std::make_unique<PercentileRule>(percentile, kPercentileKeys); });
}

SeenTable& Learned::seen(std::string_view rule, std::span<const std::string> fields, std::chrono::nanoseconds ttl,
                         SeenTable::Counts counts) {
    const char* const prefix = counts == SeenTable::Counts::first ? "once " : "";
    const std::lock_guard lock(mutex_);
    return found_or_made(seen_, identity(rule, prefix + std::to_string(ttl.count()), fields),
                         [&] { return std::make_unique<SeenTable>(ttl, counts); });
}

void Learned::adjust(std::int64_t now_ns, double json_ratio) {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, rate] : adaptive_) rate->adjust_if_due(now_ns, json_ratio);
    for (const auto& [key, percentile] : percentiles_) percentile->adjust(now_ns);
}

std::string Learned::save() const {
    nlohmann::json rules = nlohmann::json::object();
    {
        const std::lock_guard lock(mutex_);
        if (adaptive_.empty()) return {};
        for (const auto& [key, rate] : adaptive_) {
            nlohmann::json traffic = nlohmann::json::array();
            for (const auto& [hash, per_second] : rate->traffic()) traffic.push_back({hash, per_second});
            rules[key] = std::move(traffic);
        }
    }
    return nlohmann::json{{"version", kVersion}, {"events_per_second_by_rule_and_key", rules}}.dump(
        -1, ' ', true, nlohmann::json::error_handler_t::replace);
}

void Learned::restore(std::string_view text) {
    const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
    try {
        if (json.at("version") != kVersion) return;
        decltype(restored_) restored;
        for (const auto& [key, traffic] : json.at("events_per_second_by_rule_and_key").items())
            for (const nlohmann::json& one : traffic) {
                const double per_second = one.at(1).get<double>();
                if (per_second > 0 && per_second < 1e12)
                    restored[key].emplace_back(one.at(0).get<std::uint64_t>(), per_second);
            }
        const std::lock_guard lock(mutex_);
        restored_ = std::move(restored);
    } catch (const nlohmann::json::exception&) {
        // Not ours, or cut short: rules begin anew.
    }
}

}  // namespace wideline::sampling

#include "sampling/learned.hpp"

#include <algorithm>
#include <stdexcept>

#include <nlohmann/json.hpp>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace wideline::sampling {

namespace {

constexpr int kVersion = 1;
constexpr std::size_t kMostNames = 65'535;
constexpr std::uint32_t kPercentileKeys = 500;
const std::string kEvents = "events ";
const std::string kBytes = "bytes ";
constexpr const char* kAcross = " across processes";

/// One text for a rule and its settings; names have no control characters, so that no two make the same.
std::string identity(std::string_view rule, std::string_view setting, std::span<const std::string> fields) {
    std::string text = std::string(rule).append(1, '\n').append(setting);
    for (const std::string& field : fields) text += '\n' + field;
    return text;
}

AdaptiveRate::Settings settings_of(const AdaptiveBudget& budget) {
    const bool bytes = budget.bytes_per_second > 0;
    return {.per_second = bytes ? budget.bytes_per_second : budget.events_per_second,
            .unit = bytes ? AdaptiveRate::Unit::bytes : AdaptiveRate::Unit::events,
            .share = budget.share,
            .max_keys = static_cast<std::uint32_t>(budget.max_keys),
            .interval_s = std::chrono::duration<double>(budget.interval).count(),
            .at_least_per_key = budget.at_least_per_key,
            .initial_probability = budget.initial_probability.value_or(budget.share > 0 ? budget.share : 1)};
}

/// What makes a budget another one. What is as it is unless said is not named: saved rates are found by this text.
std::string text_of(const AdaptiveBudget& budget, const AdaptiveRate::Settings& settings) {
    const bool bytes = settings.unit == AdaptiveRate::Unit::bytes;
    std::string text = budget.share > 0 ? "share " + std::to_string(budget.share)
                                        : (bytes ? kBytes : kEvents) + std::to_string(settings.per_second);
    text += " keys " + std::to_string(budget.max_keys);
    if (budget.at_least_per_key > 0) text += " least " + std::to_string(budget.at_least_per_key);
    if (budget.interval != AdaptiveBudget{}.interval) text += " interval " + std::to_string(budget.interval.count());
    if (budget.across_processes) text += kAcross;
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

std::uint64_t Learned::shared_number(bool across_processes, std::string_view identity) {
    if (!across_processes) return 0;
    if (parts_ == nullptr && shared_file_.empty())
        trouble_ = "a budget is not shared across processes: that needs a journal";
    if (parts_ == nullptr && !shared_file_.empty()) {
        auto opened = ProcessParts::open(shared_file_, platform::FileSystem::real());
        if (opened.ok())
            parts_ = std::move(opened.value());
        else
            trouble_ = "a budget is not shared across processes: " + opened.failure().sentence();
    }
    return parts_ == nullptr ? 0 : XXH3_64bits(identity.data(), identity.size()) | 1;
}

double Learned::part(std::uint64_t shared, double comes_per_second, std::int64_t now_ns) noexcept {
    return shared == 0 ? 1 : parts_->part(shared, comes_per_second, now_ns);
}

std::string Learned::take_trouble() {
    const std::lock_guard lock(mutex_);
    return std::exchange(trouble_, {});
}

AdaptiveRate& Learned::adaptive(std::string_view rule, const AdaptiveBudget& budget) {
    const AdaptiveRate::Settings settings = settings_of(budget);
    const std::string key = identity(rule, text_of(budget, settings), budget.by);
    const std::lock_guard lock(mutex_);
    Budgeted<AdaptiveRate>& place = adaptive_[key];
    if (place.of == nullptr) {
        auto made = std::make_unique<AdaptiveRate>(settings);
        if (const auto known = restored_.find(key); known != restored_.end()) made->remember(known->second);
        place = {std::move(made), shared_number(budget.across_processes && settings.share == 0, key)};
    }
    return *place.of;
}

Ceiling& Learned::at_most(const Cap& cap) {
    const bool bytes = cap.bytes_per_second > 0;
    const double per_second = bytes ? cap.bytes_per_second : cap.events_per_second;
    const std::string key =
        std::string(bytes ? kBytes : kEvents) + std::to_string(per_second) + (cap.across_processes ? kAcross : "");
    const std::lock_guard lock(mutex_);
    Budgeted<Ceiling>& place = ceilings_[key];
    if (place.of == nullptr)
        place = {std::make_unique<Ceiling>(per_second, bytes), shared_number(cap.across_processes, "at_most\n" + key)};
    return *place.of;
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
    for (const auto& [key, rate] : adaptive_)
        rate.of->look(now_ns, json_ratio, part(rate.shared, rate.of->comes_per_second(), now_ns));
    for (const auto& [key, ceiling] : ceilings_)
        ceiling.of->look(now_ns, json_ratio, part(ceiling.shared, ceiling.of->asked_per_second(), now_ns));
    for (const auto& [key, percentile] : percentiles_) percentile->adjust(now_ns);
}

std::string Learned::save() const {
    nlohmann::json rules = nlohmann::json::object();
    {
        const std::lock_guard lock(mutex_);
        if (adaptive_.empty()) return {};
        for (const auto& [key, rate] : adaptive_) {
            nlohmann::json traffic = nlohmann::json::array();
            for (const auto& [hash, per_second] : rate.of->traffic()) traffic.push_back({hash, per_second});
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

// What a recorder's samplers share, from the first one through all reloads: their rules' numbers, and what the rules
// that adapt have learned from the requests before. A reload that leaves a rule as it was leaves what it knows, and so
// does a restart (save and restore).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wideline/sampler.hpp>

#include "sampling/adaptive_rate.hpp"
#include "sampling/percentile_rule.hpp"
#include "sampling/seen_table.hpp"

namespace wideline::sampling {

class Learned {
public:
    static constexpr double kExpectedOne = 0x1p20;

    // At set-up and at reload, by any thread. What a name and the same settings were given before is given again.

    /// Throws std::invalid_argument where 65,535 rules have been named before.
    [[nodiscard]] std::uint16_t rule_number(std::string_view name);
    [[nodiscard]] std::vector<std::string> rule_names() const;
    [[nodiscard]] AdaptiveRate& adaptive(std::string_view rule, const AdaptiveBudget& budget);
    /// What takes part in it counts kExpectedOne times the probability that its rule gave it.
    [[nodiscard]] AdaptiveRate& at_most(double events_per_second);
    [[nodiscard]] PercentileRule& percentile(std::string_view rule, double percentile, std::span<const std::string> by);
    [[nodiscard]] SeenTable& seen(std::string_view rule, std::span<const std::string> fields,
                                  std::chrono::nanoseconds ttl, SeenTable::Counts counts);

    /// Fixes the rates for the requests that end from now on. Called some hundred times a second by one thread, with
    /// the time of a monotonic clock; does work where it is due.
    /// `json_ratio`: bytes of a JSON line for each byte that its event takes while it is written.
    void adjust(std::int64_t now_ns, double json_ratio);

    /// The keys of adaptive rules and their traffic, as JSON text: a rule without it begins by keeping everything.
    /// Empty where there are none.
    [[nodiscard]] std::string save() const;
    /// Before the samplers are made. Text that save() did not write is ignored.
    void restore(std::string_view text);

private:
    mutable std::mutex mutex_;
    std::vector<std::string> names_;                                 // of rules, by number
    std::map<std::string, std::unique_ptr<AdaptiveRate>> adaptive_;  // by rule and settings
    std::map<std::string, std::unique_ptr<PercentileRule>> percentiles_;
    std::map<std::string, std::unique_ptr<SeenTable>> seen_;
    std::map<std::string, std::vector<std::pair<std::uint64_t, double>>> restored_;  // as adaptive_
};

}  // namespace wideline::sampling

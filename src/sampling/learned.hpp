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
#include "sampling/ceiling.hpp"
#include "sampling/percentile_rule.hpp"
#include "sampling/process_parts.hpp"
#include "sampling/seen_table.hpp"

namespace wideline::sampling {

class Learned {
public:
    /// `shared_file`: by which budgets are shared with other processes, those that say so. None where it is empty.
    explicit Learned(std::string shared_file = {}) : shared_file_(std::move(shared_file)) {}

    // At set-up and at reload, by any thread. What a name and the same settings were given before is given again.

    /// Throws std::invalid_argument where 65,535 rules have been named before.
    [[nodiscard]] std::uint16_t rule_number(std::string_view name);
    [[nodiscard]] std::vector<std::string> rule_names() const;
    [[nodiscard]] AdaptiveRate& adaptive(std::string_view rule, const AdaptiveBudget& budget);
    [[nodiscard]] Ceiling& at_most(const Cap& cap);
    [[nodiscard]] PercentileRule& percentile(std::string_view rule, double percentile, std::span<const std::string> by);
    [[nodiscard]] SeenTable& seen(std::string_view rule, std::span<const std::string> fields,
                                  std::chrono::nanoseconds ttl, SeenTable::Counts counts);

    /// Fixes the rates for the requests that end from now on. Called some hundred times a second by one thread, with
    /// the time of a monotonic clock; does work where it is due.
    /// `json_ratio`: bytes of a JSON line for each byte that its event takes while it is written.
    void adjust(std::int64_t now_ns, double json_ratio);

    /// Why budgets are not shared that should be, once; empty if all is well.
    [[nodiscard]] std::string take_trouble();

    /// The keys of adaptive rules and their traffic, as JSON text: a rule without it begins by keeping everything.
    /// Empty where there are none.
    [[nodiscard]] std::string save() const;
    /// Before the samplers are made. Text that save() did not write is ignored.
    void restore(std::string_view text);

private:
    /// What has a budget, and the number by which other processes know the budget; 0 if it is this process's alone.
    template <class T>
    struct Budgeted {
        std::unique_ptr<T> of;
        std::uint64_t shared = 0;
    };

    [[nodiscard]] std::uint64_t shared_number(bool across_processes, std::string_view identity);
    [[nodiscard]] double part(std::uint64_t shared, double comes_per_second, std::int64_t now_ns) noexcept;

    mutable std::mutex mutex_;
    const std::string shared_file_;
    std::unique_ptr<ProcessParts> parts_;  // opened when the first budget is shared
    std::string trouble_;
    std::vector<std::string> names_;                          // of rules, by number
    std::map<std::string, Budgeted<AdaptiveRate>> adaptive_;  // by rule and settings
    std::map<std::string, Budgeted<Ceiling>> ceilings_;       // by settings
    std::map<std::string, std::unique_ptr<PercentileRule>> percentiles_;
    std::map<std::string, std::unique_ptr<SeenTable>> seen_;
    std::map<std::string, std::vector<std::pair<std::uint64_t, double>>> restored_;  // as adaptive_
};

}  // namespace wideline::sampling

#include <wideline/sampler.hpp>

#include <charconv>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "sampling/condition_node.hpp"

namespace wideline {

namespace {

constexpr std::size_t kMaxRuleNameBytes = 128;  // it is stamped on every kept event and stands in every frame's index
constexpr std::size_t kMaxRules = 10'000;       // a decision names its rule by 16 bits
constexpr std::size_t kMostKeys = 100'000;
constexpr double kMostPerSecond = 1e12;

[[noreturn]] void refuse(const std::string& sentence) { throw std::invalid_argument("wideline: " + sentence); }

std::string digits_of(double number) {
    char digits[32];
    return {digits, std::to_chars(std::begin(digits), std::end(digits), number).ptr};  // the shortest that reads back
}

double checked_probability(std::string_view of_what, double probability) {
    if (probability >= 0 && probability <= 1) return probability;
    refuse("the probability of " + std::string(of_what) + " is " + digits_of(probability) +
           ": it must be within 0 and 1");
}

void check_per_second(const std::string& of_what, const char* what, double per_second) {
    if (per_second > 0 && per_second <= kMostPerSecond) return;
    refuse(of_what + " has " + digits_of(per_second) + ' ' + what + ": it must be above 0 and at most 1e+12");
}

void check_within(const std::string& of_what, const char* what, double value, bool is_right, const char* range) {
    if (is_right) return;
    refuse(of_what + " has " + digits_of(value) + ' ' + what + ": it must be " + range);
}

void check_goal(const std::string& of_what, const AdaptiveBudget& budget) {
    const int goals = (budget.events_per_second != 0) + (budget.bytes_per_second != 0) + (budget.share != 0);
    if (goals > 1)
        refuse(of_what + " has " + (goals == 2 ? "two" : "three") +
               " budgets: it takes events_per_second, bytes_per_second or share");
    if (budget.share != 0)
        check_within(of_what, "share", budget.share, budget.share > 0 && budget.share <= 1, "above 0 and at most 1");
    else if (budget.bytes_per_second != 0)
        check_per_second(of_what, "bytes_per_second", budget.bytes_per_second);
    else
        check_per_second(of_what, "events_per_second", budget.events_per_second);
}

void check_budget(const std::string& of_what, const AdaptiveBudget& budget) {
    check_goal(of_what, budget);
    if (budget.max_keys == 0 || budget.max_keys > kMostKeys)
        refuse(of_what + " has " + std::to_string(budget.max_keys) + " max_keys: it must be within 1 and 100000");
    if (budget.by.size() > detail::kMostFieldsOfKey)
        refuse(of_what + " tells events apart by " + std::to_string(budget.by.size()) + " fields: at most " +
               std::to_string(detail::kMostFieldsOfKey));
    check_within(of_what, "at_least_per_key", budget.at_least_per_key,
                 budget.at_least_per_key >= 0 && budget.at_least_per_key <= kMostPerSecond, "within 0 and 1e+12");
    if (const double initial = budget.initial_probability.value_or(1); !(initial > 0 && initial <= 1))
        refuse(of_what + " has the initial_probability " + digits_of(initial) + ": it must be above 0 and at most 1");
    const double interval = std::chrono::duration<double>(budget.interval).count();
    check_within(of_what, "seconds of interval", interval, interval >= 1 && interval <= 3600, "within 1 and 3600");
    for (const std::string& field : budget.by) detail::check_field_of_key(field);
}

void check_rule_name(std::string_view name) {
    if (name.empty()) refuse("the name of a sampling rule is empty");
    const std::string quoted = "the name of the sampling rule \"" + std::string(name) + "\" ";
    if (name.size() > kMaxRuleNameBytes)
        refuse(quoted + "is longer than " + std::to_string(kMaxRuleNameBytes) + " bytes");
    for (const char c : name)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) refuse(quoted + "has a control character");
    if (name == "error" || name == "otherwise" || name == "retroactive")
        refuse(quoted + "is one that the library gives itself");
}

/// Everything is checked before the vector is touched: a rule that is refused leaves the sampler as it was. A name is
/// in one of the two lists once.
void append(std::vector<SamplingRule>& rules, std::span<const SamplingRule> others, std::string_view name,
            Condition when, double probability, std::optional<AdaptiveBudget> budget = {}) {
    check_rule_name(name);
    checked_probability("the sampling rule \"" + std::string(name) + "\"", probability);
    if (budget) check_budget("the adaptive rule \"" + std::string(name) + '"', *budget);
    for (const std::span<const SamplingRule> list : {std::span<const SamplingRule>(rules), others})
        for (const SamplingRule& rule : list)
            if (rule.name == name) refuse("there are two sampling rules of the name \"" + rule.name + "\"");
    if (rules.size() + others.size() == kMaxRules)
        refuse("the sampling rule \"" + std::string(name) + "\" is one too many: at most " + std::to_string(kMaxRules));
    rules.push_back({std::string(name), std::move(when), probability, std::move(budget)});
}

}  // namespace

TailSampler& TailSampler::drop(Text name, Condition when) & {
    append(rules_, error_rules_, name, std::move(when), 0);
    return *this;
}

TailSampler& TailSampler::keep(Text name, Condition when) & {
    append(rules_, error_rules_, name, std::move(when), 1);
    return *this;
}

TailSampler& TailSampler::sample(Text name, Condition when, double probability) & {
    append(rules_, error_rules_, name, std::move(when), probability);
    return *this;
}

TailSampler& TailSampler::adaptive(Text name, Condition when, AdaptiveBudget budget) & {
    append(rules_, error_rules_, name, std::move(when), 1, std::move(budget));
    return *this;
}

TailSampler& TailSampler::sample(Text name, double probability) & { return sample(name, always(), probability); }

TailSampler& TailSampler::adaptive(Text name, AdaptiveBudget budget) & {
    return adaptive(name, always(), std::move(budget));
}

TailSampler& TailSampler::sample_errors(Text name, Condition when, double probability) & {
    append(error_rules_, rules_, name, std::move(when), probability);
    return *this;
}

TailSampler& TailSampler::adaptive_errors(Text name, Condition when, AdaptiveBudget budget) & {
    append(error_rules_, rules_, name, std::move(when), 1, std::move(budget));
    return *this;
}

TailSampler& TailSampler::drop_errors(Text name, Condition when) & {
    append(error_rules_, rules_, name, std::move(when), 0);
    return *this;
}

TailSampler& TailSampler::at_most(Cap cap) & {
    if (cap.events_per_second != 0 && cap.bytes_per_second != 0)
        refuse("at_most has two budgets: it takes events_per_second or bytes_per_second");
    if (cap.bytes_per_second != 0)
        check_per_second("at_most", "bytes_per_second", cap.bytes_per_second);
    else
        check_per_second("at_most", "events_per_second", cap.events_per_second);
    cap_ = cap;
    return *this;
}

TailSampler& TailSampler::dry(Text rule) & {
    if (rule == "otherwise") {
        otherwise_is_dry_ = true;
        return *this;
    }
    for (std::vector<SamplingRule>* const list : {&rules_, &error_rules_})
        for (SamplingRule& one : *list)
            if (one.name == rule) {
                one.dry = true;
                return *this;
            }
    refuse("dry(\"" + std::string(rule) + "\"): no rule has this name so far");
}

TailSampler& TailSampler::otherwise(double probability) & {
    otherwise_ = checked_probability("otherwise", probability);
    otherwise_budget_.reset();
    return *this;
}

TailSampler& TailSampler::otherwise(AdaptiveBudget budget) & {
    check_budget("otherwise", budget);
    otherwise_ = 1;
    otherwise_budget_ = std::move(budget);
    return *this;
}

TailSampler& TailSampler::errors(double probability) & {
    errors_ = checked_probability("errors", probability);
    return *this;
}

TailSampler TailSampler::drop(Text name, Condition when) && { return std::move(drop(name, std::move(when))); }

TailSampler TailSampler::keep(Text name, Condition when) && { return std::move(keep(name, std::move(when))); }

TailSampler TailSampler::sample(Text name, Condition when, double probability) && {
    return std::move(sample(name, std::move(when), probability));
}

TailSampler TailSampler::adaptive(Text name, Condition when, AdaptiveBudget budget) && {
    return std::move(adaptive(name, std::move(when), std::move(budget)));
}

TailSampler TailSampler::sample(Text name, double probability) && { return std::move(sample(name, probability)); }

TailSampler TailSampler::adaptive(Text name, AdaptiveBudget budget) && {
    return std::move(adaptive(name, std::move(budget)));
}

TailSampler TailSampler::sample_errors(Text name, Condition when, double probability) && {
    return std::move(sample_errors(name, std::move(when), probability));
}

TailSampler TailSampler::adaptive_errors(Text name, Condition when, AdaptiveBudget budget) && {
    return std::move(adaptive_errors(name, std::move(when), std::move(budget)));
}

TailSampler TailSampler::drop_errors(Text name, Condition when) && {
    return std::move(drop_errors(name, std::move(when)));
}

TailSampler TailSampler::at_most(Cap cap) && { return std::move(at_most(cap)); }

TailSampler TailSampler::dry(Text rule) && { return std::move(dry(rule)); }

TailSampler TailSampler::otherwise(double probability) && { return std::move(otherwise(probability)); }

TailSampler TailSampler::otherwise(AdaptiveBudget budget) && { return std::move(otherwise(std::move(budget))); }

TailSampler TailSampler::errors(double probability) && { return std::move(errors(probability)); }

// Here, for its conversion alone costs whoever includes the header a thirtieth of its compilation.
std::span<const SamplingRule> TailSampler::rules() const noexcept { return rules_; }
std::span<const SamplingRule> TailSampler::error_rules() const noexcept { return error_rules_; }

}  // namespace wideline

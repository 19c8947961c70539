#include "sampling/compiled_sampler.hpp"

#include <chrono>

#include "event/only_record.hpp"

namespace wideline::sampling {

namespace {

constexpr std::uint32_t kNo = 0;
constexpr std::uint32_t kYes = 1;
constexpr std::uint64_t kAllAlike = 0;  // the one key of a cap
/// An error whose combination did not come for so long is a new one.
constexpr std::chrono::nanoseconds kErrorIsKnown = std::chrono::hours(24);

}  // namespace

std::vector<std::string> names_of_rules(const TailSampler& sampler) {
    std::vector<std::string> names{"error"};
    for (const SamplingRule& rule : sampler.rules()) names.push_back(rule.name);
    names.emplace_back("otherwise");
    for (const SamplingRule& rule : sampler.error_rules()) names.push_back(rule.name);
    return names;
}

CompiledCondition::CompiledCondition(const Condition& condition, detail::WatchedKeys& keys, Learned& learned)
    : entry_(program_.prepend(condition, Target::end(kYes), Target::end(kNo), {"error_when", kNo, keys, learned})) {}

Truth CompiledCondition::evaluate(const EventView& view, std::size_t lane) const noexcept {
    const auto [end, threw] = program_.run(entry_, view, lane);
    if (threw) return Truth::threw;
    return end == kYes ? Truth::yes : Truth::no;
}

CompiledSampler::CompiledSampler(const TailSampler& sampler, const Condition& error_when,
                                 std::shared_ptr<Learned> learned)
    : learned_(std::move(learned)),
      error_when_(error_when, keys_, *learned_),
      entry_(Target::end(kErrorRule)),
      error_entry_(Target::end(kErrorRule)) {
    keys_.sampler = this;
    const std::span<const SamplingRule> rules = sampler.rules();
    const auto otherwise = static_cast<std::uint32_t>(rules.size() + 1);

    add_rule("error", sampler.error_probability(), false, {});
    add_rules(rules);
    add_rule("otherwise", sampler.otherwise_probability(), sampler.otherwise_is_dry(), {});
    add_rules(sampler.error_rules());
    for (std::size_t i = 0; i < sampler.error_rules().size(); ++i) {
        const SamplingRule& rule = sampler.error_rules()[i];
        if (!rule.adaptive) continue;
        rules_[otherwise + 1 + i].known =
            &learned_->seen(rule.name, rule.adaptive->by, kErrorIsKnown, SeenTable::Counts::every);
    }
    names_ = learned_->rule_names();
    if (sampler.most_per_second() > 0) cap_ = &learned_->at_most(sampler.most_per_second());

    entry_ = prepend_rules(rules, Target::end(otherwise), 1);
    error_entry_ = prepend_rules(sampler.error_rules(), Target::end(kErrorRule), otherwise + 1);
}

/// The last rule first: each goes on at the one after it if it does not hold, and the last one at `then`.
Target CompiledSampler::prepend_rules(std::span<const SamplingRule> rules, Target then, std::uint32_t first) {
    for (std::size_t i = rules.size(); i > 0; --i) {
        const std::uint32_t number = first + static_cast<std::uint32_t>(i) - 1;
        then = program_.prepend(rules[i - 1].when, Target::end(number), then,
                                {rules[i - 1].name, number, keys_, *learned_});
    }
    return then;
}

void CompiledSampler::add_rules(std::span<const SamplingRule> rules) {
    for (const SamplingRule& rule : rules) {
        watch_keys_of(rule.when, keys_);
        add_rule(rule.name, rule.probability, rule.dry, rule.adaptive);
    }
}

void CompiledSampler::add_rule(const std::string& name, double probability, bool dry,
                               const std::optional<AdaptiveBudget>& budget) {
    Rule rule{.share = fixed_share(probability),
              .probability = probability,
              .id = learned_->rule_number(name),
              .dry = dry,
              .key = FieldKey({}, keys_)};
    if (budget) {
        rule.rate = &learned_->adaptive(name, *budget);
        rule.by_bytes = budget->bytes_per_second > 0;
        rule.key = FieldKey(budget->by, keys_);
    }
    rules_.push_back(std::move(rule));
}

Decision CompiledSampler::decide(const EventView& view, std::size_t lane) const noexcept {
    if (view.failed()) return decide_error(view, lane);
    const auto [rule, threw] = program_.run(entry_, view, lane);
    if (threw) return {1, rules_[rule].id, true, true};
    return judge(rule, view, lane);
}

Decision CompiledSampler::decide_error(const EventView& view, std::size_t lane) const noexcept {
    const auto [number, threw] = program_.run(error_entry_, view, lane);
    if (threw) return {1, rules_[number].id, true, true};
    const Decision decision = judge(number, view, lane);
    const Rule& rule = rules_[number];
    if (rule.known != nullptr && rule.known->is_first(rule.key.of(view), detail::end_ns(view))) [[unlikely]]
        return {1, rule.id, true, false, rule.dry};
    return decision;
}

Decision CompiledSampler::judge(std::uint32_t number, const EventView& view, std::size_t lane) const noexcept {
    const Rule& rule = rules_[number];
    double probability = rule.probability;
    if (rule.rate != nullptr)
        probability =
            rule.rate->probability(rule.key.of(view), lane, rule.by_bytes ? detail::bytes_in_memory(view) : 1);
    if (cap_ != nullptr && !view.failed() && !rule.dry) probability = share_under_cap(probability, lane);
    const FixedShare share = probability == rule.probability ? rule.share : fixed_share(probability);
    const bool keep = share.threshold == 0 || share.keeps(view.randomness());
    return {share.weight, rule.id, keep, false, rule.dry};
}

/// What is counted is the probability, not what became of it: so the factor follows from the traffic alone, and not
/// from the randomness of the events before, which a trace's later events share.
double CompiledSampler::share_under_cap(double probability, std::size_t lane) const noexcept {
    const auto expected = static_cast<std::uint64_t>(probability * Learned::kExpectedOne);
    return probability * cap_->probability(kAllAlike, lane, expected);
}

}  // namespace wideline::sampling

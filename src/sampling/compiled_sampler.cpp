#include "sampling/compiled_sampler.hpp"

#include "event/only_record.hpp"

namespace wideline::sampling {

namespace {

constexpr std::uint32_t kNo = 0;
constexpr std::uint32_t kYes = 1;
constexpr std::uint64_t kAllAlike = 0;  // the one key of a cap

}  // namespace

CompiledCondition::CompiledCondition(const Condition& condition, detail::WatchedKeys& keys, Learned& learned)
    : entry_(program_.prepend(condition, Target::end(kYes), Target::end(kNo), {"error_when", kNo, keys, learned})) {}

Truth CompiledCondition::evaluate(const EventView& view, std::size_t lane) const noexcept {
    const auto [end, threw] = program_.run(entry_, view, lane);
    if (threw) return Truth::threw;
    return end == kYes ? Truth::yes : Truth::no;
}

CompiledSampler::CompiledSampler(const TailSampler& sampler, const Condition& error_when,
                                 std::shared_ptr<Learned> learned)
    : learned_(std::move(learned)), error_when_(error_when, keys_, *learned_), entry_(Target::end(0)) {
    keys_.sampler = this;
    const std::span<const SamplingRule> rules = sampler.rules();

    add_rule("error", sampler.error_probability(), false, {});
    for (const SamplingRule& rule : rules) {
        watch_keys_of(rule.when, keys_);
        add_rule(rule.name, rule.probability, rule.dry, rule.adaptive);
    }
    add_rule("otherwise", sampler.otherwise_probability(), sampler.otherwise_is_dry(), {});
    names_ = learned_->rule_names();
    if (sampler.most_per_second() > 0) cap_ = &learned_->at_most(sampler.most_per_second());

    // The last rule first: each goes on at the one behind it, where it does not hold.
    entry_ = Target::end(static_cast<std::uint32_t>(rules.size() + 1));
    for (std::size_t i = rules.size(); i > 0; --i) {
        const auto number = static_cast<std::uint32_t>(i);
        entry_ = program_.prepend(rules[i - 1].when, Target::end(number), entry_,
                                  {rules[i - 1].name, number, keys_, *learned_});
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
    if (view.failed()) return judge(kErrorRule, view, lane);
    const auto [rule, threw] = program_.run(entry_, view, lane);
    if (threw) return {1, rules_[rule].id, true, true};
    return judge(rule, view, lane);
}

Decision CompiledSampler::judge(std::uint32_t number, const EventView& view, std::size_t lane) const noexcept {
    const Rule& rule = rules_[number];
    double probability = rule.probability;
    if (rule.rate != nullptr)
        probability =
            rule.rate->probability(rule.key.of(view), lane, rule.by_bytes ? detail::bytes_in_memory(view) : 1);
    if (cap_ != nullptr && number != kErrorRule && !rule.dry) probability = share_under_cap(probability, lane);
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

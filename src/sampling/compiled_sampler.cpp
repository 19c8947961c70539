#include "sampling/compiled_sampler.hpp"

#include <algorithm>
#include <chrono>

#include "event/only_record.hpp"
#include "event/unknown_weight.hpp"
#include "sampling/upstream_share.hpp"

namespace wideline::sampling {

namespace {

constexpr std::uint32_t kNo = 0;
constexpr std::uint32_t kYes = 1;
/// An error whose combination did not come for so long is a new one.
constexpr std::chrono::nanoseconds kErrorIsKnown = std::chrono::hours(24);

/// What an event takes of a budget.
std::uint64_t amount(bool by_bytes, const EventView& view) noexcept {
    return by_bytes ? detail::bytes_in_memory(view) : 1;
}

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

Truth CompiledCondition::imagine(const EventView& view, bool upstream_sampled) const noexcept {
    const auto [end, threw] = program_.imagine(entry_, view, upstream_sampled);
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
    add_rule("otherwise", sampler.otherwise_probability(), sampler.otherwise_is_dry(), sampler.otherwise_budget());
    add_rules(sampler.error_rules());
    for (std::size_t i = 0; i < sampler.error_rules().size(); ++i) {
        const SamplingRule& rule = sampler.error_rules()[i];
        if (!rule.adaptive) continue;
        rules_[otherwise + 1 + i].known =
            &learned_->seen(rule.name, rule.adaptive->by, kErrorIsKnown, SeenTable::Counts::every);
    }
    names_ = learned_->rule_names();
    if (const std::optional<Cap>& cap = sampler.cap()) {
        cap_ = &learned_->at_most(*cap);
        cap_by_bytes_ = cap->bytes_per_second > 0;
    }

    entry_ = prepend_rules(rules, Target::end(otherwise), 1);
    error_entry_ = prepend_rules(sampler.error_rules(), Target::end(kErrorRule), otherwise + 1);
    asks_for_flag_ = program_.asks_for_flag() || error_when_.asks_for_flag();
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
    if (asks_for_flag_ && detail::event_of(view).small_arena->continues_trace) [[unlikely]]
        return decide_by_flag(view, lane);
    const auto [rule, threw] = program_.run(view.failed() ? error_entry_ : entry_, view, lane);
    if (threw) return {1, rules_[rule].id, true, true};
    return judge(rule, view, lane);
}

/// Counts the event for a rule that adapts.
[[gnu::always_inline]] inline double CompiledSampler::probability(const Rule& rule, const EventView& view,
                                                                  std::size_t lane) const noexcept {
    if (rule.rate == nullptr) return rule.probability;
    const std::uint64_t key = rule.key.of(view);
    const double rate = rule.rate->probability(key, lane, amount(rule.by_bytes, view), detail::end_ns(view));
    if (view.failed() && rule.known != nullptr && rule.known->is_first(key, detail::end_ns(view))) return 1;
    return rate;
}

Decision CompiledSampler::judge(std::uint32_t number, const EventView& view, std::size_t lane) const noexcept {
    const Rule& rule = rules_[number];
    double share_of_rule = probability(rule, view, lane);
    if (is_capped(rule, view)) share_of_rule = share_under_cap(share_of_rule, view, lane);
    const FixedShare share = share_of_rule == rule.probability ? rule.share : fixed_share(share_of_rule);
    const bool keep = share.threshold == 0 || share.keeps(view.randomness());
    return {share.weight, rule.id, keep, false, rule.dry};
}

/// With the probability that the same request would have had with the other flag (see upstream_share.hpp). What would
/// have been is asked first, before this request leaves its mark in what rules remember.
[[gnu::noinline]] Decision CompiledSampler::decide_by_flag(const EventView& view, std::size_t lane) const noexcept {
    const Elsewhere other = elsewhere(view, lane);
    const Met met = program_.run(view.failed() ? error_entry_ : entry_, view, lane);
    if (met.end == other.met.end && met.threw == other.met.threw)
        return met.threw ? Decision{1, rules_[met.end].id, true, true} : judge(met.end, view, lane);
    return view.upstream_sampled() ? judge_with_flag(met, other, view, lane)
                                   : judge_without_flag(met, other, view, lane);
}

CompiledSampler::Elsewhere CompiledSampler::elsewhere(const EventView& view, std::size_t lane) const noexcept {
    const bool flag = !view.upstream_sampled();
    bool failed = view.failed();
    if (error_when_.asks_for_flag() && !detail::event_of(view).failed.load(std::memory_order_relaxed))
        failed = error_when_.imagine(view, flag) == Truth::yes;
    const Met met = program_.imagine(failed ? error_entry_ : entry_, view, flag);
    const Rule& rule = rules_[met.end];
    if (met.threw || rule.dry) return {met, 1};
    double share = rule.probability;
    if (rule.rate != nullptr) {
        const std::uint64_t key = rule.key.of(view);
        const bool first = rule.known != nullptr && rule.known->would_be_first(key, detail::end_ns(view));
        share = first ? 1 : rule.rate->expected(key, lane, amount(rule.by_bytes, view), detail::end_ns(view));
    }
    if (cap_ != nullptr && !failed)
        share = cap_->expected(share, amount(cap_by_bytes_, view), lane, detail::end_ns(view));
    return {met, share};
}

/// A probability that is not fixed is one of the requests that come with the flag, so that budgets hold: their
/// randomness lies above the caller's threshold, and a share of them is kept from the top. If the threshold is unknown,
/// other bits choose them.
Decision CompiledSampler::judge_with_flag(const Met& met, const Elsewhere& without, const EventView& view,
                                          std::size_t lane) const noexcept {
    const Rule& rule = rules_[met.end];
    const std::optional<double> upstream = caller_share(view);
    double share = met.threw ? 1 : probability(rule, view, lane);  // of the requests with the flag
    const bool fixed = met.threw || (rule.rate == nullptr && !is_capped(rule, view));
    if (upstream && rule.rate == nullptr) share = std::min(1.0, share / *upstream);
    if (!met.threw && is_capped(rule, view)) share = share_under_cap(share, view, lane);

    Decision decision{detail::kUnknownWeight, rule.id, true, met.threw, rule.dry};
    if (fixed)
        decision.keep = met.threw || rule.share.keeps(view.randomness());
    else if (upstream)
        decision.keep = share >= 1 || fixed_share(share * *upstream).keeps(view.randomness());
    else
        decision.keep = fixed_share(share).keeps(other_bits(view.randomness()));
    if (!decision.keep) return decision;

    if (adapts(without.met)) {  // those without the flag stand for themselves
        if (upstream || !fixed || share >= 1) decision.weight = 1 / share;
        return decision;
    }
    // A rule that is only tried out keeps the event by itself: then no weight is right for what it does and would do.
    if (rule.dry && without.probability < 1) return decision;
    if (upstream)
        decision.weight = weight_with_flag(share * *upstream, *upstream, without.probability);
    else if (fixed && share == without.probability)
        decision.weight = 1 / share;
    return decision;
}

/// A budget for requests without the flag is spent by other bits, which do not know that their randomness is low.
Decision CompiledSampler::judge_without_flag(const Met& met, const Elsewhere& with, const EventView& view,
                                             std::size_t lane) const noexcept {
    const Rule& rule = rules_[met.end];
    if (adapts(met)) {
        double share_of_rule = probability(rule, view, lane);
        if (is_capped(rule, view)) share_of_rule = share_under_cap(share_of_rule, view, lane);
        const FixedShare share = fixed_share(share_of_rule);
        return {share.weight, rule.id, share.keeps(other_bits(view.randomness())), false, rule.dry};
    }
    Decision decision = met.threw ? Decision{1, rule.id, true, true} : judge(met.end, view, lane);
    if (decision.keep && with.probability == 0)
        decision.weight =
            weight_if_flag_drops(1 / decision.weight, caller_share(view)).value_or(detail::kUnknownWeight);
    return decision;
}

/// What is counted is the probability, not what became of it: so the factor follows from the traffic alone, and not
/// from the randomness of the events before, which a trace's later events share.
double CompiledSampler::share_under_cap(double share, const EventView& view, std::size_t lane) const noexcept {
    return cap_->probability(share, amount(cap_by_bytes_, view), lane, detail::end_ns(view));
}

}  // namespace wideline::sampling

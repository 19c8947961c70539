#include "sampling/compiled_sampler.hpp"

namespace wideline::sampling {

namespace {

constexpr std::uint32_t kNo = 0;
constexpr std::uint32_t kYes = 1;

}  // namespace

CompiledCondition::CompiledCondition(const Condition& condition, detail::WatchedKeys& keys)
    : entry_(program_.prepend(condition, Target::end(kYes), Target::end(kNo), kNo, keys)) {}

Truth CompiledCondition::evaluate(const EventView& view) const noexcept {
    const auto [end, threw] = program_.run(entry_, view);
    if (threw) return Truth::threw;
    return end == kYes ? Truth::yes : Truth::no;
}

CompiledSampler::CompiledSampler(const TailSampler& sampler, const Condition& error_when)
    : error_when_(error_when, keys_), entry_(Target::end(0)) {
    const std::span<const SamplingRule> rules = sampler.rules();

    names_.emplace_back("error");
    shares_.push_back(fixed_share(sampler.error_probability()));
    for (const SamplingRule& rule : rules) {
        names_.push_back(rule.name);
        shares_.push_back(fixed_share(rule.probability));
        watch_keys_of(rule.when, keys_);
    }
    names_.emplace_back("otherwise");
    shares_.push_back(fixed_share(sampler.otherwise_probability()));

    // The last rule first: each goes on at the one behind it, where it does not hold.
    entry_ = Target::end(static_cast<std::uint32_t>(rules.size() + 1));
    for (std::size_t i = rules.size(); i > 0; --i) {
        const auto number = static_cast<std::uint32_t>(i);
        entry_ = program_.prepend(rules[i - 1].when, Target::end(number), entry_, number, keys_);
    }
}

Decision CompiledSampler::decide(const EventView& view) const noexcept {
    if (view.failed()) return judge(kErrorRule, view);
    const auto [rule, threw] = program_.run(entry_, view);
    if (threw) return {1, static_cast<std::uint16_t>(rule), true, true};
    return judge(rule, view);
}

Decision CompiledSampler::judge(std::uint32_t rule, const EventView& view) const noexcept {
    const FixedShare& share = shares_[rule];
    const bool keep = share.threshold == 0 || share.keeps(view.randomness());
    return {share.weight, static_cast<std::uint16_t>(rule), keep, false};
}

}  // namespace wideline::sampling

#include <wideline/sampler.hpp>

#include <charconv>
#include <cstddef>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace wideline {

namespace {

constexpr std::size_t kMaxRuleNameBytes = 128;  // it is stamped on every kept event and stands in every frame's index
constexpr std::size_t kMaxRules = 10'000;       // a decision names its rule by 16 bits

[[noreturn]] void refuse(const std::string& sentence) { throw std::invalid_argument("wideline: " + sentence); }

double checked_probability(std::string_view of_what, double probability) {
    if (probability >= 0 && probability <= 1) return probability;
    char digits[32];
    const auto end =
        std::to_chars(std::begin(digits), std::end(digits), probability).ptr;  // the shortest that reads back
    refuse("the probability of " + std::string(of_what) + " is " + std::string(digits, end) +
           ": it must be within 0 and 1");
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

/// Everything is checked before the vector is touched: a rule that is refused leaves the sampler as it was.
void append(std::vector<SamplingRule>& rules, std::string_view name, Condition when, double probability) {
    check_rule_name(name);
    checked_probability("the sampling rule \"" + std::string(name) + "\"", probability);
    for (const SamplingRule& rule : rules)
        if (rule.name == name) refuse("there are two sampling rules of the name \"" + rule.name + "\"");
    if (rules.size() == kMaxRules)
        refuse("the sampling rule \"" + std::string(name) + "\" is one too many: at most " + std::to_string(kMaxRules));
    rules.push_back({std::string(name), std::move(when), probability});
}

}  // namespace

TailSampler& TailSampler::drop(std::string_view name, Condition when) & {
    append(rules_, name, std::move(when), 0);
    return *this;
}

TailSampler& TailSampler::keep(std::string_view name, Condition when) & {
    append(rules_, name, std::move(when), 1);
    return *this;
}

TailSampler& TailSampler::sample(std::string_view name, Condition when, double probability) & {
    append(rules_, name, std::move(when), probability);
    return *this;
}

TailSampler& TailSampler::otherwise(double probability) & {
    otherwise_ = checked_probability("otherwise", probability);
    return *this;
}

TailSampler& TailSampler::errors(double probability) & {
    errors_ = checked_probability("errors", probability);
    return *this;
}

TailSampler TailSampler::drop(std::string_view name, Condition when) && {
    return std::move(drop(name, std::move(when)));
}

TailSampler TailSampler::keep(std::string_view name, Condition when) && {
    return std::move(keep(name, std::move(when)));
}

TailSampler TailSampler::sample(std::string_view name, Condition when, double probability) && {
    return std::move(sample(name, std::move(when), probability));
}

TailSampler TailSampler::otherwise(double probability) && { return std::move(otherwise(probability)); }

TailSampler TailSampler::errors(double probability) && { return std::move(errors(probability)); }

}  // namespace wideline

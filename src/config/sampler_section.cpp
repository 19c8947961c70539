#include "config/sampler_section.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "config/json_positions.hpp"

namespace wideline::config {

namespace {

Constant constant_of(const Section& section) {
    const nlohmann::json& json = section.json();
    if (json.is_boolean()) return json.get<bool>();
    if (json.is_number_unsigned()) return json.get<std::uint64_t>();
    if (json.is_number_integer()) return json.get<std::int64_t>();
    if (json.is_number_float()) return json.get<double>();
    if (json.is_string()) return json.get<std::string>();
    section.refuse("true, false, a number or a text is expected here");
}

/// A value in a file is as an integer constant in the code: of the signed type where that holds it.
Constant as_in_code(const Section& section) {
    const nlohmann::json& json = section.json();
    if (json.is_number_unsigned() && json.get<std::uint64_t>() >> 63 == 0)
        return static_cast<std::int64_t>(json.get<std::uint64_t>());
    return constant_of(section);
}

/// What a builder refuses is wrong at the place that it was given.
template <class Build>
auto built(const Section& section, Build build) {
    try {
        return build();
    } catch (const std::invalid_argument& refusal) {
        constexpr std::string_view kPrefix = "wideline: ";
        const std::string_view sentence = refusal.what();
        section.refuse(std::string(sentence.substr(sentence.starts_with(kPrefix) ? kPrefix.size() : 0)));
    }
}

Condition compared(const FieldOperand& operand, std::string_view with, const Section& to) {
    if (with == "==") return operand == as_in_code(to);
    if (with == "!=") return operand != as_in_code(to);
    if (with == "<") return operand < as_in_code(to);
    if (with == "<=") return operand <= as_in_code(to);
    if (with == ">") return operand > as_in_code(to);
    if (with == ">=") return operand >= as_in_code(to);
    if (with == "exists") return to.boolean() ? operand.exists() : !operand.exists();
    if (with == "contains") return operand.contains(to.text());
    if (with == "starts_with") return operand.starts_with(to.text());
    if (with == "matches") return operand.matches(to.text());
    std::vector<Constant> constants;
    for (const Section& item : to.items()) constants.push_back(as_in_code(item));
    return built(to, [&] { return with == "in" ? operand.in(constants) : operand.not_in(constants); });
}

Condition compared(DurationOperand operand, std::string_view with, const Section& to) {
    if (with == "==") return operand == to.duration();
    if (with == "!=") return operand != to.duration();
    if (with == "<") return operand < to.duration();
    if (with == "<=") return operand <= to.duration();
    if (with == ">") return operand > to.duration();
    return operand >= to.duration();
}

/// Several comparisons of one operand hold where all of them do. `first` is the key that is none of them, and so is
/// "number".
template <class Operand>
Condition all_compared(const Operand& operand, const Section& section, std::string_view first) {
    std::optional<Condition> all;
    for (const auto& [with, to] : section.json().items()) {
        if (with == first || with == "number") continue;
        const Condition one = compared(operand, with, section.at(with));
        all = all ? *all && one : one;
    }
    if (!all) section.refuse("a comparison is missing, as \"==\": 200");
    return *all;
}

template <class Join>
Condition joined(const Section& section, Join join) {
    std::optional<Condition> all;
    for (const Section& item : section.items()) {
        const Condition one = read_condition(item);
        all = all ? join(*all, one) : one;
    }
    if (!all) section.refuse("at least one condition is expected here");
    return *all;
}

/// `failed` and its like can be said as the code says them, and with false as their opposite.
Condition true_or_not(const Section& section, const Condition& condition) {
    return section.boolean() ? condition : !condition;
}

/// The keys of a budget, and those that stand beside them.
std::vector<std::string_view> keys_of_budget(std::vector<std::string_view> others) {
    constexpr std::string_view kKeys[] = {"by",       "events_per_second", "bytes_per_second",
                                          "share",    "max_keys",          "at_least_per_key",
                                          "interval", "across_processes",  "initial_probability"};
    others.insert(others.end(), std::begin(kKeys), std::end(kKeys));
    return others;
}

AdaptiveBudget read_budget(const Section& section) {
    AdaptiveBudget budget;
    if (section.has("by")) budget.by = section.at("by").texts();
    if (section.has("events_per_second")) budget.events_per_second = section.at("events_per_second").number();
    if (section.has("bytes_per_second")) budget.bytes_per_second = section.at("bytes_per_second").number();
    if (section.has("share")) budget.share = section.at("share").number();
    if (section.has("max_keys")) budget.max_keys = section.at("max_keys").whole();
    if (section.has("at_least_per_key")) budget.at_least_per_key = section.at("at_least_per_key").number();
    if (section.has("initial_probability")) budget.initial_probability = section.at("initial_probability").number();
    if (section.has("interval")) budget.interval = section.at("interval").duration();
    if (section.has("across_processes")) budget.across_processes = section.at("across_processes").boolean();
    return budget;
}

Cap read_cap(const Section& section) {
    section.allow({"events_per_second", "bytes_per_second", "across_processes"});
    Cap cap;
    if (section.has("events_per_second")) cap.events_per_second = section.at("events_per_second").number();
    if (section.has("bytes_per_second")) cap.bytes_per_second = section.at("bytes_per_second").number();
    if (section.has("across_processes")) cap.across_processes = section.at("across_processes").boolean();
    return cap;
}

/// `field`, `first_of` or `tracestate`, and what it is compared with.
Condition operand_compared(const FieldOperand& operand, const Section& section, std::string_view kind) {
    section.allow({kind, "number", "==", "!=", "<", "<=", ">", ">=", "exists", "in", "not_in", "contains",
                   "starts_with", "matches"});
    const bool as_number = section.has("number") && section.at("number").boolean();
    return all_compared(as_number ? number(operand) : operand, section, kind);
}

void add_rule(TailSampler& sampler, const Section& rule) {
    constexpr std::string_view kKinds[] = {
        "keep", "drop", "sample", "adaptive", "sample_errors", "adaptive_errors", "drop_errors"};
    const auto* const kind =
        std::find_if(std::begin(kKinds), std::end(kKinds), [&](auto one) { return rule.has(one); });
    if (kind == std::end(kKinds))
        rule.refuse(
            "a rule is expected here, with its name: keep, drop, sample, adaptive, sample_errors, adaptive_errors or "
            "drop_errors");
    if (kind->starts_with("sample"))
        rule.allow({*kind, "when", "probability"});
    else if (kind->starts_with("adaptive"))
        rule.allow(keys_of_budget({*kind, "when"}));
    else
        rule.allow({*kind, "when"});

    const std::string name = rule.at(*kind).text();
    const bool needs_when = *kind != "sample" && *kind != "adaptive";
    const Condition when = needs_when || rule.has("when") ? read_condition(rule.at("when")) : always();
    if (*kind == "keep") sampler.keep(name, when);
    if (*kind == "drop") sampler.drop(name, when);
    if (*kind == "sample") sampler.sample(name, when, rule.at("probability").number());
    if (*kind == "adaptive") sampler.adaptive(name, when, read_budget(rule));
    if (*kind == "sample_errors") sampler.sample_errors(name, when, rule.at("probability").number());
    if (*kind == "adaptive_errors") sampler.adaptive_errors(name, when, read_budget(rule));
    if (*kind == "drop_errors") sampler.drop_errors(name, when);
}

}  // namespace

Condition read_condition(const Section& section) {
    constexpr std::ptrdiff_t kDeepest = 256;
    static_assert(kDeepest < kDeepestPosition);
    if (std::count(section.path().begin(), section.path().end(), '\n') > kDeepest)
        section.refuse("conditions are nested too deep here");
    return built(section, [&]() -> Condition {
        if (section.has("field")) return operand_compared(field(section.at("field").text()), section, "field");
        if (section.has("first_of"))
            return operand_compared(first_of(section.at("first_of").texts()), section, "first_of");
        if (section.has("tracestate"))
            return operand_compared(tracestate(section.at("tracestate").text()), section, "tracestate");
        if (section.has("first_seen")) {
            section.allow({"first_seen", "ttl"});
            return first_seen(section.at("first_seen").texts(), section.at("ttl").duration());
        }
        if (section.has("once_per")) {
            section.allow({"once_per", "interval"});
            return once_per(section.at("once_per").texts(), section.at("interval").duration());
        }
        if (section.has("slower_than_percentile")) {
            section.allow({"slower_than_percentile", "by"});
            PercentileOptions options;
            if (section.has("by")) options.by = section.at("by").texts();
            return slower_than_percentile(section.at("slower_than_percentile").number(), std::move(options));
        }
        section.allow({"field", "first_of", "tracestate", "name", "duration", "slower_than", "slower_than_percentile",
                       "first_seen", "once_per", "failed", "cancelled", "upstream_sampled", "has_parent", "always",
                       "&&", "||", "!"});
        if (section.json().size() != 1)
            section.refuse("one condition is expected here; several are joined by && or ||");
        const std::string kind = section.json().begin().key();
        const Section content = section.at(kind);
        if (kind == "name") {
            content.allow({"==", "!=", "<", "<=", ">", ">=", "in", "not_in", "contains", "starts_with", "matches"});
            return all_compared(name(), content, {});
        }
        if (kind == "duration") {
            content.allow({"==", "!=", "<", "<=", ">", ">="});
            return all_compared(duration(), content, {});
        }
        if (kind == "slower_than") return slower_than(content.duration());
        if (kind == "failed") return true_or_not(content, failed());
        if (kind == "cancelled") return true_or_not(content, cancelled());
        if (kind == "upstream_sampled") return true_or_not(content, upstream_sampled());
        if (kind == "has_parent") return true_or_not(content, has_parent());
        if (kind == "always") return true_or_not(content, always());
        if (kind == "!") return !read_condition(content);
        if (kind == "&&") return joined(content, [](const Condition& a, const Condition& b) { return a && b; });
        return joined(content, [](const Condition& a, const Condition& b) { return a || b; });
    });
}

TailSampler read_sampler(const Section& section) {
    section.allow({"rules", "otherwise", "errors", "at_most", "dry"});
    TailSampler sampler;
    if (section.has("rules"))
        for (const Section& rule : section.at("rules").items()) built(rule, [&] { add_rule(sampler, rule); });
    const auto with = [&](std::string_view key, const auto& set) {
        if (!section.has(key)) return;
        const Section content = section.at(key);
        built(content, [&] { set(content); });
    };
    with("otherwise", [&](const Section& share) {
        if (share.json().is_object()) {
            share.allow(keys_of_budget({}));
            sampler.otherwise(read_budget(share));
        } else {
            sampler.otherwise(share.number());
        }
    });
    with("errors", [&](const Section& share) { sampler.errors(share.number()); });
    with("at_most", [&](const Section& cap) { sampler.at_most(read_cap(cap)); });
    with("dry", [&](const Section& names) {
        for (const Section& rule : names.items()) built(rule, [&] { sampler.dry(rule.text()); });
    });
    return sampler;
}

}  // namespace wideline::config

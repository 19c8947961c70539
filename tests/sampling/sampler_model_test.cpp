// Random rule sets over random events, against a sampler written the slow way: a tree of closures over a map.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "catch.hpp"
#include "sampling/compiled_sampler.hpp"
#include "sampling/sample_request.hpp"

using wideline::testing::SampleEvent;
using wideline::testing::SampleRequest;
using wideline::testing::SampleValue;
namespace wl = wideline;

namespace {

using Random = std::mt19937_64;
using Fields = std::map<std::string, SampleValue>;

struct Model {
    const SampleRequest& request;
    Fields fields;
};

/// The same condition twice: ours, and as a closure.
struct Twin {
    wl::Condition ours;
    std::function<bool(const Model&)> model;
    bool asks_for_flag = false;  // the caller's sampled flag: then weights are not 1 / p (upstream_test.cpp)
};

const std::vector<std::int64_t> kIntegers = {
    -1, 0, 1, 2, 500, std::int64_t{1} << 53, (std::int64_t{1} << 53) + 1, INT64_MAX, INT64_MIN};
const std::vector<double> kDoubles = {-1, 0, 0.5, 1, 2, 0x1p53, 0x1p63, 0x1p64, -0x1p63, std::nan(""), HUGE_VAL};
const std::vector<std::string> kTexts = {"", "a", "ab", "abc", "b", "\xff", "1"};

template <class T>
const T& one_of(const std::vector<T>& values, Random& random) {
    return values[random() % values.size()];
}

std::string random_key(Random& random) {
    return "k" + std::to_string(random() % 3 == 0 ? random() % 45 : random() % 6);
}

SampleValue random_value(Random& random) {
    switch (random() % 9) {
        case 0:
            return random() % 2 == 0;
        case 1:
        case 2:
            return one_of(kIntegers, random);
        case 3:
            return static_cast<std::uint64_t>(one_of(kIntegers, random));
        case 4:
            return one_of(kDoubles, random);
        case 5:
            return std::vector<std::string>{one_of(kTexts, random), one_of(kTexts, random)};
        case 6:
            return random() % 2 == 0 ? SampleValue(std::monostate{}) : std::chrono::system_clock::time_point{};
        default:
            return one_of(kTexts, random);
    }
}

wl::Constant constant_of(const SampleValue& value) {
    if (const auto* boolean = std::get_if<bool>(&value)) return *boolean;
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
    if (const auto* integer = std::get_if<std::uint64_t>(&value)) return *integer;
    if (const auto* number = std::get_if<double>(&value)) return *number;
    return std::get<std::string>(value);
}

bool is_constant(const SampleValue& value) {
    return std::holds_alternative<bool>(value) || std::holds_alternative<std::int64_t>(value) ||
           std::holds_alternative<std::uint64_t>(value) || std::holds_alternative<double>(value) ||
           std::holds_alternative<std::string>(value);
}

SampleValue random_constant(Random& random) {
    for (;;)
        if (SampleValue value = random_value(random); is_constant(value)) return value;
}

std::optional<long double> number(const SampleValue& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<long double>(*integer);
    if (const auto* integer = std::get_if<std::uint64_t>(&value)) return static_cast<long double>(*integer);
    if (const auto* real = std::get_if<double>(&value)) return static_cast<long double>(*real);
    return std::nullopt;
}

/// One of "<", "=", ">" or "?" (incomparable).
char relation(const SampleValue& left, const SampleValue& right) {
    const auto of = [](const auto& a, const auto& b) { return a < b ? '<' : a > b ? '>' : a == b ? '=' : '?'; };
    if (number(left) && number(right)) return of(*number(left), *number(right));
    if (left.index() != right.index()) return '?';
    if (const auto* text = std::get_if<std::string>(&left)) return of(*text, std::get<std::string>(right));
    if (const auto* boolean = std::get_if<bool>(&left)) return of(*boolean, std::get<bool>(right));
    return '?';
}

/// Whether values of the two are compared at all. NaN never is.
bool are_alike(const SampleValue& value, const SampleValue& constant) {
    if (number(value) && number(constant)) return !std::isnan(*number(value) + *number(constant));
    return relation(value, constant) != '?';
}

Twin negation(const Twin& of) {
    return {!of.ours, [of](const Model& model) { return !of.model(model); }, of.asks_for_flag};
}

Twin both(const Twin& left, const Twin& right) {
    return {left.ours && right.ours,
            [left, right](const Model& model) { return left.model(model) && right.model(model); },
            left.asks_for_flag || right.asks_for_flag};
}

Twin either(const Twin& left, const Twin& right) {
    return {left.ours || right.ours,
            [left, right](const Model& model) { return left.model(model) || right.model(model); },
            left.asks_for_flag || right.asks_for_flag};
}

Twin comparison(Random& random) {
    const std::string key = random_key(random);
    const SampleValue against = random_constant(random);
    const wl::Constant constant = constant_of(against);
    const auto compared = [&](wl::Condition ours, const char* true_for) -> Twin {
        return {std::move(ours), [key, against, true_for = std::string(true_for)](const Model& model) {
                    const auto found = model.fields.find(key);
                    return found != model.fields.end() &&
                           true_for.find(relation(found->second, against)) != std::string::npos;
                }};
    };
    const wl::FieldOperand field = wl::field(key);
    switch (random() % 6) {
        case 0:
            return compared(field == constant, "=");
        case 1:
            return compared(field != constant, "<>");
        case 2:
            return compared(field < constant, "<");
        case 3:
            return compared(field <= constant, "<=");
        case 4:
            return compared(field > constant, ">");
        default:
            return compared(field >= constant, ">=");
    }
}

Twin list(Random& random) {
    const std::string key = random_key(random);
    std::vector<SampleValue> values;
    std::vector<wl::Constant> constants;
    for (std::size_t n = 1 + random() % 8; values.size() < n;) {
        values.push_back(random_constant(random));
        constants.push_back(constant_of(values.back()));
    }
    if (random() % 2 == 0)
        return {wl::field(key).not_in(constants), [key, values](const Model& model) {
                    const auto found = model.fields.find(key);
                    if (found == model.fields.end()) return false;
                    bool comparable = false;
                    for (const SampleValue& value : values) {
                        if (relation(found->second, value) == '=') return false;
                        comparable = comparable || are_alike(found->second, value);
                    }
                    return comparable;
                }};
    return {wl::field(key).in(constants), [key, values](const Model& model) {
                const auto found = model.fields.find(key);
                if (found == model.fields.end()) return false;
                for (const SampleValue& value : values)
                    if (relation(found->second, value) == '=') return true;
                return false;
            }};
}

Twin text_question(Random& random) {
    const std::string key = random_key(random);
    const std::string text = one_of(kTexts, random);
    const auto asked = [&](wl::Condition ours, auto of_string, auto of_array) -> Twin {
        return {std::move(ours), [=](const Model& model) {
                    const auto found = model.fields.find(key);
                    if (found == model.fields.end()) return false;
                    if (const auto* string = std::get_if<std::string>(&found->second)) return of_string(*string, text);
                    const auto* array = std::get_if<std::vector<std::string>>(&found->second);
                    return array != nullptr && of_array(*array, text);
                }};
    };
    const auto never = [](const std::vector<std::string>&, const std::string&) { return false; };
    const auto member = [](const std::vector<std::string>& array, const std::string& item) {
        for (const std::string& of : array)
            if (of == item) return true;
        return false;
    };
    const auto begins = [](const std::string& string, const std::string& of) { return string.rfind(of, 0) == 0; };
    const auto within = [](const std::string& string, const std::string& of) {
        return string.find(of) != std::string::npos;
    };
    if (random() % 2 == 0) return asked(wl::field(key).starts_with(text), begins, never);
    return asked(wl::field(key).contains(text), within, member);
}

Twin question(Random& random) {
    switch (random() % 8) {
        case 0:
            return list(random);
        case 1:
            return text_question(random);
        case 2: {
            const std::string key = random_key(random);
            return {wl::field(key).exists(), [key](const Model& model) {
                        const auto found = model.fields.find(key);
                        return found != model.fields.end() && found->second.index() != 0;
                    }};
        }
        case 3: {
            const std::chrono::milliseconds limit(random() % 100);
            return {wl::slower_than(limit), [limit](const Model& model) { return model.request.duration > limit; }};
        }
        case 4:
            return {wl::upstream_sampled(), [](const Model& model) { return model.request.upstream_sampled; }, true};
        default:
            return comparison(random);
    }
}

Twin condition(Random& random, int depth) {
    if (depth == 0 || random() % 3 == 0) return question(random);
    switch (random() % 3) {
        case 0:
            return negation(condition(random, depth - 1));
        case 1:
            return both(condition(random, depth - 1), condition(random, depth - 1));
        default:
            return either(condition(random, depth - 1), condition(random, depth - 1));
    }
}

SampleRequest random_request(Random& random) {
    SampleRequest request{.duration = std::chrono::milliseconds(random() % 100),
                          .failed = random() % 20 == 0,
                          .upstream_sampled = random() % 2 == 0,
                          .randomness = random() >> 8};
    request.continues_trace = request.upstream_sampled || random() % 2 == 0;
    for (std::size_t n = random() % 20; request.fields.size() < n;)
        request.fields.emplace_back(random_key(random), random_value(random));
    return request;
}

struct ModelSampler {
    std::vector<Twin> conditions;
    std::vector<double> shares;  // error, the rules', otherwise

    [[nodiscard]] std::size_t rule(const Model& model) const {
        if (model.request.failed) return 0;
        for (std::size_t i = 0; i < conditions.size(); ++i)
            if (conditions[i].model(model)) return i + 1;
        return conditions.size() + 1;
    }
    /// Kept where the randomness, as a number of 0..1, is at least 1 - p; these p are such that nothing is rounded.
    [[nodiscard]] bool keeps(std::size_t rule, std::uint64_t randomness) const {
        return std::ldexp(static_cast<long double>(randomness), -56) >= 1.0L - static_cast<long double>(shares[rule]);
    }
};

}  // namespace

TEST_CASE("Random rule sets over random events decide as a sampler written the slow way", "[sampling]") {
    const std::vector<double> shares = {0, 0x1p-30, 0.25, 0.5, 0.75, 1};
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        Random random(seed);
        ModelSampler model;
        wl::TailSampler rules;
        model.shares.push_back(one_of(shares, random));
        rules.errors(model.shares.back());
        for (std::size_t n = random() % 12; model.conditions.size() < n;) {
            model.conditions.push_back(condition(random, 4));
            model.shares.push_back(one_of(shares, random));
            rules.sample("rule " + std::to_string(model.conditions.size()), model.conditions.back().ours,
                         model.shares.back());
        }
        model.shares.push_back(one_of(shares, random));
        const Twin error_when = condition(random, 3);
        const wl::sampling::CompiledSampler sampler(rules.otherwise(model.shares.back()), error_when.ours);

        const bool asks_for_flag =
            error_when.asks_for_flag || std::any_of(model.conditions.begin(), model.conditions.end(),
                                                    [](const Twin& one) { return one.asks_for_flag; });
        for (int i = 0; i < 100; ++i) {
            const SampleRequest request = random_request(random);
            Model view{request, {}};
            for (const auto& [key, value] : request.fields) view.fields[key] = value;
            const SampleEvent event(request, sampler.keys());
            const wl::sampling::Decision decision = sampler.decide(event.view());
            const std::size_t rule = model.rule(view);
            INFO("seed " << seed << " event " << i);
            REQUIRE(decision.rule == rule);
            REQUIRE(decision.keep == model.keeps(rule, request.randomness));
            if (decision.keep && !(asks_for_flag && request.continues_trace))
                REQUIRE(decision.weight * model.shares[rule] == 1);
            REQUIRE_FALSE(decision.predicate_threw);
            REQUIRE((sampler.is_error(event.view()) == wl::sampling::Truth::yes) == error_when.model(view));
        }
    }
}

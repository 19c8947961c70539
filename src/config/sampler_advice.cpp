#include "config/sampler_advice.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace wideline::config {

namespace {

bool is_compared_with_numbers(const Section& comparison) {
    for (const auto& [with, to] : comparison.json().items()) {
        if (with == "in" || with == "not_in") {
            if (std::any_of(to.begin(), to.end(), [](const nlohmann::json& item) { return item.is_number(); }))
                return true;
        } else if (to.is_number()) {
            return true;
        }
    }
    return false;
}

/// Whether services are known to write it as a text as well as a number: the last part of its name has "status" or
/// "code" in it.
bool is_status(std::string_view field) {
    const std::string_view last = field.substr(field.rfind('.') + 1);
    return last.find("status") != last.npos || last.find("code") != last.npos;
}

std::string status_in(const Section& condition) {
    if (condition.has("field") && is_status(condition.at("field").text())) return condition.at("field").text();
    if (condition.has("first_of"))
        for (const std::string& name : condition.at("first_of").texts())
            if (is_status(name)) return name;
    return {};
}

void advise_on_condition(const Section& condition, std::vector<Wrong>& advice) {
    for (const char* const joins : {"&&", "||"})
        if (condition.has(joins))
            for (const Section& one : condition.at(joins).items()) advise_on_condition(one, advice);
    if (condition.has("!")) advise_on_condition(condition.at("!"), advice);

    const std::string status = status_in(condition);
    const bool as_number = condition.has("number") && condition.at("number").boolean();
    if (!status.empty() && !as_number && is_compared_with_numbers(condition))
        advice.emplace_back(condition.path(), "\"" + status +
                                                  "\" is compared with numbers, and a status that was written as a "
                                                  "text, like \"503\", matches none: add \"number\": true");
    if (condition.has("upstream_sampled"))
        advice.emplace_back(
            condition.path(),
            "the weight of what is kept by upstream_sampled is known only if the caller sends its threshold (ot=th: in "
            "tracestate); other events get no sample_weight and are not counted");
}

}  // namespace

std::vector<Wrong> advice_on_sampler(const Section& section) {
    std::vector<Wrong> advice;
    if (!section.has("rules")) return advice;
    for (const Section& rule : section.at("rules").items())
        if (rule.has("when")) advise_on_condition(rule.at("when"), advice);
    return advice;
}

}  // namespace wideline::config

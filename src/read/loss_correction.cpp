#include "read/loss_correction.hpp"

#include "read/lines.hpp"
#include "read/reserved_field.hpp"

namespace wideline::read {

LossCorrection::LossCorrection() : line_({"sample_rule", "sample_weight"}) {}

void LossCorrection::begin(std::span<const LostEvents> lost, std::string_view lines) {
    any_ = false;
    left_ = {};
    factor_of_others_ = 1;
    if (lost.empty()) return;
    rules_.clear();
    OfRule of_none;
    for (const LostEvents& one : lost) {
        OfRule& rule = one.rule.empty() ? of_none : rules_[one.rule];
        rule.lost += one.weight;
        if (one.events != 0)
            rule.lost_errors += one.weight * static_cast<double>(one.errors) / static_cast<double>(one.events);
    }
    double of_others = 0;
    for_each_line(lines, [&](std::string_view line) {
        if (!line_.read(line)) return;
        const double weight = read::weight_of(line_.values()[1], line);
        const auto rule = rules_.find(rule_of(line_.values()[0]));
        (rule == rules_.end() ? of_others : rule->second.kept) += weight;
    });
    double corrected = of_others;
    for (auto& [name, rule] : rules_) {
        if (rule.kept > 0) {
            rule.factor = (rule.kept + rule.lost) / rule.kept;
            corrected += rule.kept + rule.lost;
        } else {
            left_.requests += rule.lost;
            left_.errors += rule.lost_errors;
        }
    }
    if (corrected > 0) {
        factor_of_others_ = (corrected + of_none.lost) / corrected;
    } else {
        left_.requests += of_none.lost;
        left_.errors += of_none.lost_errors;
    }
    for (auto& [name, rule] : rules_) rule.factor *= factor_of_others_;
    any_ = corrected > 0;
}

double LossCorrection::factor_of(std::string_view line) {
    if (!any_ || !line_.read(line)) return 1;
    const auto rule = rules_.find(rule_of(line_.values()[0]));
    return rule == rules_.end() ? factor_of_others_ : rule->second.factor;
}

std::optional<double> LossCorrection::weight_of(std::string_view line) {
    const double factor = factor_of(line);
    if (!line_.read(line)) return std::nullopt;
    return factor * read::weight_of(line_.values()[1], line);
}

std::string_view LossCorrection::rule_of(JsonText sample_rule) {
    if (sample_rule.size() < 2 || sample_rule.front() != '"') return {};
    if (sample_rule.find('\\') == JsonText::npos) return sample_rule.substr(1, sample_rule.size() - 2);
    rule_ = unescaped(sample_rule);
    return rule_;
}

std::span<const LostEvents> lost_of(const journal_files::FrameIndex* index) noexcept {
    if (index == nullptr) return {};
    return index->lost;
}

double requests_of(std::span<const LostEvents> lost) noexcept {
    double requests = 0;
    for (const LostEvents& one : lost) requests += one.weight;
    return requests;
}

std::uint64_t events_of(std::span<const LostEvents> lost) noexcept {
    std::uint64_t events = 0;
    for (const LostEvents& one : lost) events += one.events;
    return events;
}

}  // namespace wideline::read

#include "read/cost.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "read/reserved_field.hpp"

namespace wideline::read {
namespace {

constexpr double kBitsInByte = 8;

/// What bytes of a line cost: their own number, and their prices where they have some.
Cost cost_of(std::size_t bytes, const float* prices) {
    Cost cost;
    cost.raw = bytes;
    if (prices == nullptr) {
        cost.plain = bytes;
    } else {
        cost.priced_bits = std::accumulate(prices, prices + bytes, 0.0);
    }
    return cost;
}

}  // namespace

void Cost::add(const Cost& other) noexcept {
    events += other.events;
    weight += other.weight;
    raw += other.raw;
    stored += other.stored;
    priced_bits += other.priced_bits;
    plain += other.plain;
}

void CostTally::add(const LineBatch& batch) {
    const std::string_view lines = batch.lines();
    const float* const prices = batch.form() == LineBatch::Form::compressed ? prices_.of(lines).data() : nullptr;
    const auto prices_at = [&](std::size_t at) { return prices == nullptr ? nullptr : prices + at; };
    std::size_t end = 0;
    const auto add_blank_lines = [&](std::size_t upto) {
        const Cost blank = cost_of(upto - end, prices_at(end));
        braces_.add(blank);
        total_.add(blank);
    };
    for_each_line(lines, [&](std::string_view line) {
        const auto begin = static_cast<std::size_t>(line.data() - lines.data());
        add_blank_lines(begin);
        add_line(line, prices_at(begin));
        end = begin + line.size();
    });
    add_blank_lines(lines.size());
}

void CostTally::add_line(std::string_view line, const float* prices) {
    Cost whole = cost_of(line.size(), prices);
    whole.events = 1;
    if (!selection_.takes(line).value_or(true)) return unselected_.add(whole);
    if (!reader_.read_raw(line, line_)) return bad_lines_.add(whole);

    const auto upto = [&](const char* from, const char* to) {
        return cost_of(static_cast<std::size_t>(to - from),
                       prices == nullptr ? nullptr : prices + (from - line.data()));
    };
    const char* const end = line.data() + line.size();
    const auto begin_of = [](const RawField& field) { return field.key.data() - 1; };  // Its quote.
    const char* const first = line_.empty() ? end : begin_of(line_.front());
    const char* const behind = line_.empty() ? end : line_.back().value.data() + line_.back().value.size();
    braces_.add(upto(line.data(), first));
    braces_.add(upto(behind, end));
    ++braces_.events;

    std::string_view rule_text;
    whole.weight = weight_in(line_);
    bool has_time = false;
    for (const auto& [key, value] : line_) {
        if (key_is(key, "timestamp") && !std::exchange(has_time, true)) note_time(value);
        if (rule_text.empty() && key_is(key, "sample_rule")) rule_text = value;
    }
    for (std::size_t i = 0; i < line_.size(); ++i) {
        Cost field = upto(begin_of(line_[i]), i + 1 < line_.size() ? begin_of(line_[i + 1]) : behind);
        field.events = 1;
        field.weight = whole.weight;
        fields_[slots_.of(line_[i].key, i)].add(field);
    }
    total_.add(whole);
    rule(rule_text).add(whole);
}

void CostTally::note_time(JsonText timestamp) {
    const auto time = time_of(timestamp);
    if (!time) return;
    least_time_ = std::min(least_time_, static_cast<std::int64_t>(time->time_since_epoch().count()));
    greatest_time_ = std::max(greatest_time_, static_cast<std::int64_t>(time->time_since_epoch().count()));
}

Cost& CostTally::rule(std::string_view text) {
    rule_key_.assign(text);
    if (const auto found = rules_.find(rule_key_); found != rules_.end()) return found->second;
    if (rules_.size() >= kMostRules) rule_key_ = kOtherRules;
    return rules_[rule_key_];
}

void CostTally::merge(CostTally&& other) {
    const auto& names = other.slots_.names();
    for (std::size_t i = 0; i < names.size(); ++i) fields_[slots_.of_name(names[i])].add(other.fields_[i]);
    fields_[FieldSlots::kOtherFields].add(other.other_fields());
    for (const auto& [text, cost] : other.rules_) rule(text).add(cost);
    braces_.add(other.braces_);
    bad_lines_.add(other.bad_lines_);
    unselected_.add(other.unselected_);
    total_.add(other.total_);
    least_time_ = std::min(least_time_, other.least_time_);
    greatest_time_ = std::max(greatest_time_, other.greatest_time_);
}

void CostTally::settle(std::uint64_t compressed_bytes) {
    const double bits = total_.priced_bits + bad_lines_.priced_bits + unselected_.priced_bits;
    const double scale = bits > 0 ? static_cast<double>(compressed_bytes) / bits : 1 / kBitsInByte;
    const auto settle_one = [scale](Cost& cost) {
        cost.stored = cost.priced_bits * scale + static_cast<double>(cost.plain);
    };
    for (Cost& field : fields_) settle_one(field);
    for (auto& [text, cost] : rules_) settle_one(cost);
    for (Cost* cost : {&braces_, &bad_lines_, &unselected_, &total_}) settle_one(*cost);
}

std::vector<std::pair<std::string, Cost>> CostTally::fields() const {
    std::vector<std::pair<std::string, Cost>> named;
    for (std::size_t i = 0; i < slots_.names().size(); ++i) named.emplace_back(slots_.names()[i], fields_[i]);
    return named;
}

}  // namespace wideline::read

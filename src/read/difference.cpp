#include "read/difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <tuple>

#include "read/reserved_field.hpp"

namespace wideline::read {
namespace {

constexpr double kSignificant = 0.05;
constexpr std::size_t kRanges = 10;

/// What says when and with which weight an event was recorded, and ids, say nothing of what happened.
constexpr std::string_view kStamps[] = {"timestamp",      "event_id",      "trace_id",   "span_id",
                                        "parent_span_id", "sample_weight", "sample_rule"};

/// Numbers by their order of size: buckets whose bounds grow by an eighth of a power of two, negative ones below.
std::int32_t bucket_of(double number) {
    constexpr double kSteps = 8;
    constexpr std::int32_t kMiddle = 20'000;  // Past what any exponent gives, so that signs do not mix.
    if (number == 0) return 0;
    const auto size = kMiddle + static_cast<std::int32_t>(std::floor(std::log2(std::abs(number)) * kSteps));
    return number < 0 ? -size : size;
}

struct Bucket {
    Sides counts;
    double least = 0;
    double greatest = 0;
};

double of_ratio(double observed, double expected) {
    return observed > 0 ? observed * std::log(observed / expected) : 0;
}

double sum(const Sides& sides) { return sides.weight[0] + sides.weight[1]; }

}  // namespace

double log_likelihood_ratio(double share_a, double events_a, double share_b, double events_b) noexcept {
    const double all = events_a + events_b;
    if (!(events_a > 0) || !(events_b > 0)) return 0;
    const double share = (share_a * events_a + share_b * events_b) / all;
    double ratio = 0;
    for (const auto& [own, events] : {std::pair{share_a, events_a}, std::pair{share_b, events_b}})
        ratio += of_ratio(own * events, share * events) + of_ratio((1 - own) * events, (1 - share) * events);
    return std::max(0.0, 2 * ratio);
}

double chance_of(double ratio) noexcept { return std::erfc(std::sqrt(ratio / 2)); }

struct DifferenceTally::Field {
    std::string name;
    std::unordered_map<std::string, Sides> values;
    bool too_various = false;
    bool only_numbers = true;
    std::map<std::int32_t, Bucket> buckets;
    Sides present;
    std::uint64_t last_event = 0;  // That had it: a name that is repeated in a line counts once.
};

DifferenceTally::DifferenceTally(Match selection, Match within)
    : selection_(std::move(selection)), within_(std::move(within)) {}
DifferenceTally::~DifferenceTally() = default;

void DifferenceTally::add(const LineBatch& batch) {
    for_each_line(batch.lines(), [this](std::string_view line) { add_line(line); });
}

std::optional<Side> DifferenceTally::side_of(std::string_view line) {
    if (!selection_.terms().empty()) return matcher_.matches(line) ? Side::selected : Side::rest;
    const auto outcome =
        std::find_if(line_.begin(), line_.end(), [](const RawField& field) { return key_is(field.key, "outcome"); });
    if (outcome == line_.end()) return Side::rest;
    if (outcome->value.starts_with('"') && unescaped(outcome->value) == "cancelled") return std::nullopt;
    return is_failure(outcome->value) ? Side::selected : Side::rest;
}

void DifferenceTally::add_line(std::string_view line) {
    if (!reader_.read_raw(line, line_)) {
        ++bad_lines_;
        return;
    }
    if (!within_.terms().empty() && !within_matcher_.matches(line)) return;
    const double weight = weight_in(line_);
    if (weight == 0) return;  // Context for people: it stands for no request, and would be one more value to test.
    const std::optional<Side> found = side_of(line);
    if (!found) return;
    const Side side = *found;
    total_.add(side, weight);
    squares_[static_cast<std::size_t>(side)] += weight * weight;

    const std::uint64_t event = total_.events[0] + total_.events[1];
    for (std::size_t i = 0; i < line_.size(); ++i) {
        const std::size_t slot = slots_.of(line_[i].key, i);
        if (slot == FieldSlots::kOtherFields) continue;
        if (slot == fields_.size()) {
            fields_.push_back(std::make_unique<Field>());
            fields_.back()->name = slots_.names()[slot];
        }
        Field& field = *fields_[slot];
        if (field.last_event == event) continue;
        field.last_event = event;
        field.present.add(side, weight);
        add_value(field, line_[i].value, side, weight);
    }
}

void DifferenceTally::add_value(Field& field, JsonText value, Side side, double weight) {
    const auto number = field.only_numbers ? number_of(value) : std::nullopt;
    field.only_numbers = number.has_value();
    if (number) {
        const auto [at, is_new] = field.buckets.try_emplace(bucket_of(*number), Bucket{{}, *number, *number});
        at->second.counts.add(side, weight);
        at->second.least = std::min(at->second.least, *number);
        at->second.greatest = std::max(at->second.greatest, *number);
    }
    if (field.too_various) return;
    value_.assign(value);
    const auto [at, is_new] = field.values.try_emplace(value_);
    at->second.add(side, weight);
    if (!is_new) return;
    ++values_;
    if (field.values.size() > kMostValues || values_ > kMostValuesInAll) give_up(field);
}

void DifferenceTally::give_up(Field& field) {
    field.too_various = true;
    values_ -= field.values.size();
    field.values = {};
}

void DifferenceTally::merge(DifferenceTally&& other) {
    for (std::size_t i = 0; i < other.fields_.size(); ++i) {
        const Field& theirs = *other.fields_[i];
        const std::size_t slot = slots_.of_name(theirs.name);
        if (slot == FieldSlots::kOtherFields) continue;
        if (slot == fields_.size()) {
            fields_.push_back(std::make_unique<Field>());
            fields_.back()->name = theirs.name;
        }
        Field& mine = *fields_[slot];
        mine.present.add(theirs.present);
        mine.only_numbers &= theirs.only_numbers;
        for (const auto& [number, bucket] : theirs.buckets) {
            Bucket& own = mine.buckets.try_emplace(number, Bucket{{}, bucket.least, bucket.greatest}).first->second;
            own.counts.add(bucket.counts);
            own.least = std::min(own.least, bucket.least);
            own.greatest = std::max(own.greatest, bucket.greatest);
        }
        if (theirs.too_various && !mine.too_various) give_up(mine);
        if (mine.too_various) continue;
        for (const auto& [value, counts] : theirs.values) {
            const auto [at, is_new] = mine.values.try_emplace(value);
            at->second.add(counts);
            values_ += is_new ? 1 : 0;
        }
        if (mine.values.size() > kMostValues) give_up(mine);
    }
    total_.add(other.total_);
    for (const std::size_t i : {0, 1}) squares_[i] += other.squares_[i];
    bad_lines_ += other.bad_lines_;
}

double DifferenceTally::effective_events(Side side) const noexcept {
    const auto i = static_cast<std::size_t>(side);
    return squares_[i] > 0 ? total_.weight[i] * total_.weight[i] / squares_[i] : 0;
}

bool DifferenceTally::says_the_selection(std::string_view name) const {
    if (std::find(std::begin(kStamps), std::end(kStamps), name) != std::end(kStamps)) return true;
    const auto& terms = selection_.terms();
    if (terms.empty()) return name == "outcome" || name.starts_with("error.");
    return std::any_of(terms.begin(), terms.end(), [name](const SearchTerm& term) {
        return term.is_word() ? term.word_may_be_key() && term.value() == name : term.key() == name;
    });
}

void DifferenceTally::test(std::vector<Difference>& tests, const Field& field, const std::string& value,
                           const std::string& upto, const Sides& counts) const {
    Difference one{field.name, value, upto, counts, 0, 0, 0, 0};
    if (total_.weight[0] > 0) one.selected_share = std::min(1.0, counts.weight[0] / total_.weight[0]);
    if (total_.weight[1] > 0) one.rest_share = std::min(1.0, counts.weight[1] / total_.weight[1]);
    one.g2 = log_likelihood_ratio(one.selected_share, effective_events(Side::selected), one.rest_share,
                                  effective_events(Side::rest));
    tests.push_back(std::move(one));
}

void DifferenceTally::test_ranges(std::vector<Difference>& tests, const Field& field) const {
    const double tenth = sum(field.present) / kRanges;
    std::optional<Bucket> range;
    for (auto at = field.buckets.begin(); at != field.buckets.end(); ++at) {
        const Bucket& bucket = at->second;
        if (!range) range = Bucket{{}, bucket.least, bucket.greatest};
        range->counts.add(bucket.counts);
        range->least = std::min(range->least, bucket.least);
        range->greatest = std::max(range->greatest, bucket.greatest);
        if (sum(range->counts) < tenth && std::next(at) != field.buckets.end()) continue;
        test(tests, field, fmt::format("{}", range->least), fmt::format("{}", range->greatest), range->counts);
        range.reset();
    }
}

void DifferenceTally::test_field(std::vector<Difference>& tests, const Field& field) const {
    const std::uint64_t all = total_.events[0] + total_.events[1];
    const std::uint64_t present = field.present.events[0] + field.present.events[1];
    if (present != all) {
        Sides absent;
        for (const std::size_t i : {0, 1}) {
            absent.events[i] = total_.events[i] - field.present.events[i];
            absent.weight[i] = std::max(0.0, total_.weight[i] - field.present.weight[i]);
        }
        test(tests, field, "", "", absent);
    }
    if (is_in_ranges(field))
        test_ranges(tests, field);
    else if (!is_too_various(field))
        for (const auto& [value, counts] : field.values) test(tests, field, value, "", counts);
}

bool DifferenceTally::is_in_ranges(const Field& field) {
    return field.only_numbers && (field.too_various || field.values.size() > kMostPlainNumbers);
}

bool DifferenceTally::is_too_various(const Field& field) {
    const std::uint64_t present = field.present.events[0] + field.present.events[1];
    return field.too_various || (field.values.size() > kMostPlainNumbers && 2 * field.values.size() > present);
}

Differences DifferenceTally::differences() const {
    Differences result;
    for (const auto& field : fields_) {
        if (says_the_selection(field->name)) continue;
        if (!is_in_ranges(*field) && is_too_various(*field)) result.too_various.push_back(field->name);
        std::vector<Difference> tests;
        test_field(tests, *field);
        // Of two, absence being one too, one says all: what the selected have more often.
        if (tests.size() == 2) tests.erase(tests.begin() + (tests[0].selected_share < tests[0].rest_share ? 0 : 1));
        std::move(tests.begin(), tests.end(), std::back_inserter(result.ranked));
    }
    result.tested = result.ranked.size();
    for (Difference& one : result.ranked) one.p = std::min(1.0, chance_of(one.g2) * static_cast<double>(result.tested));
    std::erase_if(result.ranked, [](const Difference& one) { return one.p >= kSignificant; });
    std::sort(result.ranked.begin(), result.ranked.end(), [](const Difference& a, const Difference& b) {
        const double of_a = std::abs(a.selected_share - a.rest_share);
        const double of_b = std::abs(b.selected_share - b.rest_share);
        if (of_a != of_b) return of_a > of_b;
        return std::tie(a.field, a.value) < std::tie(b.field, b.value);
    });
    std::sort(result.too_various.begin(), result.too_various.end());
    return result;
}

}  // namespace wideline::read

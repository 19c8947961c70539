#include "view/search.hpp"

#include <algorithm>
#include <stdexcept>

#include "read/reserved_field.hpp"

namespace wideline::view {
namespace {

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    bool quoted = false;
    bool begun = false;
    bool keeps_quotes = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (quoted && text.substr(at).starts_with("\\\"")) {
            word += text[++at];
        } else if (c == '"') {
            if (!begun) keeps_quotes = true;
            if (keeps_quotes) word += c;
            if (quoted) keeps_quotes = false;
            quoted = !quoted;
            begun = true;
        } else if (!quoted && (c == ' ' || c == '\t' || c == '\n')) {
            if (begun) words.push_back(std::move(word));
            word.clear();
            begun = false;
        } else {
            word += c;
            begun = true;
        }
    }
    if (quoted) throw std::invalid_argument("a quote has no end: write name=\"two words\"");
    if (begun) words.push_back(std::move(word));
    return words;
}

}  // namespace

read::Match match_of(std::string_view words) {
    auto match = read::Match::parse(words_of(words));
    if (!match.ok()) throw std::invalid_argument(match.failure().sentence());
    return std::move(match.value());
}

Search::Search(const Terms& terms)
    : terms_(terms),
      filter_(terms_.match),
      matcher_(terms_.match),
      line_({"timestamp", "duration_ms", "outcome", "sample_weight", terms.by}) {}

bool Search::may_want(std::int64_t least_time, std::int64_t greatest_time, std::uint64_t errors) const {
    if (terms_.since && greatest_time < *terms_.since) return false;
    if (terms_.until && least_time >= *terms_.until) return false;
    return !terms_.errors || errors != 0;
}

bool Search::may_want(const journal_files::FrameIndex& index) const {
    return may_want(index.least_time, index.greatest_time, index.errors) && terms_.match.may_hold(index);
}

read::LossCorrection::Left Search::left_of(const journal_files::FrameIndex* index) const {
    const bool whole = index != nullptr && only_times() && (!terms_.since || index->least_time >= *terms_.since) &&
                       (!terms_.until || index->greatest_time < *terms_.until);
    if (!whole) return {};
    const auto left = correction_.left();
    return {terms_.errors ? left.errors : left.requests, left.errors};
}

std::optional<EventFacts> Search::facts_of(std::string_view line) {
    if (!matcher_.matches(line) || !line_.read(line)) return std::nullopt;
    const auto values = line_.values();
    EventFacts facts;
    if (const auto time = read::time_of(values[0])) facts.time = time->time_since_epoch().count();
    if (terms_.since && facts.time < *terms_.since) return std::nullopt;
    if (terms_.until && (facts.time == EventFacts::kNoTime || facts.time >= *terms_.until)) return std::nullopt;
    facts.failed = read::is_failure(values[2]);
    if (terms_.errors && !facts.failed) return std::nullopt;
    facts.duration_ms = read::number_of(values[1]);
    facts.weight = read::weight_of(values[3], line) * correction_.factor_of(line);
    facts.broken_down = terms_.by.empty() ? read::JsonText() : values[4];
    return facts;
}

}  // namespace wideline::view

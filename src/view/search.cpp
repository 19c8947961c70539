#include "view/search.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "journal/pair_filter.hpp"
#include "read/time_text.hpp"

namespace wideline::view {
namespace {

constexpr std::size_t kStampedKeys = 4;
constexpr std::size_t kBrokenDown = kStampedKeys;
constexpr std::size_t kFirstCondition = kStampedKeys + 1;

bool is_condition(std::string_view word) {
    const std::size_t at = word.find_first_of("=!<>~");
    return at != std::string_view::npos && at != 0;
}

std::string as_in_a_line(const std::string& text) {
    const std::string quoted = nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    bool quoted = false;
    bool begun = false;
    for (const char c : text) {
        if (c == '"') {
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

Search::Search(const Terms& terms) : terms_(terms) {
    std::vector<std::string> keys{"timestamp", "duration_ms", "outcome", "sample_weight", terms.by};
    for (const std::string& word : words_of(terms.words)) {
        if (word.empty()) continue;
        if (!is_condition(word)) {
            texts_.push_back(as_in_a_line(word));
            continue;
        }
        conditions_.emplace_back(word);
        keys.push_back(conditions_.back().key());
        const std::size_t sign = word.find_first_of("=!<>~");
        if (word[sign] == '=') pairs_.emplace_back(word.substr(0, sign), word.substr(sign + 1));
    }
    line_.emplace(std::move(keys));
}

bool Search::may_want(std::int64_t least_time, std::int64_t greatest_time, std::uint64_t errors) const {
    if (terms_.since && greatest_time < *terms_.since) return false;
    if (terms_.until && least_time >= *terms_.until) return false;
    return !terms_.errors || errors != 0;
}

bool Search::may_want(const journal_files::FrameIndex& index) const {
    return may_want(index.least_time, index.greatest_time, index.errors) &&
           std::all_of(pairs_.begin(), pairs_.end(), [&](const auto& pair) {
               return journal_files::may_contain(index.pair_filter, pair.first, pair.second);
           });
}

std::optional<EventFacts> Search::take(std::string_view line) {
    for (const std::string& text : texts_)
        if (line.find(text) == std::string_view::npos) return std::nullopt;
    if (!line_->read(line)) return std::nullopt;
    const auto values = line_->values();
    EventFacts facts;
    if (values[0].size() >= 2)
        if (const auto time = read::parse_rfc3339(values[0].substr(1, values[0].size() - 2)))
            facts.time = time->time_since_epoch().count();
    if (terms_.since && facts.time < *terms_.since) return std::nullopt;
    if (terms_.until && (facts.time == EventFacts::kNoTime || facts.time >= *terms_.until)) return std::nullopt;
    facts.failed = !values[2].empty() && values[2] != "\"success\"";
    if (terms_.errors && !facts.failed) return std::nullopt;
    for (std::size_t i = 0; i < conditions_.size(); ++i)
        if (!conditions_[i].holds(values[kFirstCondition + i])) return std::nullopt;
    facts.duration_ms = read::number_of(values[1]);
    facts.weight = std::max(0.0, read::number_of(values[3]).value_or(1));
    facts.broken_down = terms_.by.empty() ? read::JsonText() : values[kBrokenDown];
    return facts;
}

}  // namespace wideline::view

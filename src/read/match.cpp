#include "read/match.hpp"

#include <algorithm>

namespace wideline::read {
namespace {

/// The first of "all of them" and "any of them" to be decided; `holds(term)` is asked in order.
template <class Terms, class Holds>
bool combined(const Terms& terms, Match::Combine combine, Holds holds) {
    if (combine == Match::Combine::any && !terms.empty()) return std::any_of(terms.begin(), terms.end(), holds);
    return std::all_of(terms.begin(), terms.end(), holds);
}

/// In the order of the terms that have one.
std::vector<std::string> keys_of(const std::vector<SearchTerm>& terms) {
    std::vector<std::string> keys;
    for (const SearchTerm& term : terms)
        if (!term.is_word()) keys.push_back(term.key());
    return keys;
}

}  // namespace

platform::Result<Match> Match::parse(const std::vector<std::string>& expressions, Combine combine) {
    std::vector<SearchTerm> terms;
    for (const std::string& expression : expressions) {
        auto term = SearchTerm::parse(expression);
        if (!term.ok()) return term.failure();
        terms.push_back(std::move(term.value()));
    }
    return Match(std::move(terms), combine);
}

bool Match::may_hold(const journal_files::FrameIndex& index) const noexcept {
    return combined(terms_, combine_, [&index](const SearchTerm& term) { return term.may_hold(index); });
}

Matcher::Matcher(const Match& match) : match_(match), line_(keys_of(match.terms())) {
    for (const SearchTerm& term : match.terms()) has_words_ = has_words_ || term.is_word();
}

bool Matcher::matches(std::string_view line) {
    if (has_words_ && !line_.read_all(line, fields_)) return false;
    if (!line_.read(line)) return false;
    std::size_t key = 0;
    return combined(match_.terms(), match_.combine(), [&](const SearchTerm& term) {
        return term.is_word() ? term.in_any(fields_) : term.holds(line_.values()[key++]);
    });
}

}  // namespace wideline::read

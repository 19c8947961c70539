#include "read/line_filter.hpp"

#include <algorithm>
#include <cstring>

#include "read/byte_window.hpp"

namespace wideline::read {
namespace {

/// As it must stand in a JSON string where nothing is escaped that need not be; nothing where there are two ways.
std::optional<std::string> as_in_json(std::string_view text) {
    std::string json;
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20) return std::nullopt;
        if (c == '"' || c == '\\') json.push_back('\\');
        json.push_back(c);
    }
    return json;
}

std::optional<std::string> bytes_of(const SearchTerm& term) {
    if (term.is_word()) return as_in_json(term.value());
    const bool by_value = term.operation() == SearchTerm::Operator::equal && term.is_text_alone();
    auto bytes = as_in_json(by_value ? term.value() : term.key());
    if (bytes) bytes = "\"" + *bytes + "\"";
    return bytes;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/// Whether the term may hold of what stands behind its key, at `at`. Yes where that cannot be told at a glance.
bool may_hold_behind_key(const SearchTerm& term, const char* at, const char* end) {
    while (at != end && is_blank(*at)) ++at;
    if (at == end || *at != ':') return false;  // The bytes are a value.
    for (++at; at != end && is_blank(*at);) ++at;
    const std::string_view rest(at, static_cast<std::size_t>(end - at));
    if (rest.empty() || rest.front() == '[' || rest.front() == '{') return true;
    if (rest.front() != '"') return term.holds(rest.substr(0, rest.find_first_of(",} \t\r\n")));
    const std::size_t quote = rest.find('"', 1);
    if (quote == std::string_view::npos || rest.substr(0, quote).find('\\') != std::string_view::npos) return true;
    return term.holds(rest.substr(0, quote + 1));
}

}  // namespace

LineFilter::LineFilter(const Match& match) : match_(match) {
    std::vector<Probe> probes;
    bool slash = false;
    for (const SearchTerm& term : match.terms()) {
        auto bytes = bytes_of(term);
        if (!bytes && match.combine() == Match::Combine::any) every_line_ = true;
        if (!bytes) continue;
        slash = slash || bytes->find('/') != std::string::npos;
        probes.push_back({&term, Needle(std::move(*bytes))});
    }
    every_line_ = every_line_ || probes.empty();
    if (every_line_) return;
    if (match.combine() == Match::Combine::all) {
        // Keys are in most lines; a text is what leaves most of them out, a long one first.
        const auto leader = std::max_element(probes.begin(), probes.end(), [](const Probe& a, const Probe& b) {
            const auto worth = [](const Probe& probe) {
                const bool text = probe.term->is_word() || (probe.term->operation() == SearchTerm::Operator::equal &&
                                                            probe.term->is_text_alone());
                return std::pair(text, probe.needle.bytes().size());
            };
            return worth(a) < worth(b);
        });
        std::iter_swap(probes.begin(), leader);
        others_.assign(probes.begin() + 1, probes.end());
        probes.erase(probes.begin() + 1, probes.end());
    }
    escapes_.emplace_back("\\u");
    if (slash) escapes_.emplace_back("\\/");
    for (const Needle& escape : escapes_) probes.push_back({nullptr, escape});
    probes_ = std::move(probes);
}

void LineFilter::begin() noexcept {
    for (Probe& probe : probes_) probe.found = nullptr;
}

const char* LineFilter::next_hit(Probe& probe, const char* from, const char* end) const {
    if (probe.found != nullptr && probe.found >= from) return probe.found;
    const std::string_view text(from, static_cast<std::size_t>(end - from));
    std::size_t at = 0;
    const bool by_value = probe.term == nullptr || probe.term->is_word() ||
                          (probe.term->operation() == SearchTerm::Operator::equal && probe.term->is_text_alone());
    for (;; ++at) {
        at = probe.needle.find(text, at);
        if (at == std::string_view::npos) return probe.found = end;
        if (by_value || may_hold_behind_key(*probe.term, from + at + probe.needle.bytes().size(), end))
            return probe.found = from + at;
    }
}

std::string_view LineFilter::next(std::string_view lines) {
    const char* const end = lines.data() + lines.size();
    const auto line_at = [&](const char* at) {
        const std::size_t offset = static_cast<std::size_t>(at - lines.data());
        const std::size_t before = offset == 0 ? std::string_view::npos : lines.rfind('\n', offset - 1);
        const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
        const std::size_t newline = lines.find('\n', offset);
        return lines.substr(begin, newline == std::string_view::npos ? newline : newline + 1 - begin);
    };
    for (const char* from = lines.data(); from != end;) {
        const char* hit = every_line_ ? from : end;
        for (Probe& probe : probes_) hit = std::min(hit, next_hit(probe, from, end));
        if (hit == end) return {};
        const std::string_view line = line_at(hit);
        if (may_match(line)) return line;
        from = line.data() + line.size();
    }
    return {};
}

bool LineFilter::may_match(std::string_view line) const {
    const char* const end = line.data() + line.size();
    const auto has_escape = [&] {
        return std::any_of(escapes_.begin(), escapes_.end(),
                           [&](const Needle& needle) { return needle.find(line) != std::string_view::npos; });
    };
    for (const Probe& other : others_) {
        Probe probe = other;
        if (next_hit(probe, line.data(), end) == end) return has_escape();
    }
    return true;
}

}  // namespace wideline::read

#include "cli/scan.hpp"

#include <map>
#include <string_view>
#include <utility>

#include <wideline/key.hpp>

#include "cli/input.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "encoding/json_unescape.hpp"
#include "encoding/json_walk.hpp"
#include "encoding/printable.hpp"
#include "read/lines.hpp"
#include "redaction/redacted_json.hpp"

namespace wideline::cli {
namespace {

/// Stamped fields that texts of a service come into.
bool is_text_of_service(std::string_view key) {
    return !detail::is_stamped(key) || key == "name" || key.starts_with("error.") || key.starts_with("service.");
}

/// A masked or hashed value is not a secret any more.
bool was_taken(std::string_view json) {
    return json.starts_with("\"***") || (json.starts_with("\"h:") && json.size() == 36);
}

class Findings {
public:
    void look_at(std::string_view line) {
        ++events_;
        readable_.assign(line).append(json_text::kWalkReadsBehind, '\0');
        json_text::JsonWalk walk(std::string_view(readable_).substr(0, line.size()), json_text::JsonWalk::Over::object);
        json_text::JsonWalk::Member member;
        while (walk.next(member)) look_at(member);
        if (!walk.whole()) ++bad_lines_;
    }

    /// Sorted by key.
    [[nodiscard]] std::string table() const {
        Table table({"key", "kind", "values"});
        table.align_left(1);
        for (const auto& [place, values] : values_)
            table.add({printable(place.first), place.second, with_thousands(static_cast<double>(values))});
        return table.text();
    }
    [[nodiscard]] bool any() const noexcept { return !values_.empty(); }
    [[nodiscard]] std::uint64_t events() const noexcept { return events_; }
    [[nodiscard]] std::uint64_t bad_lines() const noexcept { return bad_lines_; }

private:
    void look_at(const json_text::JsonWalk::Member& member) {
        const std::string key = json_text::unescaped("\"" + std::string(member.key) + "\"");
        if (!is_text_of_service(key)) return;
        const redaction::KeyDecision decision = redactor_.of(key);
        taken_.clear();
        if (redaction::leaves_out(decision, member.value)) {
            if (!was_taken(member.value)) redactor_.count_removed(decision, taken_);
        } else if (may_hold(member.value)) {
            static_cast<void>(redaction::redacted_json(redactor_, member.value, decision, key, taken_));
        }
        for (const std::uint16_t rule : taken_.rules()) ++values_[{redactor_.redacted(key), redactor_.rules()[rule]}];
        if (redactor_.redacted(key) != key) ++values_[{redactor_.redacted(key), "keys"}];
    }

    [[nodiscard]] bool may_hold(std::string_view json) const {
        return json.find_first_of("{\\") != json.npos || redactor_.suspects(json);
    }

    const redaction::Redactor redactor_{
        Redaction{}.detect({Detect::emails, Detect::cards, Detect::tokens, Detect::ibans})};
    redaction::Taken taken_;
    std::string readable_;
    std::map<std::pair<std::string, std::string>, std::uint64_t> values_;  // by key and kind
    std::uint64_t events_ = 0;
    std::uint64_t bad_lines_ = 0;
};

}  // namespace

ExitStatus scan(const ScanOptions& options) {
    Findings findings;
    Input input(options.paths);
    ExitStatus status = input.for_each([&](const read::SegmentReader&, const read::Piece& piece) {
        if (piece.kind != read::Piece::Kind::lines) return;
        read::for_each_line(piece.lines, [&](std::string_view line) { findings.look_at(line); });
    });
    if (findings.bad_lines() != 0) {
        complain(read::were_left_out(findings.bad_lines()));
        status = worse(status, ExitStatus::nothing_or_problems);
    }
    Output output;
    if (findings.any()) {
        output.write(findings.table());
        status = worse(status, ExitStatus::nothing_or_problems);
    } else {
        output.write("nothing was found in " +
                     with_thousands(static_cast<double>(findings.events() - findings.bad_lines())) + " events\n");
    }
    output.flush();
    return status;
}

}  // namespace wideline::cli

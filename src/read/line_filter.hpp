// Which lines of a frame are worth parsing: a search that few events match parses few of them.
//
// What is asked for stands in a line in the one way in which JSON needs it (`"` as `\"`, all else as it is), unless
// somebody escaped more than he had to. So a line that does not have these bytes, and no escape that need not be
// there (`\u…`, `\/`), cannot match. Of comparisons the key is looked for, and the value that stands behind it compared
// in place. Every line that passes is parsed and asked again: this only leaves out.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "read/match.hpp"
#include "read/needle.hpp"

namespace wideline::read {

/// One thread at a time; the Match outlives it.
class LineFilter {
public:
    explicit LineFilter(const Match& match);

    /// The first line of `lines` that may match, its '\n' included; empty where none is left. What comes behind it is
    /// asked for with the rest.
    [[nodiscard]] std::string_view next(std::string_view lines);
    /// Before lines that are not the rest of what next() was last given.
    void begin() noexcept;

private:
    /// Where a term's bytes are next. Looked for anew only when the search has gone past.
    struct Probe {
        const SearchTerm* term;  // Null: the bytes are an escape that need not be there.
        Needle needle;
        const char* found = nullptr;
    };

    [[nodiscard]] const char* next_hit(Probe& probe, const char* from, const char* end) const;
    [[nodiscard]] bool may_match(std::string_view line) const;

    const Match& match_;
    bool every_line_ = false;
    std::vector<Probe> probes_;
    std::vector<Probe> others_;  // Of a Match of which all must hold: the terms that do not lead.
    std::vector<Needle> escapes_;
};

}  // namespace wideline::read

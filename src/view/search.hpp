// What somebody asks the page for: a span of time, an outcome, and words.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/frame_index.hpp"
#include "read/event_line.hpp"
#include "read/line_filter.hpp"
#include "read/loss_correction.hpp"
#include "read/match.hpp"

namespace wideline::view {

/// What an event says of itself that is counted. The texts lie in its line.
struct EventFacts {
    std::int64_t time = kNoTime;  ///< Microseconds since 1970.
    double weight = 1;
    std::optional<double> duration_ms;
    bool failed = false;
    read::JsonText broken_down;  ///< The value of the field that was asked for; empty where there is none.

    static constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::min();
};

/// One thread at a time: copies of its terms for others.
class Search {
public:
    struct Terms {
        read::Match match;
        std::optional<std::int64_t> since;  ///< Events that began then or later.
        std::optional<std::int64_t> until;  ///< Events that began before then.
        bool errors = false;
        std::string by;  ///< The field that EventFacts::broken_down is of; may be empty.
    };

    explicit Search(const Terms& terms);
    Search(const Search&) = delete;
    Search& operator=(const Search&) = delete;

    /// Whether events of these times and outcomes may be wanted.
    [[nodiscard]] bool may_want(std::int64_t least_time, std::int64_t greatest_time, std::uint64_t errors) const;
    /// Whether a frame must be read, by its index.
    [[nodiscard]] bool may_want(const journal_files::FrameIndex& index) const;
    /// Begins a frame: the weights of its events are corrected by what was lost.
    void begin_frame(const journal_files::FrameIndex* index, std::string_view lines) {
        correction_.begin(read::lost_of(index), lines);
    }
    /// What was lost of rules of which the frame has no event, as far as it is known to be wanted.
    [[nodiscard]] read::LossCorrection::Left left_of(const journal_files::FrameIndex* index) const;
    /// Calls `take(facts, line)` with each event of `lines` that is wanted. kReadableBehind bytes behind them must be
    /// readable.
    template <class Take>
    void for_each(std::string_view lines, Take take) {
        filter_.begin();
        while (!lines.empty()) {
            const std::string_view line = filter_.next(lines);
            if (line.empty()) return;
            lines.remove_prefix(static_cast<std::size_t>(line.data() - lines.data()) + line.size());
            if (const auto facts = facts_of(line)) take(*facts, line);
        }
    }

    /// Whether the indexes of frames say all: no words were asked for.
    [[nodiscard]] bool only_times() const noexcept { return terms_.match.terms().empty(); }

private:
    /// Nothing where the event is not wanted, or is no JSON object.
    std::optional<EventFacts> facts_of(std::string_view line);

    const Terms terms_;
    read::LineFilter filter_;
    read::Matcher matcher_;
    read::EventLine line_;
    read::LossCorrection correction_;
};

/// What somebody typed: the expressions of `wideline grep`, between spaces, all of which must hold. A word that begins
/// with a double quote keeps it, for the expression reads it: "two words" is text. Further on, quotes hold spaces and
/// are taken away: user.id="two words". In them, \" is a quote. Throws std::invalid_argument with a sentence.
[[nodiscard]] read::Match match_of(std::string_view words);

}  // namespace wideline::view

// What somebody asks the page for: a span of time, an outcome, and words.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/frame_index.hpp"
#include "read/event_condition.hpp"
#include "read/event_line.hpp"

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
        /// Words between spaces (in double quotes where they hold spaces), all of which must hold: conditions as
        /// read::EventCondition takes them, or any other text, which stands somewhere in the event's line.
        std::string words;
        std::optional<std::int64_t> since;  ///< Events that began then or later.
        std::optional<std::int64_t> until;  ///< Events that began before then.
        bool errors = false;
        std::string by;  ///< The field that EventFacts::broken_down is of; may be empty.
    };

    /// Throws std::invalid_argument with a sentence for a condition that is none.
    explicit Search(const Terms& terms);

    /// Whether events of these times and outcomes may be wanted.
    [[nodiscard]] bool may_want(std::int64_t least_time, std::int64_t greatest_time, std::uint64_t errors) const;
    /// Whether a frame must be read, by its index.
    [[nodiscard]] bool may_want(const journal_files::FrameIndex& index) const;
    /// Nothing where the event is not wanted, or is no JSON object. kReadableBehind bytes behind `line` must be
    /// readable.
    [[nodiscard]] std::optional<EventFacts> take(std::string_view line);

    /// Whether the indexes of frames say all: no words were asked for.
    [[nodiscard]] bool only_times() const noexcept { return conditions_.empty() && texts_.empty(); }

private:
    Terms terms_;
    std::vector<read::EventCondition> conditions_;
    std::vector<std::pair<std::string, std::string>> pairs_;  // Of conditions with `=`: filters know them.
    std::vector<std::string> texts_;                          // As they stand in a line: escaped.
    std::optional<read::EventLine> line_;
};

/// The words of a search, quotes taken away. Throws std::invalid_argument where a quote has no end.
[[nodiscard]] std::vector<std::string> words_of(std::string_view text);

}  // namespace wideline::view

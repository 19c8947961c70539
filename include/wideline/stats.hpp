// What became of every request. The numbers add up, always:
//
//   started = in_flight + kept + sampled_away + discarded
//   kept    = delivered + queued + lost.total()
//
// An event that is kept after all (Options::retain_dropped) was counted in sampled_away, and stays there: as its weight
// is 0, it stands for no request among those kept. How many there were is in `retroactive`, beside the two sums.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wideline {

/// Kept events that were not delivered, by reason.
struct Lost {
    std::uint64_t queue_full = 0;       ///< more were kept than the pipeline and its sinks could take, though they were
                                        ///< thinned; errors are the last to go
    std::uint64_t journal_stalled = 0;  ///< the same, while the journal could not write: its disk is full or fails
    std::uint64_t sink_failed = 0;      ///< a sink threw
    std::uint64_t no_memory = 0;  ///< `Options::memory` was used up when the request began: its event is in no file
    std::uint64_t shutdown = 0;   ///< the recorder's end came first
    std::uint64_t in_child = 0;   ///< begun in a forked child, for its parent's recorder (`Options::in_children`)

    [[nodiscard]] std::uint64_t total() const noexcept {
        return queue_full + journal_stalled + sink_failed + no_memory + shutdown + in_child;
    }
};

struct SampledAwayByRule {
    std::string rule;
    std::uint64_t requests = 0;
};

struct RedactedByRule {
    std::string rule;  ///< "defaults", "urls", "tokens", "emails", "cards", "ibans", or as in "remove *.ssn"
    std::uint64_t values = 0;
};

struct Stats {
    std::uint64_t started = 0;
    std::uint64_t in_flight = 0;
    std::uint64_t kept = 0;
    std::uint64_t sampled_away = 0;
    std::uint64_t discarded = 0;
    std::vector<SampledAwayByRule>
        sampled_away_by_rule{};  ///< in the rules' order, those of a reload last; adds up to sampled_away

    /// The number of those sampled away that their rule would have kept: they were thinned because the queue was
    /// filling (docs/sampling.md, "Under overload").
    std::uint64_t thinned = 0;
    bool stressed = false;  ///< events are being thinned now

    std::uint64_t retroactive = 0;       ///< of those sampled away, delivered after all as context
    std::uint64_t lost_retroactive = 0;  ///< the same, but a sink threw or memory was used up

    std::uint64_t delivered = 0;  ///< every sink has taken it
    std::uint64_t queued = 0;
    Lost lost{};
    std::uint64_t lost_errors = 0;  ///< of those lost, the ones that had failed

    std::uint64_t batches = 0;
    std::uint64_t json_bytes = 0;        ///< of delivered events
    std::uint64_t recovered_events = 0;  ///< of earlier processes that died, written when the journal was opened
    std::uint64_t removed_events = 0;  ///< that were in the files, also an earlier process's: JournalOptions::retain_*

    std::uint64_t orphan_writes = 0;  ///< with no request current; of the whole process
    std::uint64_t late_writes = 0;    ///< after the request had ended; of the whole process
    /// Requests and attaches that were not the innermost of their thread when their scope ended, or were current on
    /// another one: many lines of execution share threads, and fields may be on the wrong event. See docs/async.md. Of
    /// the whole process.
    std::uint64_t interleaved = 0;
    std::uint64_t truncated_events = 0;
    std::uint64_t damaged_events =
        0;                       ///< written as far as they were whole: two threads wrote at once, without a Handle
    std::uint64_t redacted = 0;  ///< values that Options::redact took
    std::vector<RedactedByRule> redacted_by_rule{};  ///< rules that took any; adds up to redacted
    std::uint64_t invalid_utf8 = 0;                  ///< sequences that became U+FFFD
    std::uint64_t not_finite = 0;  ///< NaN, infinities and times past the year 9999, which became null
    std::uint64_t malformed_traceparents = 0;
    std::uint64_t predicate_errors = 0;  ///< rules whose predicate threw: the event was kept
    std::uint64_t enrich_errors = 0;
    std::uint64_t reload_errors = 0;  ///< samplers that could not be used: the one before went on

    std::string last_error{};  ///< what a sink said last; empty if nothing went wrong
};

}  // namespace wideline

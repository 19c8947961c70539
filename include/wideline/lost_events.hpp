// Losses: events that a rule kept and that no batch has. The index of a frame tells of them, so that whoever reads the
// files can correct an estimate by them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wideline {

/// Why an event was lost. The numbers are those of the files; a later version may write others.
enum class LossReason : std::uint16_t {
    queue_full = 1,       ///< More were kept than the pipeline and its sinks could take.
    journal_stalled = 2,  ///< The same, while the journal could not write.
    sink_failed = 3,      ///< Every sink threw.
    no_memory = 4,        ///< `Options::memory` was used up.
};

/// As `Stats::lost` names them; "unknown" for a number of a later version.
[[nodiscard]] constexpr std::string_view name_of(LossReason reason) noexcept {
    switch (reason) {
        case LossReason::queue_full:
            return "queue_full";
        case LossReason::journal_stalled:
            return "journal_stalled";
        case LossReason::sink_failed:
            return "sink_failed";
        case LossReason::no_memory:
            return "no_memory";
    }
    return "unknown";
}

/// Events that one rule kept and that were lost for one reason.
struct LostEvents {
    std::string rule;  ///< Valid UTF-8. Empty if there was no memory for the requests, so that no rule was asked.
    LossReason reason = LossReason::queue_full;
    std::uint64_t events = 0;
    std::uint64_t errors = 0;  ///< The number of them that had failed.
    double weight = 0;         ///< The sum of the sample_weight that they had: how many requests they stood for.

    bool operator==(const LostEvents&) const = default;
};

}  // namespace wideline

// What a frame's index says was lost, spread over the events of the frame: a way to correct sums by weight, also those
// by group.
//
// Events that were kept and lost are like those that were kept and written, as far as anybody knows: of the same rule,
// and of the same time. So the written ones are taken as a sample of both. Of a rule with the weight K in the frame and
// L lost, each event stands for (K + L) / K times its weight. Requests that no rule was asked of (there was no memory
// for them) are spread over all events of the frame.
//
// So the sum over all events is K + L, what it is without the loss. The sum over a group is right if the rule's lost
// events were of the same groups. What was lost of a rule of which the frame has no event is in no sum: it is left().
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <wideline/lost_events.hpp>

#include "journal/frame_index.hpp"
#include "read/event_line.hpp"

namespace wideline::read {

/// One thread at a time.
class LossCorrection {
public:
    LossCorrection();

    /// Begins a frame, by what its index says was lost: nothing, mostly. `lines` must have kReadableBehind readable
    /// bytes after them.
    void begin(std::span<const LostEvents> lost, std::string_view lines);

    /// Whether any event's weight is to be corrected.
    [[nodiscard]] bool any() const noexcept { return any_; }
    /// How many times its weight an event of the frame stands for; 1 if nothing was lost. `line` is one of the frame's.
    [[nodiscard]] double factor_of(std::string_view line);

    /// How many requests it stands for then; nothing if the line is not a JSON object.
    [[nodiscard]] std::optional<double> weight_of(std::string_view line);

    struct Left {
        double requests = 0;
        double errors = 0;
    };
    /// What was lost of rules of which the frame has no event.
    [[nodiscard]] const Left& left() const noexcept { return left_; }

private:
    struct OfRule {
        double kept = 0;
        double lost = 0;
        double lost_errors = 0;
        double factor = 1;
    };

    [[nodiscard]] std::string_view rule_of(JsonText sample_rule);

    EventLine line_;
    std::map<std::string, OfRule, std::less<>> rules_;
    double factor_of_others_ = 1;  // of rules that have lost nothing
    std::string rule_;             // kept for its memory
    Left left_;
    bool any_ = false;
};

/// What an index says was lost; nothing if there is none.
[[nodiscard]] std::span<const LostEvents> lost_of(const journal_files::FrameIndex* index) noexcept;
/// The sum of what was lost, in requests.
[[nodiscard]] double requests_of(std::span<const LostEvents> lost) noexcept;
/// In events.
[[nodiscard]] std::uint64_t events_of(std::span<const LostEvents> lost) noexcept;

}  // namespace wideline::read

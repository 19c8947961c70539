// What was lost, as the frames tell it: each loss in a frame that has kept events of the same rule from about the same
// time, so that a reader can take those as a sample of what was lost.
//
//   lanes' counts of what was lost    … 0 ──────── 120 ─────────────── 120 ── 150 …
//   the pipeline takes what was kept      │ 400 events │  300 events  │        │
//   frames                                [ 250 ][ 150 ][ 200 ][ 100 ]
//   tell of                                 75     45     0      0
//
// While a sink keeps the pipeline waiting, the queue holds events of seconds ago, and what is lost is of now. So losses
// are looked at together with what the lanes have kept, both of the same stretch of time, and are told in proportion as
// those events go into frames. A loss of a rule of which a frame has no event waits for one that has, ten seconds at
// most: a reader could do nothing with it but add it to the total.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <wideline/lost_events.hpp>

#include "request/lane.hpp"

namespace wideline::pipeline {

/// The pipeline's thread alone.
class LossReport {
public:
    /// Of the requests that no rule was asked of.
    static constexpr std::size_t kNoRule = static_cast<std::size_t>(-1);
    static constexpr std::int64_t kMostWaitNs = 10'000'000'000;

    explicit LossReport(std::size_t rules) { make_room_for(rules); }

    /// Throws std::bad_alloc, and then has room for as many rules as before.
    void make_room_for(std::size_t rules);

    /// Begins a look at what the lanes have lost: `events` in all. False if that is what it was: then no lane needs to
    /// be looked at.
    [[nodiscard]] bool begin_look(std::uint64_t events) noexcept;
    void look_at(const detail::Lane& lane) noexcept;
    /// What was lost since the look before was lost while these events ended, which the pipeline takes next.
    void end_look(std::size_t events) noexcept;

    /// An event of that rule has gone into the frame, or was lost on its way.
    void took(std::size_t rule) noexcept;
    /// The pipeline itself has lost an event: `rule` is kNoRule if it is not known.
    void count(std::size_t rule, LossReason reason, bool failed, double weight) noexcept;

    /// Whether anything is not told yet.
    [[nodiscard]] bool any_news() const noexcept;
    /// What the frame is to tell; `names` are those of the rules. Throws std::bad_alloc.
    [[nodiscard]] std::vector<LostEvents> news(std::span<const std::string> names, std::int64_t now);
    /// The frame was taken: what news() gave last is told for good.
    void told() noexcept;
    /// What news() gave goes nowhere.
    void forget_news() noexcept;
    /// The next frame is another one, whatever became of this one.
    void end_frame() noexcept { ++frame_; }
    /// The next frame is the last one: all is told in it.
    void end_soon() noexcept { last_ = true; }

private:
    static constexpr std::size_t kReasons = 4;

    struct Sum {
        std::uint64_t events = 0;
        std::uint64_t errors = 0;
        double weight = 0;
    };
    struct Loss {
        Sum of_lanes;
        Sum own;                          // what the pipeline lost itself
        std::uint64_t events_before = 0;  // lost before the look before the last one: all of them are due
        Sum told;
        Sum telling;                      // what will have been told once the frame is taken
        std::int64_t waits_since_ns = 0;  // for an event of its rule; 0: does not wait

        [[nodiscard]] Sum left() const noexcept;
    };
    struct OfRule {
        std::array<Loss, kReasons> by_reason;
        std::uint64_t in_frame = 0;  // the last one that has an event of the rule
    };

    [[nodiscard]] OfRule& of(std::size_t rule) noexcept;
    [[nodiscard]] static Loss& of(OfRule& rule, LossReason reason) noexcept;
    /// How many more of it are to be told, of the look's events so many having been taken.
    [[nodiscard]] std::uint64_t due(const Loss& loss) const noexcept;
    [[nodiscard]] bool waits(Loss& loss, const OfRule& rule, std::int64_t now) const noexcept;

    std::vector<OfRule> rules_;  // of no rule first, then by the rule's number
    std::uint64_t events_of_lanes_ = 0;
    std::size_t taken_ = 0;  // of the events of the last look
    std::size_t to_take_ = 0;
    std::uint64_t frame_ = 1;
    bool last_ = false;
    bool open_ = false;  // something is not told yet
};

}  // namespace wideline::pipeline

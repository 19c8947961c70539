// What becomes of one batch: which of its events go next, and what each verdict makes of them. Pure.
//
// A batch is a stack of parts, each some of its events in order; the one on top goes next. A part that is refused is
// replaced by its halves, the left one on top, until what is refused is one event: that one is bad. So all that a
// working backend takes is delivered, in order, with at most 2 log2(n) + 2 requests for each bad event.
//
// An event that is refused is not a dead letter yet: whether it may be one is said by the evidence (a backend that
// refuses everything has changed, not the events), and it is written down before it counts.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <wideline/forward.hpp>

namespace wideline::delivery {

/// Whether refused events may become dead letters: fewer than `most` in a row, with none accepted between.
class Evidence {
public:
    explicit Evidence(std::uint32_t most) : most_(most) {}

    [[nodiscard]] bool may_refuse() const noexcept { return lifted_ || in_a_row_ < most_; }
    void refused() noexcept { ++in_a_row_; }
    void accepted() noexcept { in_a_row_ = 0, lifted_ = false; }
    /// A person has said that the refusals are right: the rule waits for the next event that is accepted.
    void lift() noexcept { lifted_ = true; }
    [[nodiscard]] std::uint64_t in_a_row() const noexcept { return in_a_row_; }
    void set_in_a_row(std::uint64_t count) noexcept { in_a_row_ = count; }

private:
    std::uint64_t most_;
    std::uint64_t in_a_row_ = 0;
    bool lifted_ = false;
};

/// What a target takes at once, as its limits say and as it has taught us.
struct LearnedLimits {
    std::uint64_t bytes = UINT64_MAX;
    std::uint64_t events = UINT64_MAX;
};

/// An event that is to be a dead letter.
struct Refusal {
    std::uint32_t event = 0;
    std::string reason;  ///< data, too_large, attempts, age
    Verdict verdict;
    std::uint64_t attempts = 0;
};

/// One thread at a time.
class Bisection {
public:
    /// `bytes` of each event, without its line feed.
    explicit Bisection(std::vector<std::uint32_t> bytes);

    [[nodiscard]] bool finished() const noexcept { return parts_.empty() && refusals_.empty(); }
    /// The events to be sent next. Cut to the limits.
    [[nodiscard]] const std::vector<std::uint32_t>& next(const LearnedLimits& limits);
    /// How often the events of next() were sent already.
    [[nodiscard]] std::uint64_t attempts() const noexcept { return parts_.back().attempts; }
    /// The last of those events.
    [[nodiscard]] std::uint32_t newest() const noexcept { return parts_.back().events.back(); }
    /// The same as attempts(), of answers that nobody could make sense of.
    [[nodiscard]] std::uint64_t unexplained() const noexcept { return parts_.back().unexplained; }

    /// What is to be done after an answer to next(). `halved` and `delivered` are counts of this answer.
    struct Step {
        enum class Then { go_on, back_off, hold } then = Then::go_on;
        Verdict verdict;  ///< The one to back off or to hold for.
        std::uint64_t delivered = 0;
        bool halved = false;
    };
    [[nodiscard]] Step take(const Verdict& verdict, LearnedLimits& limits);

    /// Events that the last answer refused, in order: to be written down and then buried.
    [[nodiscard]] const std::vector<Refusal>& refusals() const noexcept { return refusals_; }
    /// The first `count` of them are settled; the others wait again, each as a part of its own.
    void bury(std::size_t count);
    /// All events of next() are given up on.
    void give_up(const std::string& reason, const Verdict& verdict);

    /// Events before this one are delivered or buried.
    [[nodiscard]] std::size_t settled() const noexcept { return settled_; }
    [[nodiscard]] bool is_settled(std::uint32_t event) const noexcept { return done_[event] != Done::no; }
    [[nodiscard]] bool is_delivered(std::uint32_t event) const noexcept { return done_[event] == Done::delivered; }

private:
    enum class Done : char { no, delivered, buried };
    struct Part {
        std::vector<std::uint32_t> events;
        std::uint64_t attempts = 0;
        std::uint64_t unexplained = 0;
        bool guessed = false;  ///< The answer's guess was wrong once: halve.
        bool suspect = false;  ///< One event that the answer named.
    };

    void settle(std::uint32_t event, Done done);
    void push(std::vector<std::uint32_t> events, std::uint64_t attempts);
    void refuse(std::uint32_t event, std::string reason, const Verdict& verdict, std::uint64_t attempts);
    void split(Part part, const Verdict& verdict);
    void halve(Part part);
    Step take_each(Part part, const Verdict& verdict);

    std::vector<std::uint32_t> bytes_;
    std::vector<Done> done_;
    std::size_t settled_ = 0;
    std::vector<Part> parts_;  // The next one last.
    std::vector<Refusal> refusals_;
};

}  // namespace wideline::delivery

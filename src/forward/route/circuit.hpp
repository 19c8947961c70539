// When a target may be sent to: the retry policy, the pause of a whole target, and how many requests it may have under
// way. Pure: it has no clock and no thread of its own.
//
// After a failure nobody sends for an interval; then one request goes, that of the oldest batch, and its success closes
// the circuit. A target that is held (it refuses us) is asked in the same way, at the maximum interval.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>

#include <wideline/forward.hpp>

namespace wideline::delivery {

/// How long after the nth failure in a row (0: the first) a request is sent again. `share` is from 0 to 1, random.
[[nodiscard]] std::chrono::nanoseconds retry_interval(const Retry& retry, std::uint64_t failures, double share);

/// Nothing that a server says stops us for longer.
inline constexpr std::chrono::minutes kMostRetryAfter{5};

/// One thread at a time. Times are of the monotonic clock, in nanoseconds.
class Circuit {
public:
    Circuit(const Retry& retry, std::uint32_t in_flight, double requests_per_second, std::uint64_t seed)
        : retry_(retry), most_in_flight_(in_flight), per_second_(requests_per_second), random_(seed) {}

    enum class State { closed, backing_off, held };

    /// A batch that waits to be sent, or is being sent. `oldest` orders them: the least is asked first.
    void enter(std::uint64_t batch, std::int64_t oldest) { waiting_[batch] = oldest; }
    void leave(std::uint64_t batch) { waiting_.erase(batch); }

    /// Whether `batch`, which has entered, may be sent now; if so, it counts as under way until it was answered. Else
    /// the time at which to ask again, or nothing if only another's answer can change it.
    struct Admission {
        bool admitted = false;
        std::optional<std::int64_t> ask_again;
    };
    [[nodiscard]] Admission admit(std::uint64_t batch, std::int64_t now);

    /// A request was answered in a way that shows that the target works.
    void worked(std::uint64_t batch, std::int64_t now, std::chrono::nanoseconds took);
    void failed(std::uint64_t batch, std::int64_t now, std::optional<std::chrono::nanoseconds> retry_after, bool busy);
    void refused_us(std::uint64_t batch, std::int64_t now, std::string reason);
    /// The request was not sent after all.
    void gave_up(std::uint64_t batch) { under_way_.erase(batch); }
    /// The next request may go at once: somebody mended something.
    void try_now();

    [[nodiscard]] State state() const noexcept { return state_; }
    [[nodiscard]] const std::string& held_reason() const noexcept { return held_reason_; }
    [[nodiscard]] std::size_t under_way() const noexcept { return under_way_.size(); }
    [[nodiscard]] bool is_under_way(std::uint64_t batch) const { return under_way_.contains(batch); }
    /// How often it worked so far.
    [[nodiscard]] std::uint64_t successes() const noexcept { return successes_; }

private:
    void pause(std::int64_t until) { until_ = std::max(until_, until); }
    void less_concurrency();

    Retry retry_;
    std::uint32_t most_in_flight_;
    double per_second_;
    std::mt19937_64 random_;

    State state_ = State::closed;
    std::string held_reason_;
    std::int64_t until_ = 0;
    std::uint64_t failures_ = 0;
    std::uint64_t successes_ = 0;
    std::int64_t next_by_rate_ = 0;

    double allowed_ = 1;  // Requests at a time.
    std::uint64_t round_ = 0;
    double average_ns_ = 0;

    std::map<std::uint64_t, std::int64_t> waiting_;
    std::map<std::uint64_t, std::int64_t> under_way_;  // When they were sent.
};

}  // namespace wideline::delivery

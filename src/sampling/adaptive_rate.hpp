// The rates of one `adaptive` rule: what threads count, what the pipeline makes of it, and what threads then read.
//
//   request's threads                            pipeline's thread
//   key ─► cell ─► count (per lane) ───────────► each second: a Flow of each key ─► the budget spread over the keys
//             └──► probability ◄──────────────────────────────────────────────────────┘
//             └──────► Throttle ◄──────────────► ten times a second: a factor that holds the sum to the budget
//
// So the keys' shares need not be exact, nor follow at once: the sum is held whatever they are.
//
// A probability is made of the traffic of the past alone: of all that came, not of what was kept. So the decision's
// weight is the one that the decision was made by, and estimates stay unbiased, however fast the rates move.
//
// Keys that are new are one class with one probability, and so are all those that have no cell. What came of a key in
// its first second is the class's; what the class will bring is what it has brought of late. The key's own traffic is
// what came after its first event, so one that came once is expected no more, and is not paid for twice.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "request/counter.hpp"
#include "sampling/flow.hpp"
#include "sampling/key_table.hpp"
#include "sampling/per_lane.hpp"
#include "sampling/spread.hpp"
#include "sampling/throttle.hpp"

namespace wideline::sampling {

class AdaptiveRate {
public:
    enum class Unit : std::uint8_t { events, bytes };

    struct Settings {
        double per_second = 0;
        Unit unit = Unit::events;
        double share = 0;  ///< the goal, if per_second is 0
        std::uint32_t max_keys = 500;
        double interval_s = 15;          ///< in which a change of the traffic is settled
        double at_least_per_key = 0;     ///< events a second
        double initial_probability = 1;  ///< until the first keys are known
    };

    explicit AdaptiveRate(const Settings& settings);

    /// Counts one event of the key, and returns the probability that it is to be kept with. `amount` is what it takes
    /// of the budget: 1, or its bytes. Neither locks nor, once the lane is warm, allocates; some 10 ns.
    [[nodiscard]] double probability(std::uint64_t key, std::size_t lane, std::uint64_t amount,
                                     std::int64_t ended_ns) noexcept {
        const std::uint32_t cell = table_.cell(key);
        const double of_key = probabilities_[cell].load(std::memory_order_relaxed);
        Counts* const mine = counts_.of(lane, [this] { return std::make_unique<Counts>(table_.cells()); });
        if (mine == nullptr) [[unlikely]]
            return throttle_.corrected(of_key);
        mine->cells[cell].raise(amount);
        if (settings_.unit == Unit::bytes) mine->events.raise();
        return throttle_.grant(mine->meter, of_key, amount, ended_ns);
    }

    /// What probability() would give; counts nothing.
    [[nodiscard]] double expected(std::uint64_t key, std::size_t lane, std::uint64_t amount,
                                  std::int64_t ended_ns) noexcept {
        const double of_key = probabilities_[table_.cell(key)].load(std::memory_order_relaxed);
        const Counts* const mine = counts_.of(lane, [this] { return std::make_unique<Counts>(table_.cells()); });
        return mine != nullptr ? throttle_.expected(mine->meter, of_key, amount, ended_ns)
                               : throttle_.corrected(of_key);
    }

    /// Called often, by one thread; does the work if it is due. `ratio`: the user's bytes for one byte as counted.
    /// `part`: of the budget, if other processes have the rest.
    void look(std::int64_t now_ns, double ratio, double part = 1);
    /// How much comes a second. Of that thread.
    [[nodiscard]] double comes_per_second() const noexcept { return throttle_.comes_per_second(); }

    /// What it has learned: keys and their traffic per second, the overflow apart.
    [[nodiscard]] std::vector<std::pair<std::uint64_t, double>> traffic() const;
    /// Before the first event.
    void remember(std::span<const std::pair<std::uint64_t, double>> traffic);

    [[nodiscard]] std::uint32_t keys() const noexcept { return table_.size(); }

private:
    struct Counts {
        explicit Counts(std::uint32_t length) : cells(std::make_unique<detail::Counter[]>(length)) {}
        Throttle::Meter meter;
        detail::Counter events;
        std::unique_ptr<detail::Counter[]> cells;
    };
    struct Cell {
        Flow flow;
        std::uint64_t before = 0;  // what the lanes' counts came to at the last look
        std::uint8_t idle = 0;     // windows without an event
    };

    void learn(double seconds);
    double spread();
    [[nodiscard]] Claim claim_of(double traffic) const noexcept;
    void forget();

    const Settings settings_;
    KeyTable table_;
    const std::unique_ptr<std::atomic<double>[]> probabilities_;  // by cell
    PerLane<Counts> counts_;
    Throttle throttle_;

    // The pipeline's thread alone.
    std::int64_t learned_ns_ = 0;
    std::uint64_t events_before_ = 0;
    double mean_ = 1;            // what an event takes of the budget
    double per_second_;          // the budget, in the unit in which events are counted
    bool began_ = false;         // the first window is over, in which all keys were new
    std::vector<Cell> cells_;    // by cell; the last one is the overflow
    Flow new_keys_;              // how many come
    Flow of_new_keys_;           // what comes of them in their first window
    std::vector<Claim> claims_;  // for its memory
};

}  // namespace wideline::sampling

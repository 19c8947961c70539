// A sampler as the recorder runs it: built once from a TailSampler, then asked once a request.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <wideline/detail/arena.hpp>
#include <wideline/detail/watched_keys.hpp>
#include <wideline/event_view.hpp>
#include <wideline/sampler.hpp>

#include "sampling/condition_program.hpp"
#include "sampling/consistent.hpp"
#include "sampling/field_key.hpp"
#include "sampling/learned.hpp"

namespace wideline::sampling {

/// In this order it is returned in two registers.
struct Decision {
    double weight;       ///< how many requests the event stands for, if it is kept; or kUnknownWeight
    std::uint16_t rule;  ///< which one decided: an index into CompiledSampler::rules()
    bool keep;
    bool predicate_threw;  ///< a predicate or a regular expression failed, and the event is kept for it
    bool dry = false;      ///< nothing is decided: the event is kept with weight 1, and carries the above
};

enum class Truth : std::uint8_t { no, yes, threw };

/// The names of a sampler's rules by the numbers that a new recorder's first sampler gives them.
[[nodiscard]] std::vector<std::string> names_of_rules(const TailSampler& sampler);

/// One condition by itself, in a program of its own.
class CompiledCondition {
public:
    /// Its keys are watched in `keys` as long as there are slots: it is evaluated over events that were opened with
    /// them.
    CompiledCondition(const Condition& condition, detail::WatchedKeys& keys, Learned& learned);

    /// Neither locks nor allocates (what predicates and `matches` do apart).
    [[nodiscard]] Truth evaluate(const EventView& view, std::size_t lane = 0) const noexcept;
    /// As ConditionProgram has it.
    [[nodiscard]] Truth imagine(const EventView& view, bool upstream_sampled) const noexcept;
    [[nodiscard]] bool asks_for_flag() const noexcept { return program_.asks_for_flag(); }
    [[nodiscard]] bool holds(const EventView& view) const noexcept { return evaluate(view) == Truth::yes; }

private:
    ConditionProgram program_;
    Target entry_;
};

/// Immutable, but for what its rules learn. Any number of threads may ask it at once. It stays where it is and outlives
/// the events that were opened with its keys(): an event is decided by the sampler whose keys it was opened with, also
/// after a reload.
class CompiledSampler {
public:
    static constexpr std::uint16_t kErrorRule = 0;

    /// `error_when` is Options::error_when: its keys have slots as the rules' have, and the first ones. What rules
    /// learn is kept in `learned`, which other samplers may have filled; one of its own where there is none.
    CompiledSampler(const TailSampler& sampler, const Condition& error_when,
                    std::shared_ptr<Learned> learned = std::make_shared<Learned>());
    CompiledSampler(const CompiledSampler&) = delete;
    CompiledSampler& operator=(const CompiledSampler&) = delete;

    /// Whether Options::error_when makes the event an error; asked before decide(), with a view that has not failed.
    /// Where it threw nobody knows, and an event that may be an error is not to be lost: keep it by keep_unjudged().
    [[nodiscard]] Truth is_error(const EventView& view, std::size_t lane = 0) const noexcept {
        return error_when_.evaluate(view, lane);
    }

    /// The decision over a finished event. No lock, no exception, no allocation (what predicates and `matches` do
    /// apart); some 6 ns for each comparison that is looked at, and some 15 ns for a rule that adapts.
    /// `lane` is the number of the calling thread's lane: no two threads use one at the same time.
    [[nodiscard]] Decision decide(const EventView& view, std::size_t lane = 0) const noexcept;

    /// Whether decide() may keep an event of this request with any randomness, and not only from a threshold on.
    [[nodiscard]] bool may_decide_by_flag(const detail::RequestIdentity& request) const noexcept {
        return asks_for_flag_ && request.continues_trace;
    }

    /// Kept for certain, so with weight 1, under the rule `error`.
    [[nodiscard]] static Decision keep_unjudged() noexcept { return {1, kErrorRule, true, true}; }

    /// The names of the rules: "error", then as written, then "otherwise", then those for errors; where `learned` was
    /// another sampler's before, its rules have the numbers that they had there, and those that are new come last.
    [[nodiscard]] std::span<const std::string> rules() const noexcept { return names_; }
    /// With these, events are opened.
    [[nodiscard]] const detail::WatchedKeys& keys() const noexcept { return keys_; }
    /// The sampler whose keys() these are.
    [[nodiscard]] static const CompiledSampler& with(const detail::WatchedKeys& keys) noexcept {
        return *static_cast<const Keys&>(keys).sampler;
    }
    [[nodiscard]] Learned& learned() const noexcept { return *learned_; }

private:
    struct Rule {
        FixedShare share;
        double probability = 1;
        AdaptiveRate* rate = nullptr;  // gives the probability, where it is not fixed
        std::uint16_t id = 0;          // in names_
        bool by_bytes = false;
        bool dry = false;
        FieldKey key;                // of rate
        SeenTable* known = nullptr;  // of a rate for errors: what is not in it is kept in any case
    };

    void add_rule(const std::string& name, double probability, bool dry, const std::optional<AdaptiveBudget>& budget);
    void add_rules(std::span<const SamplingRule> rules);
    [[nodiscard]] Target prepend_rules(std::span<const SamplingRule> rules, Target then, std::uint32_t first);
    [[nodiscard]] Decision decide_by_flag(const EventView& view, std::size_t lane) const noexcept;
    /// Where a request ends: its rule, or the one whose condition threw.
    using Met = ConditionProgram::Result;
    /// What the same request would have met with the other flag, and with which probability it would have been kept.
    struct Elsewhere {
        Met met;
        double probability;
    };
    [[nodiscard]] Elsewhere elsewhere(const EventView& view, std::size_t lane) const noexcept;
    [[nodiscard]] Decision judge_with_flag(const Met& met, const Elsewhere& without, const EventView& view,
                                           std::size_t lane) const noexcept;
    [[nodiscard]] Decision judge_without_flag(const Met& met, const Elsewhere& with, const EventView& view,
                                              std::size_t lane) const noexcept;
    [[nodiscard]] bool adapts(const Met& met) const noexcept { return !met.threw && rules_[met.end].rate != nullptr; }
    [[nodiscard]] double probability(const Rule& rule, const EventView& view, std::size_t lane) const noexcept;
    [[nodiscard]] bool is_capped(const Rule& rule, const EventView& view) const noexcept {
        return cap_ != nullptr && !view.failed() && !rule.dry;
    }
    [[nodiscard]] Decision judge(std::uint32_t rule, const EventView& view, std::size_t lane) const noexcept;
    [[nodiscard]] double share_under_cap(double share, const EventView& view, std::size_t lane) const noexcept;

    struct Keys : detail::WatchedKeys {
        const CompiledSampler* sampler;
    };
    Keys keys_;
    std::shared_ptr<Learned> learned_;
    CompiledCondition error_when_;
    std::vector<std::string> names_;
    std::vector<Rule> rules_;  // "error", as written, "otherwise", and then those for errors as written
    Ceiling* cap_ = nullptr;
    bool cap_by_bytes_ = false;
    ConditionProgram program_;
    Target entry_;
    Target error_entry_;
    bool asks_for_flag_ = false;  // a rule or error_when does
};

}  // namespace wideline::sampling

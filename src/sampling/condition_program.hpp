// Conditions as they are evaluated: one flat array of comparisons, each with the place to go on at when it is true and
// when it is false. `&&`, `||` and `!` are gone: they have become those places.
//
//     a && !b        0: a   true -> 1     false -> end(no)
//                    1: b   true -> end(no)  false -> end(yes)
//
// A rule set is one such program too: where the condition of a rule comes out false, the next rule's begins, so a
// decision is one walk forward, without recursion, and it ends: every step leads to one that stands earlier in the
// array (they are laid down from the last to the first), or to an end.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <wideline/condition.hpp>
#include <wideline/detail/watched_keys.hpp>

#include "sampling/condition_node.hpp"
#include "sampling/field_key.hpp"
#include "sampling/learned.hpp"

namespace wideline::sampling {

/// Where evaluation goes on: a step of the program, or an end with a number that whoever laid the program down gave it.
class Target {
public:
    [[nodiscard]] static constexpr Target step(std::uint32_t index) noexcept { return Target(index); }
    [[nodiscard]] static constexpr Target end(std::uint32_t number) noexcept { return Target(number | kEnd); }
    [[nodiscard]] constexpr bool is_end() const noexcept { return (value_ & kEnd) != 0; }
    [[nodiscard]] constexpr std::uint32_t index() const noexcept { return value_ & ~kEnd; }

private:
    static constexpr std::uint32_t kEnd = 0x8000'0000;
    constexpr explicit Target(std::uint32_t value) noexcept : value_(value) {}
    std::uint32_t value_;
};

/// Gives the condition's keys their slots, as long as there are any, in the order in which people wrote them. Programs
/// are laid down from the end, so whoever lays several calls this for each of them first, that the first ones have the
/// slots.
void watch_keys_of(const Condition& condition, detail::WatchedKeys& keys);

/// Where a condition is laid down: its rule, and what the rule's conditions read and remember.
struct RulePlace {
    std::string_view name;
    std::uint32_t blame;  ///< the end that run() gives where a step throws
    detail::WatchedKeys& keys;
    Learned& learned;  ///< outlives the program
};

/// Built once, then read by any number of threads.
class ConditionProgram {
public:
    struct Result {
        std::uint32_t end;  ///< the number of the end that was reached, or of the step's blame where it threw
        bool threw;
    };

    /// Lays a condition down before what is there. Evaluation that begins at the result goes on at `if_true` or
    /// `if_false`.
    Target prepend(const Condition& condition, Target if_true, Target if_false, const RulePlace& place);

    /// No lock; no allocation and no exception but what predicates and regular expressions do: those are caught.
    /// `lane` is the number of the calling thread's.
    [[nodiscard]] Result run(Target from, const EventView& view, std::size_t lane) const noexcept;

    /// What run() would give if the request had come with the caller's sampled flag, or without it. It counts and
    /// remembers nothing; predicates are called.
    [[nodiscard]] Result imagine(Target from, const EventView& view, bool upstream_sampled) const noexcept;
    /// Whether any condition asks for that flag.
    [[nodiscard]] bool asks_for_flag() const noexcept { return asks_for_flag_; }

private:
    /// What a step asks, where it can be answered from a record as it stands.
    enum class Shortcut : std::uint8_t { none, is_text, orders_integers };

    /// Beside the orderings of a step: a text that writes a number is that number.
    static constexpr std::uint8_t kAsNumber = 0x80;

    struct Step {
        detail::Subject subject;
        detail::Relation relation;
        std::uint8_t orderings;  // and kAsNumber
        Shortcut shortcut;
        std::uint32_t slot;            // of a field: in the watched keys, or kNotWatched
        std::uint32_t first_constant;  // in constants_
        std::uint32_t constants;
        std::uint32_t blame;
        Target if_true;
        Target if_false;
        std::uint32_t memory;               // of first_seen, once_per, slow_for_key and first_of: where that is
        const detail::ConditionNode* node;  // the key, the pattern, the predicate
    };

    struct Seen {
        FieldKey key;
        SeenTable* table;
    };
    struct FirstOf {
        struct Field {
            detail::Subject subject;
            std::uint32_t slot;
            std::string_view name;
        };
        std::vector<Field> fields;
    };
    struct Percentile {
        FieldKey key;
        PercentileRule* rule;
    };

    Target lay(const detail::ConditionNode& node, Target if_true, Target if_false, const RulePlace& place);
    Target lay_comparison(const detail::ConditionNode& node, Target if_true, Target if_false, const RulePlace& place);
    [[nodiscard]] std::uint32_t lay_memory(const detail::ConditionNode& node, const RulePlace& place);
    [[nodiscard]] bool holds(const Step& step, const EventView& view, std::size_t lane) const;
    [[nodiscard]] bool holds_watched(const Step& step, const EventView& view) const;
    [[nodiscard]] bool holds_unwatched(const Step& step, const EventView& view, std::size_t lane) const;
    [[nodiscard]] bool holds_by_program(const Step& step, const EventView& view, std::size_t lane) const;
    [[nodiscard]] bool would_hold(const Step& step, const EventView& view, bool upstream_sampled) const;
    [[nodiscard]] std::optional<FieldValue> first_of(const Step& step, const EventView& view) const;
    [[nodiscard]] bool holds_of(const Step& step, const FieldValue& value) const;
    [[nodiscard]] bool holds_as_number(const Step& step, const FieldValue& value) const;
    [[nodiscard]] bool answers(const Step& step, const FieldValue& value) const;
    [[nodiscard]] bool is_one_of(const Step& step, const FieldValue& value) const noexcept;
    [[nodiscard]] bool is_none_of(const Step& step, const FieldValue& value) const noexcept;

    std::vector<Step> steps_;
    std::vector<FieldValue> constants_;
    std::vector<Seen> seen_;
    std::vector<Percentile> percentiles_;
    std::vector<FirstOf> first_of_;
    bool asks_for_flag_ = false;
    std::vector<Condition> conditions_;  // keeps alive what steps_ and constants_ point into
};

}  // namespace wideline::sampling

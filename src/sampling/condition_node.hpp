// The tree behind a Condition: immutable, shared by all the conditions that it is a part of.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include <wideline/condition.hpp>

namespace wideline::detail {

/// What of the request is looked at.
enum class Subject : std::uint8_t {
    field,             ///< the field of that key
    name,              ///< the request's name
    outcome,           ///< "success", "error" or "cancelled"
    duration_ms,       ///< the duration as the event will hold it, a double
    duration,          ///< the duration, nanoseconds in an int64
    failed,            ///< a boolean
    cancelled,         ///< a boolean
    upstream_sampled,  ///< a boolean
    has_parent,        ///< a boolean
    always,            ///< true
    tracestate,        ///< the member of that key in the caller's tracestate, a string
    predicate,         ///< what the user's function returns, a boolean
    // What these need lies with the program that asks: is_kept_by_program.
    first_of,      ///< the first of several fields that exists
    first_seen,    ///< a boolean
    once_per,      ///< a boolean
    slow_for_key,  ///< slower_than_percentile, a boolean
};

constexpr bool is_kept_by_program(Subject subject) noexcept { return subject >= Subject::first_of; }

/// What is asked of it.
enum class Relation : std::uint8_t { compares, exists, one_of, none_of, contains, starts_with, matches };

/// A comparison is the set of orderings that make it true: `<=` is less and equal. What cannot be ordered, for its type
/// or for being NaN, is in no set, and so `!=` is less and greater, and false for a field of another type.
enum Orderings : std::uint8_t { kLess = 1, kEqual = 2, kGreater = 4 };

struct ConditionNode {
    enum class Shape : std::uint8_t { comparison, all_of, any_of, negation };

    Shape shape = Shape::comparison;

    // A comparison: `subject relation constants`.
    Subject subject = Subject::field;
    Relation relation = Relation::compares;
    std::uint8_t orderings = kEqual;                  ///< of compares
    bool as_number = false;                           ///< a text that writes a number is that number
    std::string key;                                  ///< of a field or of a member of tracestate
    std::vector<Constant> constants;                  ///< one, or several for one_of and none_of, or none
    std::optional<std::regex> pattern;                ///< of matches
    std::function<bool(const EventView&)> predicate;  ///< of a predicate
    std::vector<std::string> fields;                  ///< of first_of; or what tells requests apart
    std::chrono::nanoseconds ttl{0};                  ///< of first_seen and once_per
    double percentile = 0;                            ///< of slow_for_key

    // all_of and any_of have two operands, a negation has the left one.
    std::shared_ptr<const ConditionNode> left;
    std::shared_ptr<const ConditionNode> right;

    // Bounds on the tree, so that no walk over it, the destructor's included, overflows a stack, and so that
    // `c = c && c`, repeated, is refused instead of doubling until memory ends.
    std::size_t comparisons = 1;
    std::size_t depth = 1;
};

/// What `field(name)` looks at. Throws std::invalid_argument for a name that no rule can ask for.
[[nodiscard]] Subject subject_of_field(std::string_view name);

inline constexpr std::size_t kMostFieldsOfKey = 16;
/// Throws std::invalid_argument for a field that requests cannot be told apart by.
void check_field_of_key(std::string_view name);

inline constexpr std::size_t kMaxComparisons = 65'536;
inline constexpr std::size_t kMaxConditionDepth = 4'096;

}  // namespace wideline::detail

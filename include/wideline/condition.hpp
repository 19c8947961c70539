// Conditions: what a rule asks of a finished request. `field("http.route") == "/healthz" && !failed()`.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wideline/constant.hpp>
#include <wideline/detail/chrono.hpp>
#include <wideline/detail/function.hpp>
#include <wideline/event_view.hpp>
#include <wideline/export.hpp>
#include <wideline/text.hpp>

namespace wideline {

namespace detail {

struct ConditionNode;
enum class Subject : std::uint8_t;

[[noreturn]] WIDELINE_EXPORT void refuse_duration_that_is_not_a_number();

/// Any duration as nanoseconds; what does not fit becomes the longest or the shortest there is.
template <class Rep, class Period>
std::chrono::nanoseconds in_nanoseconds(std::chrono::duration<Rep, Period> duration) {
    constexpr long double kLimit = 9.2e18L;  // a little inside of int64, so that the cast is defined on every machine
    const auto count = std::chrono::duration<long double, std::nano>(duration).count();
    if (count != count) refuse_duration_that_is_not_a_number();
    if (count >= kLimit) return std::chrono::nanoseconds::max();
    if (count <= -kLimit) return std::chrono::nanoseconds::min();
    return std::chrono::nanoseconds(static_cast<std::chrono::nanoseconds::rep>(count));
}

}  // namespace detail

/// True or false of a finished request. An immutable value: copying it is one reference count, it may be used in any
/// number of rules, and any number of threads may read it. Built once at set-up; building allocates, evaluating does
/// not
/// (`matches` apart).
class WIDELINE_EXPORT Condition {
public:
    // Copied where others would be moved from, so that a Condition is never empty.
    Condition(const Condition&) noexcept = default;
    Condition& operator=(const Condition&) noexcept = default;
    ~Condition() = default;

    /// For the library.
    explicit Condition(std::shared_ptr<const detail::ConditionNode> node) noexcept : node_(std::move(node)) {}
    [[nodiscard]] const detail::ConditionNode& node() const noexcept { return *node_; }

private:
    friend Condition operator&&(const Condition& left, const Condition& right);
    friend Condition operator||(const Condition& left, const Condition& right);
    friend Condition operator!(const Condition& condition);

    std::shared_ptr<const detail::ConditionNode> node_;
};

/// Left to right; the right side is looked at only where the left one leaves the answer open.
/// A condition of more than 65,536 comparisons, or nested deeper than 4,096, throws std::invalid_argument.
[[nodiscard]] WIDELINE_EXPORT Condition operator&&(const Condition& left, const Condition& right);
[[nodiscard]] WIDELINE_EXPORT Condition operator||(const Condition& left, const Condition& right);
[[nodiscard]] WIDELINE_EXPORT Condition operator!(const Condition& condition);

/// A field, or the request's name, to be compared: what `field` and `name` give.
///
/// Every comparison with a field that is absent, null or of another type is false, `!=` too: `field("n") != 5` asks for
/// an `n` that is a number other than 5, and `!(field("n") == 5)` for everything but an `n` of 5. The types are
/// boolean, number, string; others (arrays, nested JSON) compare with nothing. Numbers compare by their exact values,
/// whether integer or double; NaN compares false with everything. Strings compare bytewise, but for two RFC 3339 times,
/// which compare as times, as does a time with a constant that writes one. False is less than true.
class WIDELINE_EXPORT FieldOperand {
public:
    [[nodiscard]] Condition operator==(const Constant& constant) const;
    [[nodiscard]] Condition operator!=(const Constant& constant) const;
    [[nodiscard]] Condition operator<(const Constant& constant) const;
    [[nodiscard]] Condition operator<=(const Constant& constant) const;
    [[nodiscard]] Condition operator>(const Constant& constant) const;
    [[nodiscard]] Condition operator>=(const Constant& constant) const;

    /// Written, with a value other than null.
    [[nodiscard]] Condition exists() const;
    /// Equal to one of these. Costs the logarithm of their number. An empty list throws std::invalid_argument.
    [[nodiscard]] Condition in(std::initializer_list<Constant> constants) const;
    [[nodiscard]] Condition in(std::vector<Constant> constants) const;
    /// Equal to none of these, and of the type of at least one: false if the field is absent, as `!=` is. An empty list
    /// throws std::invalid_argument.
    [[nodiscard]] Condition not_in(std::initializer_list<Constant> constants) const;
    [[nodiscard]] Condition not_in(std::vector<Constant> constants) const;
    /// A string with `text` somewhere in it, or an array that has the string `text` as a member.
    [[nodiscard]] Condition contains(Text text) const;
    /// A string that begins with `text`.
    [[nodiscard]] Condition starts_with(Text text) const;
    /// A string in which the regular expression matches somewhere; `^` and `$` tie it to the string's ends. The grammar
    /// is ECMAScript's, without back references; `(?i)` at the beginning ignores the case of ASCII letters. One that
    /// does not compile, or is too large (4,096 bytes, or as many parts with its `{n}` written out, or 100 parentheses
    /// deep), throws std::invalid_argument naming it.
    ///
    /// For rules that are seldom reached: matching allocates, and costs some microseconds for a string of 100 bytes, in
    /// proportion to its length. Only the first 4,096 bytes of a string are looked at. Put a cheaper comparison before
    /// it: `field("http.route").starts_with("/api") && field("user_agent").matches("bot|crawler")`.
    [[nodiscard]] Condition matches(Text pattern) const;

private:
    friend FieldOperand field(Text name);
    friend FieldOperand name();
    friend FieldOperand first_of(std::vector<std::string> names);
    friend FieldOperand tracestate(Text key);
    friend FieldOperand number(FieldOperand operand);
    FieldOperand(detail::Subject subject, std::string name) : subject_(subject), name_(std::move(name)) {}
    [[nodiscard]] detail::ConditionNode node() const;
    [[nodiscard]] Condition comparison(int orderings, const Constant& constant) const;
    void refuse_if_number(const char* question) const;

    detail::Subject subject_;
    bool as_number_ = false;
    std::string name_;
    std::vector<std::string> names_{};  // of first_of
};

/// The request's duration, by the monotonic clock, to be compared with any std::chrono duration: `duration() >= 2s`.
class WIDELINE_EXPORT DurationOperand {
public:
    template <class Rep, class Period>
    [[nodiscard]] Condition operator==(std::chrono::duration<Rep, Period> limit) const {
        return equal(detail::in_nanoseconds(limit));
    }
    template <class Rep, class Period>
    [[nodiscard]] Condition operator!=(std::chrono::duration<Rep, Period> limit) const {
        return !equal(detail::in_nanoseconds(limit));
    }
    template <class Rep, class Period>
    [[nodiscard]] Condition operator<(std::chrono::duration<Rep, Period> limit) const {
        return less(detail::in_nanoseconds(limit));
    }
    template <class Rep, class Period>
    [[nodiscard]] Condition operator<=(std::chrono::duration<Rep, Period> limit) const {
        return !greater(detail::in_nanoseconds(limit));
    }
    template <class Rep, class Period>
    [[nodiscard]] Condition operator>(std::chrono::duration<Rep, Period> limit) const {
        return greater(detail::in_nanoseconds(limit));
    }
    template <class Rep, class Period>
    [[nodiscard]] Condition operator>=(std::chrono::duration<Rep, Period> limit) const {
        return !less(detail::in_nanoseconds(limit));
    }

private:
    [[nodiscard]] static Condition equal(std::chrono::nanoseconds limit);
    [[nodiscard]] static Condition less(std::chrono::nanoseconds limit);
    [[nodiscard]] static Condition greater(std::chrono::nanoseconds limit);
};

/// A field of the event, by its name. If no field has the whole name, its beginning up to a dot can name a field with a
/// JSON object as its value, and the rest a member of that: `field("cart.total")` after
/// `set("cart", json{{"total", 7}})`. Such a member costs a walk over the event.
///
/// Of the names that the library stamps, these can be asked for: `name`, `outcome`
/// ("success", "error" or "cancelled"), `duration_ms`, and `error.type`, `error.message` and so on. The others are not
/// known when the rules run: they throw std::invalid_argument, and so does a name that no field can have (empty, more
/// than 128 bytes, a control character in it).
[[nodiscard]] WIDELINE_EXPORT FieldOperand field(Text name);
/// The request's name, as given to WIDELINE_REQUEST.
[[nodiscard]] WIDELINE_EXPORT FieldOperand name();
/// The first of these fields that exists, for services that name one thing in several ways:
/// `first_of({"http.route", "rpc.method"}) == "/pay"`. Throws std::invalid_argument for no names, for more than 16, and
/// for a name that `field` refuses.
[[nodiscard]] WIDELINE_EXPORT FieldOperand first_of(std::vector<std::string> names);
/// The value of this member of the caller's tracestate, a string: `tracestate("vendor") == "high"`. Costs some 100 ns.
/// Throws std::invalid_argument for a key that no member can have, and for `ot`: that member holds the randomness that
/// sampling decides by, so no weight could be right for what a rule keeps by it.
[[nodiscard]] WIDELINE_EXPORT FieldOperand tracestate(Text key);
/// The operand's value as a number, if it is a number or a text that writes one: `number(field("status")) >= 500` holds
/// for 503 and for "503". Anything else is as if it were absent. It is compared with numbers only: other constants,
/// `contains`, `starts_with` and `matches` throw std::invalid_argument.
[[nodiscard]] WIDELINE_EXPORT FieldOperand number(FieldOperand operand);
[[nodiscard]] inline DurationOperand duration() { return {}; }
/// The request took longer than `limit`: the same as `duration() > limit`.
template <class Rep, class Period>
[[nodiscard]] Condition slower_than(std::chrono::duration<Rep, Period> limit) {
    return duration() > limit;
}
/// True for every request.
[[nodiscard]] WIDELINE_EXPORT Condition always();
/// The request has a parent span: its caller's, or that of the request around it.
[[nodiscard]] WIDELINE_EXPORT Condition has_parent();
/// The outcome is an error. Errors are decided before these rules, so this is for `Options` and for combinations.
[[nodiscard]] WIDELINE_EXPORT Condition failed();
/// `wl::cancel` was called, and the request did not fail.
[[nodiscard]] WIDELINE_EXPORT Condition cancelled();
/// The caller's traceparent had the sampled flag; false without one.
///
/// A caller that samples by trace id sets the flag by the same randomness that the rules here decide by. So the weight
/// of what a rule keeps by this flag takes in the caller's probability, which is read from tracestate (`ot=th:`). If
/// the caller does not send it, the weight is unknown, and the event has no `sample_weight` (docs/sampling.md).
[[nodiscard]] WIDELINE_EXPORT Condition upstream_sampled();
namespace detail {
[[nodiscard]] WIDELINE_EXPORT Condition first_seen_within(std::vector<std::string> fields,
                                                          std::chrono::nanoseconds ttl);
[[nodiscard]] WIDELINE_EXPORT Condition once_in(std::vector<std::string> fields, std::chrono::nanoseconds interval);
}  // namespace detail

/// The combination of values that these fields have in the event did not come within `ttl` before it, as far as this
/// process and this rule know: `keep("new", first_seen({"http.route", "error.type"}, 24h))`. Asking is what makes the
/// rule remember: an event that an earlier rule took was not seen. The last 65,536 combinations or so are remembered; a
/// field that is absent is a value like others.
///
/// Costs some 15 ns. Throws std::invalid_argument for no fields, more than 16, a name that no rule can ask for, or a
/// ttl that is not above 0.
template <class Rep, class Period>
[[nodiscard]] Condition first_seen(std::vector<std::string> fields, std::chrono::duration<Rep, Period> ttl) {
    return detail::first_seen_within(std::move(fields), detail::in_nanoseconds(ttl));
}

/// One request of each combination of values that these fields have, and again one when `interval` has passed since:
/// `keep("a sample", once_per({"http.route"}, 15min))`. In contrast to `first_seen`, a combination that comes all the
/// time comes up again and again. Otherwise as `first_seen`: what it remembers, what it costs, what it refuses.
template <class Rep, class Period>
[[nodiscard]] Condition once_per(std::vector<std::string> fields, std::chrono::duration<Rep, Period> interval) {
    return detail::once_in(std::move(fields), detail::in_nanoseconds(interval));
}

struct PercentileOptions {
    std::vector<std::string> by{};  ///< at most 16 fields; without any, all requests are alike
};

/// The request took longer than so many percent of those before it that had the same values in the fields `by`: of the
/// requests that this rule was asked about, those of the last minutes counting most. The percentile is measured anew
/// each second, within 1.6 %. Where too little is known of a combination to tell (for 99, less than 100 requests) the
/// percentile of all combinations together holds, and where that is not known either, nothing is slower. 500
/// combinations are told apart; what is past them is one more.
///
/// Costs some 15 ns. Throws std::invalid_argument for a percentile that is not between 0 and 100.
[[nodiscard]] WIDELINE_EXPORT Condition slower_than_percentile(double percentile, PercentileOptions options = {});

/// Whatever `predicate` returns. It is called on the request's thread when the request ends, by many threads at once,
/// and its time is the request's. Where it throws, the event is kept with weight 1 under the rule that asked, and
/// counted. An empty function throws std::invalid_argument.
[[nodiscard]] WIDELINE_EXPORT Condition when(std::function<bool(const EventView&)> predicate);

}  // namespace wideline

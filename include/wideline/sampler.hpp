// The tail sampler: which finished requests are kept, and how many requests each kept event then stands for.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wideline/condition.hpp>
#include <wideline/export.hpp>
#include <wideline/text.hpp>

namespace wideline {

/// What an adaptive rule keeps, spread over the values that the fields `by` have in its events: values that are rare
/// are kept whole, common ones thinned, by the logarithm of their traffic. One of the two budgets is set.
struct AdaptiveBudget {
    /// At most 16. A request's `name` and `outcome` are fields like others. Without any, all events are alike.
    std::vector<std::string> by{};
    double events_per_second = 0;
    /// Of JSON lines, uncompressed. How long an event's line will be is not known when it is decided: it is estimated
    /// by the bytes that the event takes in memory and the ratio of the two in the lines of the last seconds.
    double bytes_per_second = 0;
    /// How many combinations of values are told apart, 1 to 100,000: 24 bytes each, and 16 for each thread. Those past
    /// it share what one would have.
    std::size_t max_keys = 500;
};

/// A cap on what is kept, whichever rules keep it.
struct Cap {
    double events_per_second = 0;
};

/// One rule: where `when` holds, a share of the events is kept. 0 drops all, 1 keeps all.
struct SamplingRule {
    std::string name;
    Condition when;
    double probability = 1;                    ///< 1 where the rule is adaptive
    std::optional<AdaptiveBudget> adaptive{};  ///< the share follows from the traffic
    bool dry = false;                          ///< decides nothing: what it would do is written on the event
};

/// An ordered set of rules, decided when a request is over and everything about it is known (docs/sampling.md). A plain
/// value, made at set-up and given to `Options::sampler` or `Recorder::reload`; changing it afterwards changes nothing.
///
///     TailSampler{}.drop("health", field("http.route") == "/healthz").keep("slow", slower_than(500ms)).otherwise(0.01)
///
/// Errors come first: an event whose outcome is an error is kept whatever the rules say, unless a rule for errors
/// (`sample_errors`, `adaptive_errors`, `drop_errors`) or `errors` lifts that.
/// For all others, the first rule whose condition holds decides, and `otherwise` decides the rest. Nothing said keeps
/// everything.
///
/// Probabilities are consistent (OpenTelemetry's threshold rule): of one trace, every service that samples it at p or
/// more keeps its event. A kept event carries the weight 1 / p, so that weighted counts and sums estimate the truth. A
/// p that adapts is made of the traffic before the event that it decides, so that this holds for it as well.
///
/// What makes no sense throws std::invalid_argument with a sentence that names the value, and leaves the sampler as it
/// was: a probability that is not within 0..1; a budget that is not above 0, or none, or two; a rule's name that is
/// empty, longer than 128 bytes, has a control character, stands twice, or is one that the library gives itself
/// (`error`, `otherwise`, `retroactive`); a field to tell events apart by that no rule can ask for; more than 10,000
/// rules.
class WIDELINE_EXPORT TailSampler {
public:
    /// Keeps none of the events for which `when` holds.
    TailSampler& drop(Text name, Condition when) &;
    [[nodiscard]] TailSampler drop(Text name, Condition when) &&;

    /// Keeps all of them, with weight 1.
    TailSampler& keep(Text name, Condition when) &;
    [[nodiscard]] TailSampler keep(Text name, Condition when) &&;

    /// Keeps a share of them, with weight 1 / probability.
    TailSampler& sample(Text name, Condition when, double probability) &;
    [[nodiscard]] TailSampler sample(Text name, Condition when, double probability) &&;
    /// The same for every event that comes to this rule.
    TailSampler& sample(Text name, double probability) &;
    [[nodiscard]] TailSampler sample(Text name, double probability) &&;

    /// Keeps so many of them that they come to the budget. What was learned of the traffic is read, the rates are
    /// fixed, every 15 s, and at once when twice as much comes as was expected. Until a key was first counted it is
    /// kept whole.
    TailSampler& adaptive(Text name, Condition when, AdaptiveBudget budget) &;
    [[nodiscard]] TailSampler adaptive(Text name, Condition when, AdaptiveBudget budget) &&;
    /// The same for every event that comes to this rule.
    TailSampler& adaptive(Text name, AdaptiveBudget budget) &;
    [[nodiscard]] TailSampler adaptive(Text name, AdaptiveBudget budget) &&;

    // Rules for errors, for services in which they can be too many to keep. The first one whose condition holds decides
    // about an error, and `errors` decides the rest. Their names, shares and weights are as those of other rules.
    // `at_most` does not cap them.

    /// Keeps a share of the errors for which `when` holds, with weight 1 / probability.
    TailSampler& sample_errors(Text name, Condition when, double probability) &;
    [[nodiscard]] TailSampler sample_errors(Text name, Condition when, double probability) &&;

    /// Keeps as many of them as the budget allows. The first error of each new combination of values of `by` is kept in
    /// any case, with weight 1: new is one that did not come for a day, of the last 65,536 combinations or so.
    TailSampler& adaptive_errors(Text name, Condition when, AdaptiveBudget budget) &;
    [[nodiscard]] TailSampler adaptive_errors(Text name, Condition when, AdaptiveBudget budget) &&;

    /// Keeps none of them. They are counted, as all requests are.
    TailSampler& drop_errors(Text name, Condition when) &;
    [[nodiscard]] TailSampler drop_errors(Text name, Condition when) &&;

    /// Caps what all rules together keep, errors apart, by one more factor to every probability, which is in the weight
    /// too. The factor is fixed every second, and at once when a burst begins. Said twice, the last one holds.
    TailSampler& at_most(Cap cap) &;
    [[nodiscard]] TailSampler at_most(Cap cap) &&;

    /// The rule of that name, or `otherwise`, is tried out: it decides which events are its, but they are kept, with
    /// weight 1, and carry what would have been as `sample_dry_run.rule`, `.kept` and `.weight` (0 where it would have
    /// dropped them). They are no part of what at_most caps. Throws where there is no such rule yet.
    TailSampler& dry(Text rule) &;
    [[nodiscard]] TailSampler dry(Text rule) &&;

    /// The share of what no rule took. 1 unless said; said twice, the last one holds, wherever it stands.
    TailSampler& otherwise(double probability) &;
    [[nodiscard]] TailSampler otherwise(double probability) &&;

    /// The share of the errors that no rule for errors took. 1 unless said; if called twice, the last call wins.
    TailSampler& errors(double probability) &;
    [[nodiscard]] TailSampler errors(double probability) &&;

    [[nodiscard]] std::span<const SamplingRule> rules() const noexcept;
    /// The rules for errors.
    [[nodiscard]] std::span<const SamplingRule> error_rules() const noexcept;
    [[nodiscard]] double otherwise_probability() const noexcept { return otherwise_; }
    [[nodiscard]] bool otherwise_is_dry() const noexcept { return otherwise_is_dry_; }
    [[nodiscard]] double error_probability() const noexcept { return errors_; }
    /// 0 where there is none.
    [[nodiscard]] double most_per_second() const noexcept { return most_per_second_; }

private:
    std::vector<SamplingRule> rules_;
    std::vector<SamplingRule> error_rules_;
    double otherwise_ = 1;
    double errors_ = 1;
    double most_per_second_ = 0;
    bool otherwise_is_dry_ = false;
};

}  // namespace wideline

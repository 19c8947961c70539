// The tail sampler: which finished requests are kept, and how many requests each kept event then stands for.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wideline/condition.hpp>
#include <wideline/detail/chrono.hpp>
#include <wideline/export.hpp>
#include <wideline/text.hpp>

namespace wideline {

/// What an adaptive rule keeps, spread over the values that the fields `by` have in its events: values that are rare
/// are kept whole, common ones thinned, by the logarithm of their traffic. One of the three goals is set. A goal is of
/// one recorder, so of one process, unless `across_processes` is set.
struct AdaptiveBudget {
    /// At most 16. A request's `name` and `outcome` are fields like others. Without any, all events are alike.
    std::vector<std::string> by{};
    double events_per_second = 0;
    /// Of JSON lines, uncompressed. How long an event's line will be is not known when it is decided: it is estimated
    /// by the bytes that the event takes in memory and the ratio of the two in the lines of the last seconds.
    double bytes_per_second = 0;
    /// Above 0 and up to 1: the part of the rule's events that is kept, whatever their number. Rare keys are kept
    /// whole, and common ones make up for it.
    double share = 0;
    /// How many combinations of values are told apart, 1 to 100,000: 70 bytes each, and 16 for each thread. Those past
    /// it share what one would have.
    std::size_t max_keys = 500;
    /// Events a second that each key keeps before the others take a share, if it has as many. They are part of the
    /// goal: if all keys together need more than that, each gets less. 0 to 1e12.
    double at_least_per_key = 0;
    /// The probability in the first second, before anything is known of the traffic; above 0 and up to 1. If it is not
    /// set: `share`, or else 1. What comes in a rush is held to a budget all the same.
    std::optional<double> initial_probability{};
    /// A change of the traffic is settled within this time; 1 s to 1 h. Probabilities are made of what came in about
    /// the last third of it, and fixed 15 times in it. A key that did not come for so long is forgotten.
    std::chrono::nanoseconds interval = std::chrono::seconds(15);
    /// One budget for all processes of this machine whose recorders have a journal in the same directory, the same
    /// service name, and this rule with the same goal. Each gets a part of it by how much comes to it, ten times a
    /// second. A process that dies is forgotten after 2 s. Without a journal, or if its directory cannot be written,
    /// the budget is this recorder's alone, and `Stats::last_error` says so. Does nothing with `share`.
    bool across_processes = false;
};

/// A cap on what is kept, whichever rules keep it. One of the two is set. It is of one recorder, so of one process,
/// unless `across_processes` is set.
struct Cap {
    double events_per_second = 0;
    double bytes_per_second = 0;    ///< as AdaptiveBudget::bytes_per_second
    bool across_processes = false;  ///< as AdaptiveBudget::across_processes
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
/// was: a probability that is not within 0..1; a budget that is not above 0, or none, or two; another number of a
/// budget that is out of its range; a rule's name that is empty, longer than 128 bytes, has a control character, stands
/// twice, or is one that the library gives itself
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

    /// Keeps as many of them as the budget allows. Probabilities follow the traffic: what is kept is held to the budget
    /// ten times a second, and spread over the keys each second. docs/sampling.md says how exactly.
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
    /// too. The factor is fixed ten times a second, and a burst is thinned while it comes. If called twice, the last
    /// call wins.
    TailSampler& at_most(Cap cap) &;
    [[nodiscard]] TailSampler at_most(Cap cap) &&;

    /// The rule of that name, or `otherwise`, is tried out: it decides which events are its, but they are kept, with
    /// weight 1, and carry what would have been as `sample_dry_run.rule`, `.kept` and `.weight` (0 where it would have
    /// dropped them). They are no part of what at_most caps. Throws where there is no such rule yet.
    TailSampler& dry(Text rule) &;
    [[nodiscard]] TailSampler dry(Text rule) &&;

    /// The share of what no rule took. 1 unless said; if called twice, the last call wins, in either form.
    TailSampler& otherwise(double probability) &;
    [[nodiscard]] TailSampler otherwise(double probability) &&;
    /// The same with a budget, as an adaptive rule has it.
    TailSampler& otherwise(AdaptiveBudget budget) &;
    [[nodiscard]] TailSampler otherwise(AdaptiveBudget budget) &&;

    /// The share of the errors that no rule for errors took. 1 unless said; if called twice, the last call wins.
    TailSampler& errors(double probability) &;
    [[nodiscard]] TailSampler errors(double probability) &&;

    [[nodiscard]] std::span<const SamplingRule> rules() const noexcept;
    /// The rules for errors.
    [[nodiscard]] std::span<const SamplingRule> error_rules() const noexcept;
    /// 1 if it has a budget.
    [[nodiscard]] double otherwise_probability() const noexcept { return otherwise_; }
    [[nodiscard]] const std::optional<AdaptiveBudget>& otherwise_budget() const noexcept { return otherwise_budget_; }
    [[nodiscard]] bool otherwise_is_dry() const noexcept { return otherwise_is_dry_; }
    [[nodiscard]] double error_probability() const noexcept { return errors_; }
    [[nodiscard]] const std::optional<Cap>& cap() const noexcept { return cap_; }

private:
    std::vector<SamplingRule> rules_;
    std::vector<SamplingRule> error_rules_;
    double otherwise_ = 1;
    double errors_ = 1;
    std::optional<AdaptiveBudget> otherwise_budget_;
    std::optional<Cap> cap_;
    bool otherwise_is_dry_ = false;
};

}  // namespace wideline

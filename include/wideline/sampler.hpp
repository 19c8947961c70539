// The tail sampler: which finished requests are kept, and how many requests each kept event then stands for.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wideline/condition.hpp>
#include <wideline/export.hpp>

namespace wideline {

/// One rule: where `when` holds, a share of the events is kept. 0 drops all, 1 keeps all.
struct SamplingRule {
    std::string name;
    Condition when;
    double probability;
};

/// An ordered set of rules, decided when a request is over and everything about it is known (docs/sampling.md). A plain
/// value, made at set-up and given to `Options::sampler` or `Recorder::reload`; changing it afterwards changes nothing.
///
///     TailSampler{}.drop("health", field("http.route") == "/healthz").keep("slow", slower_than(500ms)).otherwise(0.01)
///
/// Errors come first: an event whose outcome is not success is kept whatever the rules say, unless `errors` lifts that.
/// Then the first rule whose condition holds decides, and `otherwise` decides the rest. Nothing said keeps everything.
///
/// Probabilities are consistent (OpenTelemetry's threshold rule): of one trace, every service that samples it at p or
/// more keeps its event. A kept event carries the weight 1 / p, so that weighted counts and sums estimate the truth.
///
/// What makes no sense throws std::invalid_argument with a sentence that names the value, and leaves the sampler as it
/// was: a probability that is not within 0..1; a rule's name that is empty, longer than 128 bytes, has a control
/// character, stands twice, or is one that the library gives itself (`error`, `otherwise`, `retroactive`); more than
/// 10,000 rules.
class WIDELINE_EXPORT TailSampler {
public:
    /// Keeps none of the events for which `when` holds.
    TailSampler& drop(std::string_view name, Condition when) &;
    [[nodiscard]] TailSampler drop(std::string_view name, Condition when) &&;

    /// Keeps all of them, with weight 1.
    TailSampler& keep(std::string_view name, Condition when) &;
    [[nodiscard]] TailSampler keep(std::string_view name, Condition when) &&;

    /// Keeps a share of them, with weight 1 / probability.
    TailSampler& sample(std::string_view name, Condition when, double probability) &;
    [[nodiscard]] TailSampler sample(std::string_view name, Condition when, double probability) &&;

    /// The share of what no rule took. 1 unless said; said twice, the last one holds, wherever it stands.
    TailSampler& otherwise(double probability) &;
    [[nodiscard]] TailSampler otherwise(double probability) &&;

    /// The share of the errors, for services in which they are too many to keep. 1 unless said; the last one holds.
    TailSampler& errors(double probability) &;
    [[nodiscard]] TailSampler errors(double probability) &&;

    [[nodiscard]] std::span<const SamplingRule> rules() const noexcept { return rules_; }
    [[nodiscard]] double otherwise_probability() const noexcept { return otherwise_; }
    [[nodiscard]] double error_probability() const noexcept { return errors_; }

private:
    std::vector<SamplingRule> rules_;
    double otherwise_ = 1;
    double errors_ = 1;
};

}  // namespace wideline

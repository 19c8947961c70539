// What a sum over kept events says of the sum over all requests, and how sure it is.
//
// Each kept event, of value x, was kept with probability p = 1 / w by itself. Then sum(w x) estimates the total without
// bias, and sum(w (w - 1) x^2) the estimate's variance V (Horvitz and Thompson, 1952).
//
// An interval of estimate ± 1.96 √V would be right for many events of about one weight, and too narrow where few were
// kept, or a few heavy ones count most: a sample that came out low makes its own variance look small. Two corrections,
// which vanish as events get more, make it hold as often as it says (tests/sampling/honesty_test.cpp):
//
// - the variance is taken at the bound and not at the estimate: it is about V / estimate for each unit of the total, so
//   the bounds are the two totals t with (estimate - t)^2 = z^2 (V / estimate) t (a score interval; Wilson, 1927);
// - z is the quantile of Student's distribution with V^2 / sum(v^2) degrees of freedom, v being the terms of V
//   (Satterthwaite, 1946).
//
// A third one is for the groups of a selection. A burst is sampled by a smaller probability than what came before it,
// and of a group's events in the burst perhaps none is kept. Then the group's own weights say nothing of the burst. So
// the variance for each unit of the total is taken as if `kOthers` further events of the group had been seen, weighted
// as the events of all groups are: by their variance for each unit, or by as many times the group's own mean weight as
// it is of theirs, whichever is more (place_among). With many events of its own, a group's interval is its own.
//
// Events of one trace are kept together, so where a trace has several events of one group, the true variance is larger.
#pragma once

namespace wideline::read {

class Estimate {
public:
    /// A kept event. Where the sum counts events, `value` is 1. Not less than 0. One of weight 0 is in no sum.
    void add(double value, double weight) noexcept {
        if (weight <= 0) return;
        sum_ += value * weight;
        kept_ += value;
        if (weight <= 1) return;
        left_to_chance_ += 1;
        weights_ += weight;
        const double variance = value * value * weight * (weight - 1);
        variance_ += variance;
        squares_ += variance * variance;
    }

    void add(const Estimate& other) noexcept {
        sum_ += other.sum_;
        kept_ += other.kept_;
        variance_ += other.variance_;
        squares_ += other.squares_;
        left_to_chance_ += other.left_to_chance_;
        weights_ += other.weights_;
    }

    /// What is known for certain besides the events.
    void add_known(double value) noexcept {
        sum_ += value;
        kept_ += value;
    }
    /// It is of a group among others, all of which `all` is of: its interval allows for what they had and the group
    /// by chance had not.
    void place_among(const Estimate& all) noexcept;

    [[nodiscard]] double sum() const noexcept { return sum_; }
    /// The 95 % interval's bounds. What was kept is there for certain, so `low` is that at least.
    [[nodiscard]] double low() const noexcept;
    [[nodiscard]] double high() const noexcept;
    /// Whether nothing was left to chance: every event that counts was kept for certain.
    [[nodiscard]] bool exact() const noexcept { return variance_ <= 0; }

private:
    struct Interval {
        double middle;
        double half;
    };
    [[nodiscard]] Interval interval() const noexcept;

    double sum_ = 0;
    double kept_ = 0;
    double variance_ = 0;
    double squares_ = 0;
    double left_to_chance_ = 0;  // events of a weight above 1
    double weights_ = 0;         // of those
    double of_others_ = 0;       // variance for each unit of the total
};

}  // namespace wideline::read

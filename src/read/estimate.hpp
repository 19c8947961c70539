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
        const double variance = value * value * weight * (weight - 1);
        variance_ += variance;
        squares_ += variance * variance;
    }

    void add(const Estimate& other) noexcept {
        sum_ += other.sum_;
        kept_ += other.kept_;
        variance_ += other.variance_;
        squares_ += other.squares_;
    }

    /// What is known for certain besides the events.
    void add_known(double value) noexcept {
        sum_ += value;
        kept_ += value;
    }

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
};

}  // namespace wideline::read

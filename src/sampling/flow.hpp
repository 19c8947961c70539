// How much comes a second, learned from counts over stretches of time: a mean that forgets, and that begins again when
// the newest count is one that chance cannot explain.
//
// A mean over some seconds is exact, but follows a burst too late, and its end too. The newest count by itself follows
// at once, but is inexact. So the mean holds as long as new counts agree with it, and a count that differs by more than
// `kSurprise` standard deviations of chance makes all older ones worthless.
//
// Chance is that of independent events (Poisson): the square root of such a count has a standard deviation of 1/2,
// whatever the count is (Bartlett, 1936; 3/8 by Anscombe, 1948). Requests often come in clumps, which vary more. How
// much more is learned too, slowly (`spread_`): a burst is one surprise, clumps are many small ones.
#pragma once

namespace wideline::sampling {

class Flow {
public:
    /// `count` came in `seconds`. `unit` is what one event adds to a count; `memory_s` the time after which a count
    /// weighs 1 / e of a new one.
    void take(double count, double seconds, double unit, double memory_s) noexcept;

    /// As if `per_second` had come for `seconds`.
    void remember(double per_second, double seconds) noexcept {
        count_ = per_second * seconds;
        seconds_ = seconds;
    }

    /// All counts so far, and so those that are expected, times `by`.
    void scale(double by) noexcept { count_ *= by; }

    [[nodiscard]] bool is_known() const noexcept { return seconds_ > 0; }
    [[nodiscard]] double per_second() const noexcept { return seconds_ > 0 ? count_ / seconds_ : 0; }

private:
    double count_ = 0;
    double seconds_ = 0;
    double spread_ = 1;  // variance of counts, in that of independent events
};

}  // namespace wideline::sampling

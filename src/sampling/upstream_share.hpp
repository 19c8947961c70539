// What a caller's sampled flag does to weights.
//
// A caller that samples by trace id sets the flag where R >= T, by the same R that the rules here decide by. So a rule
// that asks for the flag does not meet requests with any R: where the flag is set there are only those from T on, and
// where it is not, only those below. Weights of 1 / p would be wrong on both sides. A request that comes with the flag
// would, with another R, have come without it, and would then have been decided by another rule, say at q:
//
//     R      0                 1 - q             T = 1 - p                  1
//            │      the flag is not set           │     the flag is set     │
//            │  dropped          │ kept, at q     │  kept, by keep(upstream_sampled())
//
// It is kept with the probability that its R lies in one of the kept parts, whichever it was, and its weight is one
// over that: here 1 / max(p, q). What is kept without the flag has R >= 1 - q, so its weight is 1 / q: nothing need be
// known of T. What is kept with it needs T, and what the other rule would have done. Generally, for any two rules, with
//
//     s    the share of all requests that come with the flag and are kept
//     1/q  the weight of those that come without it
//
// all requests are max(0, q - p) / q of those without the flag, and the rest is for those with it:
//
//     weight = (1 - max(0, q - p) / q) / s = min(1, p / q) / s
//
// That is for rules of a fixed probability, which are consistent: all services of a trace look at R. A rule that adapts
// spends a budget, and requests without the flag would leave it unspent, as their R is low. It chooses them by other
// bits of the trace, and then requests with the flag and without it stand for themselves, each by the share of them
// that was kept.
//
// If requests with the flag are all dropped, those without it stand for themselves alone: of 1 - p, q - p are kept.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include <wideline/event_view.hpp>

#include "event/only_record.hpp"
#include "request/trace_context.hpp"
#include "request/trace_of_request.hpp"
#include "sampling/consistent.hpp"

namespace wideline::sampling {

/// The probability by which the request's caller sampled its trace. Nothing if it does not say, or if its flag is not
/// what its threshold would make it.
[[nodiscard]] inline std::optional<double> caller_share(const EventView& view) noexcept {
    const auto threshold = threshold_of(detail::tracestate_of(detail::event_of(view)));
    if (!threshold || (view.randomness() >= *threshold) != view.upstream_sampled()) return std::nullopt;
    return static_cast<double>(kRandomnessRange - *threshold) * 0x1p-56;
}

/// Bits that all services of the trace agree on and that say nothing of whether its randomness is above a threshold.
[[nodiscard]] inline std::uint64_t other_bits(std::uint64_t randomness) noexcept {
    randomness += 0x9e3779b97f4a7c15;  // splitmix64
    randomness = (randomness ^ randomness >> 30) * 0xbf58476d1ce4e5b9;
    randomness = (randomness ^ randomness >> 27) * 0x94d049bb133111eb;
    return (randomness ^ randomness >> 31) >> 8;
}

/// Of an event that came with the flag: `kept` is the share of all requests that came with the flag and were kept (not
/// 0), `upstream` the share that the caller sampled, `without` the probability that the rule for requests without it
/// has.
[[nodiscard]] inline double weight_with_flag(double kept, double upstream, double without) noexcept {
    const double covered = without > upstream ? upstream / without : 1;
    return std::max(1.0, covered / kept);
}

/// Of an event that came without the flag and was kept at `without`, where all that come with it are dropped. Nothing
/// if that depends on the caller's share, and it is unknown.
[[nodiscard]] inline std::optional<double> weight_if_flag_drops(double without,
                                                                std::optional<double> upstream) noexcept {
    if (without >= 1) return 1;
    if (!upstream || without <= *upstream) return std::nullopt;
    return (1 - *upstream) / (without - *upstream);
}

}  // namespace wideline::sampling

// W3C Trace Context: reading a caller's traceparent and tracestate, and writing our own.
//
// Everything here is noexcept and takes any bytes: the headers come from strangers. Nothing allocates.
//
//     traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
//                  |  trace id, 32 digits              |                flags
//                  version                             parent's span id, 16 digits
//
//     tracestate:  ot=th:8;rv:6e6d1a75832a2f,congo=t61rcWkgMzE
//
// Source: https://www.w3.org/TR/trace-context-2/ for both headers, and OpenTelemetry's "TraceState" for the `ot`
// member.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace wideline {

struct TraceContext {
    static constexpr std::uint8_t kSampled = 0x01;
    static constexpr std::uint8_t kRandom = 0x02;  ///< the caller made the trace id's low 56 bits at random

    std::uint64_t trace_id_high = 0;
    std::uint64_t trace_id_low = 0;
    std::uint64_t parent_span_id = 0;
    std::uint8_t flags = 0;  ///< those that we know: kSampled, kRandom
};

inline constexpr std::size_t kTraceparentBytes = 55;
inline constexpr std::size_t kMaxTracestateBytes = 512;
inline constexpr std::size_t kMaxTracestateMembers = 32;

/// Nothing where the header is malformed: the trace begins anew then, and its tracestate is not looked at.
///
/// Lower-case hex only; no id of zeros; version ff is invalid; version 00 has exactly 55 characters. A higher version
/// may go on after them with a dash and anything; of its flags only `sampled` is taken. Spaces and tabs around the
/// header are not a part of it (they are HTTP's optional whitespace, which some servers leave there). Two headers that
/// a proxy joined by a comma are malformed, as the specification wants it.
[[nodiscard]] std::optional<TraceContext> parse_traceparent(std::string_view header) noexcept;

/// 16 lower-case hex digits that are not all 0.
[[nodiscard]] std::optional<std::uint64_t> parse_span_id(std::string_view digits) noexcept;

/// Writes version 00, without a terminating NUL. `parent_span_id` is the span that the callee's parent is to be.
void format_traceparent(char (&out)[kTraceparentBytes], const TraceContext& context) noexcept;

/// Whether the header is one: members `key=value` separated by commas, spaces and tabs around each, at most 32. Empty
/// members are allowed and do not count. Keys as in level 2 of the specification, which takes all that level 1 takes. A
/// key that is there twice is somebody else's mistake: both members go on, as the specification's tests want it. A
/// malformed tracestate is not sent on; that takes nothing from the traceparent.
[[nodiscard]] bool is_valid_tracestate(std::string_view header) noexcept;

/// Whether a member can have this key.
[[nodiscard]] bool is_tracestate_key(std::string_view key) noexcept;

/// The value of the first member with this key. Nothing if there is none, or if the header is malformed.
[[nodiscard]] std::optional<std::string_view> tracestate_member(std::string_view tracestate,
                                                                std::string_view key) noexcept;

/// The threshold by which the caller sampled, of 2^56: from `th:` in the `ot` member, with 1 to 14 lower-case hex
/// digits; those left out at the end are zeros. A trace whose randomness is this or more was sampled. Nothing if there
/// is none, or if it or the header is malformed.
[[nodiscard]] std::optional<std::uint64_t> threshold_of(std::string_view tracestate) noexcept;

/// The trace's explicit randomness: 56 bits from `rv:` with 14 lower-case hex digits in the `ot` member. Nothing where
/// there is none, or it is malformed, or the header is. The first member counts: it is the newest.
[[nodiscard]] std::optional<std::uint64_t> randomness_of(std::string_view tracestate) noexcept;

/// What of a valid tracestate goes on downstream, written into `out`; returns its length. A header of at most 512 bytes
/// goes on unchanged, every byte of it. Of a longer one whole members are left out, as the specification says: those of
/// more than 128 bytes first, from the end, until the rest fits; then others from the end.
[[nodiscard]] std::size_t copy_tracestate(char (&out)[kMaxTracestateBytes], std::string_view header) noexcept;

}  // namespace wideline

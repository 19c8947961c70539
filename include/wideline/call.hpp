// A call that the current request makes to another service: its headers, how long it took, and what became of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <wideline/event.hpp>
#include <wideline/export.hpp>
#include <wideline/key.hpp>
#include <wideline/request.hpp>
#include <wideline/text.hpp>

namespace wideline {

/// One outgoing call, from construction to destruction or `finish`:
///
///     wl::Call call{"payments"};
///     http.post("/charge", body, {{"traceparent", call.traceparent()}, {"tracestate", call.tracestate()}});
///
/// It has a span id of its own, which the called service sees as its parent. At its end the request's event gets
/// `payments.duration_ms` and `payments.count`, as by wl::time, and an item in the array `calls`: `name`, `span_id`,
/// `start_ms` (since the request began), `duration_ms`, `outcome` (`success` or `error`), and `error.type` if it
/// failed. Of many calls the first 32 and the last 96 items are kept, the others are counted in `wideline.truncated`. A
/// call that failed does not fail its request. Without a request it has a trace of its own, and nothing is written.
///
/// Threads: one at a time. It may end on another thread if it was moved to it, or if the request has a Handle;
/// otherwise its end is counted in `Stats::late_writes`. Each write to a request whose call was moved costs some 10 ns
/// more from then on.
///
/// Cost: some 100 ns, two clock reads among them. It neither allocates, locks nor makes a system call, but for the
/// texts of the headers; without any recorder it asks the system for its ids.
class [[nodiscard]] WIDELINE_EXPORT Call {
public:
    /// Of the current request.
    explicit Call(TimerKey name) noexcept : Call(name, wideline::event()) {}
    /// Of the request that `event` belongs to.
    Call(TimerKey name, Event& event) noexcept : Call(event, name.text()) {}
    /// The same with a name that is known only at run time: `wl::Call call{wl::runtime(method)};`. The name is copied,
    /// at most 112 bytes of it. It should be of low cardinality, as each makes two fields of its own.
    explicit Call(RuntimeKey name) noexcept : Call(name, wideline::event()) {}
    Call(RuntimeKey name, Event& event) noexcept;
    /// Ends the call. If an exception is unwinding that began after the call did, the call failed.
    ~Call() { finish(); }
    Call(Call&& other) noexcept;
    /// Ends this call, then takes the other.
    Call& operator=(Call&& other) noexcept;
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    /// To send with the call: `00-TRACEID-SPANID-FLAGS`, with the call's span id.
    [[nodiscard]] std::string traceparent() const;
    /// The request's tracestate, to send with the call; empty if it has none, or has ended.
    [[nodiscard]] std::string tracestate() const;
    /// 16 hex digits.
    [[nodiscard]] std::string span_id() const;

    /// The call failed: `type` is a low-cardinality name to group by. The first one counts; at most 64 bytes are kept.
    void fail(Text type) noexcept;
    /// Ends the call now. Later calls and the destructor do nothing.
    void finish() noexcept;

private:
    Call(Event& event, std::string_view name) noexcept;
    void take(Call& other) noexcept;
    [[nodiscard]] bool is_of_request() const noexcept;
    void write_to(Event& event, std::int64_t duration_ns) const noexcept;

    static constexpr std::size_t kMostNameBytes = 112;  // as TimerKey allows
    static constexpr std::size_t kMostTypeBytes = 64;

    std::string_view name_;  // a literal, or in own_name_
    Handle request_;         // of nothing if there is none
    std::uint64_t trace_id_high_ = 0;
    std::uint64_t trace_id_low_ = 0;
    std::uint64_t span_id_ = 0;
    std::int64_t start_ns_ = 0;          // monotonic clock
    std::int64_t request_start_ns_ = 0;  // likewise
    int exceptions_ = 0;                 // in flight when it began
    std::uint8_t trace_flags_ = 0;
    bool over_ = false;
    bool failed_ = false;
    std::uint8_t type_bytes_ = 0;
    char type_[kMostTypeBytes];
    char own_name_[kMostNameBytes];
};

}  // namespace wideline

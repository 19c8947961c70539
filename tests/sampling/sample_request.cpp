#include "sampling/sample_request.hpp"

#include <concepts>
#include <cstddef>

#include <wideline/event.hpp>

#include "event/open_event.hpp"

namespace wideline::testing {

namespace {

detail::EventHome& home() {
    static detail::EventHome instance(std::size_t{16} << 20, Limits{});
    return instance;
}

void write(Event& event, const std::string& key, const SampleValue& value) {
    const auto set = [&]<class T>(const T& held) {
        if constexpr (std::same_as<T, std::monostate>)
            event.set(runtime(key), nullptr);
        else
            event.set(runtime(key), held);
    };
    std::visit(set, value);
}

}  // namespace

struct SampleEvent::Opened {
    detail::OpenEvent event;
    bool failed;
};

SampleEvent::SampleEvent(const SampleRequest& request, const detail::WatchedKeys& keys)
    : opened_(std::make_unique<Opened>()) {
    opened_->failed = request.failed;
    detail::OpenEvent& event = opened_->event;
    event.home = &home();
    event.small_arena = home().arenas.acquire(detail::ArenaPool::kSmallest);
    event.watched_keys = &keys;
    event.begin();
    event.cancelled = request.cancelled;
    event.fate().duration_ns = request.duration.count();
    event.put_record(detail::Type::name, request.name);
    if (!request.tracestate.empty()) event.put_record(detail::Type::tracestate, request.tracestate);
    event.arena_->parent_span_id = request.parent_span_id;
    event.arena_->randomness = request.randomness;
    event.arena_->continues_trace = request.continues_trace;
    event.arena_->trace_flags = request.upstream_sampled ? 1 : 0;
    for (const auto& [key, value] : request.fields) write(event, key, value);
}

SampleEvent::~SampleEvent() {
    opened_->event.forget_copies();
    opened_->event.shed();
    home().arenas.release(opened_->event.small_arena);
}

void SampleEvent::replay(std::uint64_t randomness, std::int64_t end_ns, std::chrono::nanoseconds duration) {
    opened_->event.arena_->randomness = randomness;
    opened_->event.fate().duration_ns = duration.count();
    opened_->event.small_arena->start_ns = end_ns - duration.count();
}

EventView SampleEvent::view() const { return opened_->event.view(opened_->failed); }

}  // namespace wideline::testing

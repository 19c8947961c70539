#include "request/recorder_core.hpp"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

namespace wideline::detail {

std::atomic<RecorderCore*> RecorderCore::installed_{nullptr};
std::atomic<RecorderCore*> RecorderCore::newest_{nullptr};

constinit thread_local RecorderCore* installed_here __attribute__((tls_model("initial-exec"))) = nullptr;
constinit thread_local Lane* newest_lane __attribute__((tls_model("initial-exec"))) = nullptr;

namespace {

constinit thread_local bool thread_is_ending = false;

}  // namespace

/// Gives a thread's lanes back when it ends, and what is current on it.
class ThreadLanes {
public:
    ~ThreadLanes() {
        abandon(std::exchange(current, &no_event));
        thread_is_ending = true;
        while (Lane* const lane = newest_lane) {
            newest_lane = lane->next_of_thread;
            lane->core->leave(*lane);
        }
    }
    static void watch() {
        thread_local ThreadLanes of_this_thread;
        static_cast<void>(of_this_thread);
    }
    static void forget(Lane& lane) noexcept {
        for (Lane** at = &newest_lane; *at != nullptr; at = &(*at)->next_of_thread)
            if (*at == &lane) {
                *at = lane.next_of_thread;
                return;
            }
    }
};

RecorderCore::RecorderCore(std::unique_ptr<ArenaMemory> memory, const Limits& limits, std::size_t rule_count,
                           std::size_t count_bytes)
    : home_(std::make_unique<EventHome>(std::move(memory), limits, memory->size() / kReserve)),
      event_memory_(std::make_unique<platform::MappedMemory>((home_->arenas.bytes() / ArenaPool::kSmallest + 1) *
                                                             sizeof(OpenEvent))),
      first_arenas_(std::make_unique<platform::MappedMemory>((home_->arenas.bytes() / ArenaPool::kSmallest + 1) *
                                                             sizeof(ArenaHeader*))),
      free_events_(std::make_unique<FreeEvents>(home_->arenas.bytes() / ArenaPool::kSmallest + 1)),
      reserved_events_(std::make_unique<FreeEvents>(home_->arenas.bytes() / ArenaPool::kSmallest + 1)),
      count_blocks_(count_bytes),
      rule_count_(rule_count),
      most_free_of_lane_(static_cast<std::uint32_t>(std::clamp<std::size_t>(
          home_->arenas.bytes() / ArenaPool::kSmallest / 2 / kThreadsThatKeep, 1, Lane::kMostFree))),
      first_reserved_(
          static_cast<std::uint32_t>((home_->arenas.bytes() - home_->arenas.reserve()) / ArenaPool::kSmallest) + 1),
      stray_(this, 0, rule_count),
      parked_(this, 0, 0) {
    home_->core = this;
    static const int registered = ::pthread_atfork(nullptr, nullptr, &RecorderCore::disown_all);
    static_cast<void>(registered);
}

void RecorderCore::begin() noexcept {
    older_ = newest_.load(std::memory_order_relaxed);
    while (!newest_.compare_exchange_weak(older_, this, std::memory_order_release, std::memory_order_relaxed)) {
    }
}

/// In a forked child, which has only the thread that forked: whatever the parent records stays the parent's. Requests
/// that were open go nowhere, and nothing is current. What is installed stays so, for the child's first request to find
/// it; the child may install a recorder of its own.
void RecorderCore::disown_all() noexcept {
    current = &no_event;
    orphan_writes.store(0, std::memory_order_relaxed);
    late_writes.store(0, std::memory_order_relaxed);
    interleaved.store(0, std::memory_order_relaxed);
    for (RecorderCore* core = newest_.load(std::memory_order_relaxed); core != nullptr; core = core->older_) {
        core->lived_at_fork_ = core->disowned_ ? core->lived_at_fork_ : !core->closed();
        core->disowned_ = true;
        core->close();
        if (core->home_ != nullptr) {
            core->refuse_writes();
            core->home_->arenas.memory().disown();
        }
        // Another thread of the parent may have held them, and will never let go of them here.
        new (&core->mutex_) std::mutex;
        new (&core->stray_mutex_) std::mutex;
        core->names_.renew_lock();
        core->forget_parents_threads();
    }
    for (Lane* lane = newest_lane; lane != nullptr; lane = lane->next_of_thread) lane->random.seed();
}

/// What is still written to a request of the parent is late, and touches no arena, for in its place are zeros now.
void RecorderCore::refuse_writes() noexcept {
    const std::uint32_t last = carved_.load(std::memory_order_relaxed);
    for (std::uint32_t number = 1; number <= last; ++number) {
        OpenEvent& event = *event_at(number);
        const std::uint64_t state = event.state.load(std::memory_order_relaxed);
        const bool open = (state & OpenEvent::kPins) != 0 && (state & OpenEvent::kFinished) == 0;
        if (!open) continue;
        event.state.store(state | OpenEvent::kFinished, std::memory_order_relaxed);
        event.refuse();
    }
}

Lane* RecorderCore::find_or_make_lane() noexcept {
    for (Lane* at = newest_lane; at != nullptr; at = at->next_of_thread)
        if (at->core == this) return at;
    if (thread_is_ending || closed()) return nullptr;
    try {
        const std::lock_guard lock(mutex_);
        if (closed()) return nullptr;  // and its memory may be gone
        Lane* mine = nullptr;
        for (const auto& lane : lanes_)
            if (!lane->in_use) mine = lane.get();
        if (mine == nullptr)
            mine = lanes_.emplace_back(std::make_unique<Lane>(this, lanes_.size() + 1, rule_count_)).get();
        ThreadLanes::watch();
        mine->in_use = true;
        mine->exceptions = {};
        mine->next_of_thread = newest_lane;
        newest_lane = mine;
        return mine;
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

void RecorderCore::leave(Lane& lane) noexcept {
    const std::lock_guard lock(mutex_);
    while (lane.free_count != 0) free_events_->give(lane.free[--lane.free_count].event->number);
    lane.cold = 0;
    lane.in_use = false;
}

void RecorderCore::release_memory() noexcept {
    const std::lock_guard lock(mutex_);
    std::uint64_t in_flight = stray_.started.get() - stray_.ended();
    Lane* mine = nullptr;
    for (const auto& lane : lanes_) {
        in_flight += lane->started.get() - lane->ended();
        if (!lane->in_use) continue;
        bool is_mine = false;
        for (Lane* at = newest_lane; at != nullptr; at = at->next_of_thread) is_mine = is_mine || at == lane.get();
        if (!is_mine) return;
        mine = lane.get();
    }
    for (Event* at = current; at != &no_event; at = static_cast<OpenEvent*>(at)->below)
        if (static_cast<OpenEvent*>(at)->home == home_.get()) return;
    if (in_flight != 0 || requests_left_) return;
    if (mine != nullptr) {
        ThreadLanes::forget(*mine);
        mine->free_count = 0;
        mine->cold = 0;
        mine->in_use = false;
    }
    home_.reset();
    count_blocks_.clear();
    event_memory_->clear();  // a Timer that comes late finds an event like no_event
}

void RecorderCore::make_room_for_rules(std::size_t count) {
    const std::lock_guard lock(mutex_);
    const auto grow = [count](Lane& lane) {
        lane.refused_by_rule.grow(count);
        lane.sampled_away.grow(count);
    };
    for (const auto& lane : lanes_) grow(*lane);
    grow(stray_);
    if (count > rule_count_) rule_count_ = count;
}

bool RecorderCore::install() noexcept {
    RecorderCore* there = installed_in_process();
    while (there == nullptr || there->disowned())
        if (installed_.compare_exchange_weak(there, this, std::memory_order_acq_rel)) return true;
    return false;
}

void RecorderCore::give_place_to(RecorderCore& successor) noexcept {
    RecorderCore* self = this;
    installed_.compare_exchange_strong(self, &successor, std::memory_order_acq_rel);
    if (installed_here == this) installed_here = &successor;
}

void RecorderCore::uninstall() noexcept {
    if (installed_here == this) installed_here = nullptr;
    RecorderCore* self = this;
    installed_.compare_exchange_strong(self, nullptr, std::memory_order_acq_rel);
}

bool RecorderCore::refill(Lane& lane) noexcept {
    draw(lane);
    if (lane.free_count != 0) return true;
    OpenEvent* const fresh = make_event();
    if (fresh == nullptr) return false;
    lane.free[lane.free_count++] = {fresh, fresh->small_arena};
    return true;
}

/// Only where the lane has none.
void RecorderCore::draw(Lane& lane) noexcept {
    std::array<std::uint32_t, kRefill> numbers;
    const std::size_t count = free_events_->take(std::span(numbers).first(std::min(kRefill, most_free_of_lane_)));
    for (std::size_t i = 0; i < count; ++i) lane.free[i] = {event_at(numbers[i]), first_arena(numbers[i])};
    lane.free_count = static_cast<std::uint32_t>(count);
    lane.cold = lane.free_count;
    lane.draws = count != 0;
}

void RecorderCore::fetch_next(Lane& lane) noexcept {
    constexpr std::size_t kCacheLine = 64;
    if (lane.free_count == 0) draw(lane);
    lane.cold = lane.free_count;
    if (lane.cold == 0) return;
    const Lane::Free next = lane.free[--lane.cold];
    const auto fetch = [](void* from, std::size_t bytes) {
        for (std::size_t at = 0; at < bytes; at += kCacheLine) __builtin_prefetch(static_cast<char*>(from) + at, 1);
    };
    fetch(next.event, sizeof(OpenEvent));
    fetch(next.arena, lane.typical_bytes);
}

OpenEvent* RecorderCore::make_event() noexcept {
    ArenaHeader* const arena = home_->arenas.acquire(ArenaPool::kSmallest);
    if (arena == nullptr) return nullptr;
    return make_event(carved_.fetch_add(1, std::memory_order_relaxed) + 1, arena);  // never more than arenas
}

OpenEvent* RecorderCore::make_event(std::uint32_t number, ArenaHeader* arena) noexcept {
    auto* const event = new (event_at(number)) OpenEvent;
    event->number = number;
    event->home = home_.get();
    event->small_arena = arena;
    std::atomic_ref<ArenaHeader*>(first_arena(number)).store(arena, std::memory_order_release);
    home_->arenas.memory().note_head(number - 1, home_->arenas.number(arena));
    return event;
}

OpenEvent* RecorderCore::take_reserved() noexcept {
    std::uint32_t number = 0;
    OpenEvent* event = nullptr;
    if (reserved_events_->take({&number, 1}) != 0) {
        event = event_at(number);
    } else if (ArenaHeader* const arena = home_->arenas.acquire_reserved()) {
        event = make_event(first_reserved_ + carved_reserved_.fetch_add(1, std::memory_order_relaxed), arena);
    } else {
        return nullptr;
    }
    event->watched_keys = watched_keys_.load(std::memory_order_acquire);
    event->begin();
    return event;
}

void RecorderCore::recycle_fragments(OpenEvent& event, Lane* lane) noexcept {
    if (event.head != &event) return;
    OpenEvent* fragment = event.fragments.load(std::memory_order_acquire);
    while (fragment != nullptr) {
        OpenEvent* const next = fragment->next;
        recycle(*fragment, lane);
        fragment = next;
    }
}

void unbind_below_others(OpenEvent& event) noexcept {
    for (Event* at = current; at != &no_event; at = static_cast<OpenEvent*>(at)->below)
        if (auto* const above = static_cast<OpenEvent*>(at); above->below == &event) {
            above->below = event.below;
            return;
        }
}

void abandon(Event* stack) noexcept {
    while (stack != &no_event) {
        auto& event = static_cast<OpenEvent&>(*stack);
        const Lane* const bound_to = event.current_on.load(std::memory_order_relaxed);
        // The recorder is gone, and its memory with it; or this is a forked child, and it is the parent's.
        if (bound_to == nullptr || bound_to->core->disowned()) return;
        stack = event.below;
        event.current_on.store(nullptr, std::memory_order_release);
        if (event.head == &event)
            bound_to->core->unpin(event, nullptr);
        else if (event.finished())
            bound_to->core->let_go(event, nullptr);
    }
}

void drop_ended_ones(Lane* lane) noexcept {
    while (current != &no_event) {
        auto& top = static_cast<OpenEvent&>(*current);
        if (!top.finished()) return;
        RecorderCore& core = *top.current_on.load(std::memory_order_relaxed)->core;
        Lane* const of_core = lane != nullptr && lane->core == &core ? lane : nullptr;
        unbind(top);
        if (top.head == &top)
            core.unpin(top, of_core);
        else
            core.let_go(top, of_core);
    }
}

}  // namespace wideline::detail

// What a request needs of a recorder: events to write to, and somebody to take them when they end.
//
// Threads may open and end requests while the recorder is destroyed, and afterwards. So a core, which is small, lives
// as long as the process; its events and arenas, which are large, are given back when the recorder is gone, no request
// is in flight and no other thread has a lane. A thread that has a lane knows that the memory is there.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "event/open_event.hpp"
#include "platform/memory_barrier.hpp"
#include "request/cpu_time.hpp"
#include "request/free_events.hpp"
#include "request/lane.hpp"
#include "request/request_counts.hpp"

namespace wideline {
class Recorder;
}

namespace wideline::detail {

/// The newest of this thread's lanes; the others follow it.
extern constinit thread_local Lane* newest_lane __attribute__((tls_model("initial-exec")));

class RecorderCore;
/// What `install_here` made for this thread. Recorders' cores live as long as the process.
extern constinit thread_local RecorderCore* installed_here __attribute__((tls_model("initial-exec")));

class RecorderCore {
public:
    RecorderCore(std::unique_ptr<ArenaMemory> memory, const Limits& limits, std::size_t rule_count,
                 std::size_t count_bytes);
    RecorderCore(const RecorderCore&) = delete;
    RecorderCore& operator=(const RecorderCore&) = delete;

    /// The one that `install_here` made for this thread, or else the one that `install` made, or null.
    static RecorderCore* installed() noexcept {
        if (installed_here != nullptr) [[unlikely]]
            return installed_here;
        return installed_in_process();
    }
    static RecorderCore* installed_in_process() noexcept { return installed_.load(std::memory_order_acquire); }
    /// Whether `install_here` made one in this process.
    static bool has_thread_its_own() noexcept { return installed_here != nullptr && !installed_here->disowned(); }
    /// The core of a Recorder, or null where it was moved from.
    static RecorderCore* of(const Recorder& recorder) noexcept;

    /// This thread's lane; made at the first call. Null once the recorder is gone or the thread is ending.
    [[nodiscard]] Lane* lane() noexcept {
        Lane* const newest = newest_lane;
        if (newest != nullptr && newest->core == this) [[likely]]
            return newest;
        return find_or_make_lane();
    }

    /// Calls `use` with this thread's lane, or where it has none, with one that all such threads share.
    template <class Use>
    void with_lane(Use use) noexcept {
        if (Lane* const mine = lane()) return use(*mine);
        const std::lock_guard lock(stray_mutex_);
        use(stray_);
    }

    /// An event ready to be written, or null where memory is used up. The pins are the caller's to set.
    [[nodiscard]] OpenEvent* take(Lane& lane) noexcept {
        if (lane.free_count == 0 && !refill(lane)) [[unlikely]]
            return nullptr;
        OpenEvent* const event = lane.free[--lane.free_count].event;
        if (lane.draws && lane.free_count <= lane.cold) [[unlikely]]
            fetch_next(lane);
        event->watched_keys = watched_keys_.load(std::memory_order_acquire);
        event->begin();
        return event;
    }
    /// A fragment of a request that the caller has a pin of: one that no thread has, or a new one; null as above.
    [[nodiscard]] OpenEvent* take_fragment(OpenEvent& request, Lane& lane) noexcept;
    /// Ends an Attach whose fragment is current no more.
    void let_go(OpenEvent& fragment, Lane* lane) noexcept;
    /// An event for a request that got no memory when it began, and then failed: from a reserve that no other request
    /// gets anything of. Null if that is used up too.
    [[nodiscard]] OpenEvent* take_reserved() noexcept;
    /// A request has ended that nothing can be kept of. `name` is its number in names().
    virtual void count_without_memory(Lane& lane, std::uint32_t name, bool failed,
                                      std::int64_t duration_ns) noexcept = 0;
    void note_ran_out() noexcept { ran_out_.store(true, std::memory_order_relaxed); }
    [[nodiscard]] RequestNames& names() noexcept { return names_; }
    /// Drops a pin; gives the event back if it was the last. `lane` is this thread's, or null.
    void unpin(OpenEvent& event, Lane* lane) noexcept {
        // The only pin of an event that no handle was made of cannot become two.
        const bool only = (event.state.load(std::memory_order_acquire) & OpenEvent::kPins) == 1;
        if (only && !event.shared.load(std::memory_order_relaxed)) return recycle(event, lane);
        const std::uint64_t was = event.state.fetch_sub(OpenEvent::kPin, std::memory_order_acq_rel);
        if ((was & OpenEvent::kPins) == 1) recycle(event, lane);
    }
    /// A free event, for its first arena to be used as plain memory; null if memory is used up. Given back by
    /// recycle().
    [[nodiscard]] OpenEvent* take_block() noexcept {
        std::uint32_t number = 0;
        OpenEvent* const event = free_events_->take({&number, 1}) != 0 ? event_at(number) : make_event();
        if (event != nullptr) event->begin();
        return event;
    }
    /// Gives back an event that nobody has a pin of, and its fragments.
    void recycle(OpenEvent& event, Lane* lane) noexcept {
        const bool shared = event.head->shared.load(std::memory_order_relaxed);
        event.forget();
        if (shared) [[unlikely]]
            recycle_fragments(event, lane);
        event.state.store((event.generation() + 1) * OpenEvent::kGeneration, std::memory_order_release);
        if (event.arena_ != event.small_arena || shared) event.shed();
        if (event.number >= first_reserved_) [[unlikely]]
            reserved_events_->give(event.number);
        else if (lane != nullptr && lane->free_count < most_free_of_lane_)
            lane->free[lane->free_count++] = {&event, event.small_arena};
        else
            free_events_->give(event.number);
    }

    /// Whether the user has last words on an event that is about to end; and they.
    [[nodiscard]] bool enriches() const noexcept { return enriches_; }
    /// See Options::cpu_time.
    [[nodiscard]] bool times_cpu() const noexcept { return times_cpu_; }
    /// `mine` is this thread's part of the event.
    virtual void enrich(Lane& lane, OpenEvent& mine) noexcept = 0;
    /// Takes a sealed event: keeps or drops it, counts it, and inherits its pin.
    virtual void end(Lane& lane, OpenEvent& event) noexcept = 0;

    /// Of a closed one: the recorder that takes its place in a forked child, or null; then the request is counted.
    [[nodiscard]] virtual RecorderCore* for_child() noexcept = 0;

    /// Whether the end of this request, which is finished now, is the caller's to count. At a recorder's end the
    /// pipeline takes requests that are still open; one of these is over, and its event stays where it is.
    [[nodiscard]] bool takes_end_of(OpenEvent& event) noexcept {
        std::atomic_signal_fence(std::memory_order_seq_cst);  // what finished it comes first: see finish_open_ones
        if (phase() == Phase::working) [[likely]]
            return true;
        return leave_open(event, Stage::unused);
    }

    /// No request can be opened any more.
    void close() noexcept { closed_.store(true, std::memory_order_release); }
    [[nodiscard]] bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }

    [[nodiscard]] const WatchedKeys& watched_keys() const noexcept {
        return *watched_keys_.load(std::memory_order_acquire);
    }
    /// Whether this process is a child forked after the recorder began: the thread and the sinks are the parent's.
    [[nodiscard]] bool disowned() const noexcept { return disowned_; }
    /// No thread's: where an event is current that is in a flow which no thread is in.
    [[nodiscard]] Lane& parked() noexcept { return parked_; }

protected:
    enum class Phase : std::uint8_t {
        working,
        finishing,  // requests that are open end as they are, one by one, unless their threads come first
        over,       // what ends now is too late
    };
    [[nodiscard]] Phase phase() const noexcept { return phase_.load(std::memory_order_acquire); }
    void enter(Phase phase) noexcept { phase_.store(phase, std::memory_order_seq_cst); }
    /// Ends, as the pipeline's thread, each request that is open and not about to end, and gives its event to `take`.
    /// In Phase::finishing.
    template <class Take>
    void finish_open_ones(Take take) noexcept {
        platform::barrier_on_all_threads();
        OpenEvent* claimed = nullptr;  // nobody else puts one of these into a list
        const std::uint32_t last = carved_.load(std::memory_order_acquire);
        for (std::uint32_t number = 1; number <= last; ++number) {
            const ArenaHeader* const first =
                std::atomic_ref<ArenaHeader*>(first_arena(number)).load(std::memory_order_acquire);
            if (first == nullptr || first->entered() != Stage::open) continue;
            OpenEvent& event = *event_at(number);
            if (event.finished() || !leave_open(event, Stage::kept)) continue;
            requests_left_ = true;
            event.claim();
            event.next = std::exchange(claimed, &event);
        }
        if (claimed == nullptr) return;
        // A step of its own thread that began before is seen now, and none begins.
        platform::barrier_on_all_threads();
        while (claimed != nullptr) {
            OpenEvent& event = *claimed;
            claimed = event.next;
            while (event.in_own_step.load(std::memory_order_acquire)) std::this_thread::yield();
            event.seal_claimed();
            take(event);
        }
    }
    /// How many requests have begun and not ended; more than there are, while some end.
    [[nodiscard]] std::uint64_t in_flight() noexcept {
        std::uint64_t ended = 0;
        std::uint64_t started = 0;
        for_each_lane([&](const Lane& lane) { ended += lane.ended(); });
        for_each_lane([&](const Lane& lane) { started += lane.started.get(); });
        return started - ended;
    }

    ~RecorderCore() = default;  // never: it lives as long as the process

    /// From here on it lives as long as the process: the last thing of a constructor that did not throw.
    void begin() noexcept;
    /// What requests are opened with from now on; what was set before lives on with those that are open.
    void set_watched_keys(const WatchedKeys& keys) noexcept { watched_keys_.store(&keys, std::memory_order_release); }
    void set_enriches(bool enriches) noexcept { enriches_ = enriches; }
    void time_cpu() noexcept {
        times_cpu_ = true;
        cpu_timed_recorders.fetch_add(1, std::memory_order_relaxed);
    }
    /// Every lane can count so many, those to come too. Throws std::bad_alloc.
    void make_room_for_rules(std::size_t count);
    [[nodiscard]] EventHome& home() noexcept { return *home_; }
    /// What a lane's counts by name are made with, and names().
    [[nodiscard]] CountBlocks& count_blocks() noexcept { return count_blocks_; }
    template <class Visit>
    void for_each_lane(Visit visit) {
        const std::lock_guard lock(mutex_);
        for (const auto& lane : lanes_) visit(*lane);
        visit(stray_);
    }
    /// In a forked child, of what the parent's threads may have been using at that moment.
    virtual void forget_parents_threads() noexcept = 0;
    /// Whether it had not ended when this process was forked from its own.
    [[nodiscard]] bool lived_at_fork() const noexcept { return lived_at_fork_; }
    /// Visits every recorder of this process and of those that it was forked from.
    template <class Visit>
    static void for_each_core(Visit visit) {
        for (RecorderCore* core = newest_.load(std::memory_order_acquire); core != nullptr; core = core->older_)
            visit(*core);
    }
    /// Whether there ever was no memory for a request that began.
    [[nodiscard]] bool ran_out() const noexcept { return ran_out_.load(std::memory_order_relaxed); }
    /// Gives the events' memory back if nobody can touch it any more.
    void release_memory() noexcept;

    /// Unless one of this process is installed.
    bool install() noexcept;
    /// For this thread.
    void install_here() noexcept { installed_here = this; }
    void uninstall() noexcept;
    /// In a forked child: installs `successor` if this one is installed.
    void give_place_to(RecorderCore& successor) noexcept;

private:
    friend class ThreadLanes;

    /// So many are taken at once from where all threads take.
    static constexpr std::uint32_t kRefill = 8;
    /// One part in this many of the memory is for requests that fail after they got none.
    static constexpr std::size_t kReserve = 16;
    /// So many threads may keep as many free events as they like, and half of the memory is left.
    static constexpr std::size_t kThreadsThatKeep = 1024;

    [[nodiscard]] Lane* find_or_make_lane() noexcept;
    void recycle_fragments(OpenEvent& event, Lane* lane) noexcept;
    void leave(Lane& lane) noexcept;
    /// Whether the lane has a free event then.
    [[nodiscard]] bool refill(Lane& lane) noexcept;
    void draw(Lane& lane) noexcept;
    [[nodiscard]] OpenEvent* make_event() noexcept;
    [[nodiscard]] OpenEvent* make_event(std::uint32_t number, ArenaHeader* arena) noexcept;
    /// Brings the event that is taken next into this thread's cache, before it is needed.
    void fetch_next(Lane& lane) noexcept;
    [[nodiscard]] OpenEvent* event_at(std::uint32_t number) noexcept {
        return reinterpret_cast<OpenEvent*>(event_memory_->data()) + (number - 1);
    }
    [[nodiscard]] ArenaHeader*& first_arena(std::uint32_t number) noexcept {
        return reinterpret_cast<ArenaHeader**>(first_arenas_->data())[number - 1];
    }

    /// False where another thread was first.
    [[nodiscard]] static bool leave_open(OpenEvent& event, Stage next) noexcept {
        Stage open = Stage::open;
        return std::atomic_ref<Stage>(event.small_arena->stage).compare_exchange_strong(open, next);
    }

    static void disown_all() noexcept;
    void refuse_writes() noexcept;

    static std::atomic<RecorderCore*> installed_;
    static std::atomic<RecorderCore*> newest_;  // of all that ever were, through older_
    RecorderCore* older_ = nullptr;

    std::unique_ptr<EventHome> home_;
    std::unique_ptr<platform::MappedMemory> event_memory_;
    std::unique_ptr<platform::MappedMemory> first_arenas_;  // by event: so that the event itself need not be touched
    std::unique_ptr<FreeEvents> free_events_;
    std::unique_ptr<FreeEvents> reserved_events_;
    RequestNames names_;
    CountBlocks count_blocks_;
    std::size_t rule_count_;
    bool enriches_ = false;
    bool times_cpu_ = false;
    const std::uint32_t most_free_of_lane_;
    const std::uint32_t first_reserved_;  // events from this number on have arenas of the reserve
    std::atomic<const WatchedKeys*> watched_keys_{nullptr};
    std::atomic<bool> closed_{false};
    std::atomic<Phase> phase_{Phase::working};
    bool requests_left_ = false;  // whose objects refer to events for good
    bool disowned_ = false;
    bool lived_at_fork_ = false;
    alignas(64) std::atomic<std::uint32_t> carved_{0};
    std::atomic<std::uint32_t> carved_reserved_{0};
    std::atomic<bool> ran_out_{false};

    std::mutex mutex_;
    std::vector<std::unique_ptr<Lane>> lanes_;
    std::mutex stray_mutex_;
    Lane stray_;   // for requests that end on a thread that has none any more
    Lane parked_;  // counts nothing
};

/// Keeps an event from being reused, if it is still the request's that had this generation, and that has not ended.
[[nodiscard]] bool pin(OpenEvent& event, std::uint64_t generation) noexcept;

/// Shares a request that this thread alone has written to so far.
inline void share_own(OpenEvent& event) noexcept {
    event.share();
    // Numbers raised in place would keep the place in the order of writes that they have now.
    std::fill(std::begin(event.recent_), std::end(event.recent_), 0);
}

/// This thread's events, innermost first: `current`, then through `below`. What is current no more leaves the stack
/// wherever it is in it, for requests need not end in the order in which they began.
inline void bind(OpenEvent& event, Lane& lane) noexcept {
    next_stretch();
    event.below = current;
    event.current_on.store(&lane, std::memory_order_relaxed);
    current = &event;
}
void unbind_below_others(OpenEvent& event) noexcept;
inline void unbind(OpenEvent& event) noexcept {
    if (current == &event) [[likely]]
        current = event.below;
    else
        unbind_below_others(event);
    event.current_on.store(nullptr, std::memory_order_release);
}
/// Makes what is on a stack, which nobody runs any more, current nowhere.
void abandon(Event* stack) noexcept;
void drop_ended_ones(Lane* lane) noexcept;
/// Takes away what has ended on other threads, requests and attaches, as long as it is on top.
inline void drop_ended(Lane* lane) noexcept {
    if (current != &no_event) [[unlikely]]
        drop_ended_ones(lane);
}

}  // namespace wideline::detail

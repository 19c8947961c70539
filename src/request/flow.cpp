// Which events are current belongs to a line of execution. A thread's own line has the stack that begins at
// `detail::current`; each flow has one like it, which lies in the flow while the flow does not run:
//
//     thread's own stack   flow A's     flow B's          detail::current
//     ──────────────────   ─────────    ─────────         ───────────────
//     in `base`            in A         in B              —
//     enter A:  saved      runs         in B              A's
//     enter B:  saved      saved        runs              B's
//     leave B:  saved      runs         in B              A's
//
// An event says on which lane it is current (OpenEvent::current_on). Events of a stack that does not run are current on
// no thread: they are marked by their core's `parked` lane, which is no thread's. A request that ends while it is
// parked (a coroutine's frame that is destroyed while suspended, say) is then handled like one that ends on another
// thread: whoever has it on a stack lets go of it when that stack runs again.
#include <wideline/flow.hpp>

#include <array>

#include "request/recorder_core.hpp"

namespace wideline {

using detail::current;
using detail::Lane;
using detail::no_event;
using detail::OpenEvent;
using detail::RecorderCore;

namespace detail {

/// The flows that this thread is in, the innermost last.
struct FlowStack {
    static constexpr std::size_t kMost = 32;

    std::array<Flow*, kMost> flows;
    std::size_t count;
    Event* base;  // the thread's own stack while a flow runs

    [[nodiscard]] Flow* top() const noexcept { return count == 0 ? nullptr : flows[count - 1]; }
    [[nodiscard]] bool has(const Flow* flow) const noexcept {
        for (std::size_t at = 0; at < count; ++at)
            if (flows[at] == flow) return true;
        return false;
    }
    /// Where the stack of what runs is kept while it does not.
    [[nodiscard]] Event*& place_of_top() noexcept { return count == 0 ? base : flows[count - 1]->current_; }

    bool enter(Flow& flow) noexcept;
    void leave() noexcept;
};

namespace {

constinit thread_local FlowStack entered{};

/// Makes the running stack's events nobody's, and gives the stack.
Event* park() noexcept {
    Event* const top = current;
    for (Event* at = top; at != &no_event;) {
        auto& event = static_cast<OpenEvent&>(*at);
        RecorderCore* const core = event.current_on.load(std::memory_order_relaxed)->core;
        event.current_on.store(&core->parked(), std::memory_order_release);
        at = event.below;
    }
    return top == &no_event ? nullptr : top;
}

/// Runs the stack on this thread.
void run(Event* top) noexcept {
    current = &no_event;
    if (top == nullptr) return;
    current = top;
    Event** link = &current;
    while (*link != &no_event) {
        auto& event = static_cast<OpenEvent&>(**link);
        const Lane* const parked_on = event.current_on.load(std::memory_order_relaxed);
        // The recorder is gone, and its memory with it; or this is a forked child, and it is the parent's.
        if (parked_on == nullptr || parked_on->core->disowned()) {
            *link = &no_event;
            break;
        }
        // Without a lane (the recorder is gone, or the thread is ending) it stays nobody's.
        if (Lane* const lane = parked_on->core->lane()) event.current_on.store(lane, std::memory_order_release);
        link = &event.below;
    }
    drop_ended(newest_lane);
}

}  // namespace

bool FlowStack::enter(Flow& flow) noexcept {
    if (count == kMost) return false;
    next_stretch();
    place_of_top() = park();
    flows[count++] = &flow;
    run(flow.current_);
    return true;
}

void FlowStack::leave() noexcept {
    next_stretch();
    flows[count - 1]->current_ = park();
    --count;
    run(place_of_top());
}

}  // namespace detail

bool Flow::begin_stretch() noexcept {
    if (inside() == this) return false;
    entered_.store(&detail::entered, std::memory_order_relaxed);
    return detail::entered.enter(*this);
}

void Flow::leave() noexcept {
    if (inside() != this) return;
    detail::entered.leave();
    if (!detail::entered.has(this)) entered_.store(nullptr, std::memory_order_release);
}

Flow* Flow::inside() noexcept { return detail::entered.top(); }

bool Flow::is_free() const noexcept {
    const detail::FlowStack* const thread = entered_.load(std::memory_order_relaxed);
    return thread == nullptr || thread == &detail::entered;
}

Flow::~Flow() {
    leave();
    if (current_ != nullptr) detail::abandon(current_);
}

namespace {

/// A flow with an Attach for as long as it lives.
struct Branch {
    explicit Branch(const Handle& handle) {
        const InFlow in{flow};
        if (handle) attach.emplace(handle);
    }
    ~Branch() {
        const InFlow in{flow};
        attach.reset();
    }
    Branch(const Branch&) = delete;
    Branch& operator=(const Branch&) = delete;

    Flow flow;
    std::optional<Attach> attach;
};

}  // namespace

std::shared_ptr<Flow> branch(const Handle& handle) {
    auto made = std::make_shared<Branch>(handle);
    return {made, &made->flow};
}

std::shared_ptr<Flow> branch() { return branch(handle()); }

}  // namespace wideline

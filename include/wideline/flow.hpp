// What is current in code of which many lines of execution share a thread: coroutines, fibers, callbacks, shards. See
// docs/async.md.
#pragma once

#include <atomic>
#include <cassert>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <wideline/event.hpp>
#include <wideline/export.hpp>
#include <wideline/request.hpp>

namespace wideline {

namespace detail {
struct FlowStack;
}

/// A line of execution that is not a thread of its own: a coroutine, a fiber, the callbacks of one connection.
/// What is opened in a flow (requests, attaches) is current while the flow is entered, on whichever thread that is, and
/// nowhere else. In it everything reads and costs as in synchronous code.
///
/// Threads: one at a time, and each entry happens after the previous leave (strands and schedulers ensure that). A
/// debug build asserts that two threads are not in one flow.
class WIDELINE_EXPORT Flow {
public:
    Flow() noexcept = default;
    /// What is still current in the flow is current nowhere from then on; requests opened in it go on until they end.
    ~Flow();
    Flow(const Flow&) = delete;
    Flow& operator=(const Flow&) = delete;

    /// Begins a stretch of the flow on this thread: what is current in it becomes current here, and what was current
    /// here is not until leave(). Returns false, and does nothing, if this thread is in the flow already (an executor
    /// that runs its work at once): do not leave then. Flows entered within each other are left in reverse order, at
    /// most 32 of them; past that, enter() returns false. Enter and leave cost some 8 ns together. Neither allocates,
    /// locks nor makes a system call.
    bool enter() noexcept {
        assert(is_free() && "two threads are in one wl::Flow");
        return begin_stretch();
    }
    /// Ends the stretch that enter() began. Does nothing if this thread is not in the flow.
    void leave() noexcept;

    /// The flow that this thread is in, or null.
    [[nodiscard]] static Flow* inside() noexcept;
    /// Whether a thread is in this flow. If it was left, what was done in it happened before.
    [[nodiscard]] bool is_entered() const noexcept { return entered_.load(std::memory_order_acquire) != nullptr; }

private:
    friend struct detail::FlowStack;

    [[nodiscard]] bool is_free() const noexcept;
    bool begin_stretch() noexcept;

    Event* current_ = nullptr;                                // while it is not the one that runs; null: nothing
    std::atomic<const detail::FlowStack*> entered_{nullptr};  // the thread that is in it
};

/// A stretch of a flow, in this scope.
class [[nodiscard]] InFlow {
public:
    explicit InFlow(Flow& flow) noexcept : flow_(flow), entered_(flow.enter()) {}
    ~InFlow() {
        if (entered_) flow_.leave();
    }
    InFlow(const InFlow&) = delete;
    InFlow& operator=(const InFlow&) = delete;

private:
    Flow& flow_;
    bool entered_;
};

/// A flow beside this one and within the same request: for branches of one request that go on side by side. What is
/// current now is attached to it (see Attach) until the returned flow is destroyed; if nothing is current, the flow
/// begins empty. Allocates once; throws std::bad_alloc.
[[nodiscard]] WIDELINE_EXPORT std::shared_ptr<Flow> branch();
/// The same within the handle's request, whatever is current.
[[nodiscard]] WIDELINE_EXPORT std::shared_ptr<Flow> branch(const Handle& handle);

/// The callable, with what is current now: `pool.submit(wl::carry([&] { … }))`. While it runs, on whichever thread, the
/// request that was current when carry() was called is current (see Attach), or nothing if nothing was. What it writes
/// after the end of the request is counted in `Stats::late_writes`.
template <class F>
[[nodiscard]] auto carry(F&& f) {
    return [handle = wideline::handle(), f = std::forward<F>(f)](auto&&... arguments) mutable -> decltype(auto) {
        Flow beside;
        const InFlow in{beside};
        std::optional<Attach> attach;
        if (handle) attach.emplace(handle);
        return f(std::forward<decltype(arguments)>(arguments)...);
    };
}

}  // namespace wideline

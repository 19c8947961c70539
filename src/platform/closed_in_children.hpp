// Descriptors that a forked child must not keep. A lock (flock) belongs to the open file, and a fork shares that: a
// child that lives would hold the lock of its dead parent, and a child that unlocks would unlock its living parent.
#pragma once

#include <atomic>

namespace wideline::platform {

/// While it lives, a fork closes `descriptor` in the child, without unlocking, and sets it to -1 there. A file that is
/// being opened or closed at the moment of the fork can escape: then the child keeps a descriptor that it never uses.
class ClosedInChildren {
public:
    /// `descriptor` must outlive it. Throws std::bad_alloc.
    explicit ClosedInChildren(std::atomic<int>& descriptor);
    ~ClosedInChildren();
    ClosedInChildren(const ClosedInChildren&) = delete;
    ClosedInChildren& operator=(const ClosedInChildren&) = delete;

private:
    /// Places are never freed, and are used again: a child can walk them, whatever other threads did at the fork.
    struct Place {
        std::atomic<std::atomic<int>*> descriptor;
        Place* next;
    };

    static void close_all() noexcept;
    static std::atomic<Place*> newest_;

    Place* place_ = nullptr;
};

}  // namespace wideline::platform

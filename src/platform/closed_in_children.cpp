#include "platform/closed_in_children.hpp"

#include <pthread.h>
#include <unistd.h>

namespace wideline::platform {

std::atomic<ClosedInChildren::Place*> ClosedInChildren::newest_{nullptr};

ClosedInChildren::ClosedInChildren(std::atomic<int>& descriptor) {
    static const int registered = ::pthread_atfork(nullptr, nullptr, &ClosedInChildren::close_all);
    static_cast<void>(registered);
    for (Place* at = newest_.load(std::memory_order_acquire); at != nullptr; at = at->next) {
        std::atomic<int>* none = nullptr;
        if (!at->descriptor.compare_exchange_strong(none, &descriptor)) continue;
        place_ = at;
        return;
    }
    place_ = new Place{&descriptor, newest_.load(std::memory_order_relaxed)};
    while (!newest_.compare_exchange_weak(place_->next, place_, std::memory_order_acq_rel, std::memory_order_relaxed)) {
    }
}

ClosedInChildren::~ClosedInChildren() { place_->descriptor.store(nullptr); }

/// In the child. Only what is safe in a signal handler: another thread of the parent can have held any lock.
void ClosedInChildren::close_all() noexcept {
    for (Place* at = newest_.load(std::memory_order_acquire); at != nullptr; at = at->next)
        if (std::atomic<int>* const descriptor = at->descriptor.load())
            if (const int open = descriptor->exchange(-1); open >= 0) (void)::close(open);
}

}  // namespace wideline::platform

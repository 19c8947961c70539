// Signals that belong to the service's threads, not to ours.
#pragma once

#include <csignal>

namespace wideline::platform {

/// While it lives, this thread takes no signals but those that name a fault of its own. A thread that is begun
/// meanwhile never does: the service's handlers run on the service's threads, a signal that it blocks everywhere stays
/// blocked, and a write to a closed pipe is an error instead of the process's end.
class BlockedSignals {
public:
    BlockedSignals() noexcept;
    ~BlockedSignals();
    BlockedSignals(const BlockedSignals&) = delete;
    BlockedSignals& operator=(const BlockedSignals&) = delete;

private:
    sigset_t before_;
};

}  // namespace wideline::platform

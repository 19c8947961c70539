// Memory for events that are read and not yet delivered, shared by all routes so that each always has room for one
// batch: a target that is slow or down cannot take the room of another.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>

namespace wideline::delivery {

/// Any thread.
class MemoryBudget {
public:
    explicit MemoryBudget(std::size_t bytes) : bytes_(bytes) {}

    /// False if there is no room, and `route` has some already.
    [[nodiscard]] bool try_take(const void* route, std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        std::size_t& of_route = taken_[route];
        if (of_route != 0 && all_ + bytes > bytes_) return false;
        of_route += bytes;
        all_ += bytes;
        return true;
    }
    void give_back(const void* route, std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        all_ -= bytes;
        if ((taken_[route] -= bytes) == 0) taken_.erase(route);
    }

    /// Gives back at its end what was taken.
    struct Taken {
        MemoryBudget& budget;
        const void* route;
        std::size_t bytes;
        ~Taken() { budget.give_back(route, bytes); }
    };

private:
    std::mutex mutex_;
    std::size_t bytes_;
    std::size_t all_ = 0;
    std::map<const void*, std::size_t> taken_;
};

}  // namespace wideline::delivery

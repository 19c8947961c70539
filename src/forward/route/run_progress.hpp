// One run of a route that we own: its cursor in memory, and the file that keeps it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "forward/progress/cursor_file.hpp"
#include "forward/route/bisection.hpp"
#include "forward/source/packer.hpp"
#include "platform/clock.hpp"

namespace wideline::delivery {

/// What of a batch is behind us, and is in the cursor.
class BatchProgress {
public:
    BatchProgress(const Batch& batch, const Bisection& bisection) : batch_(batch), bisection_(bisection) {}

    /// Why an event will be a dead letter, once it is buried.
    void note_refusal(std::uint32_t event, const std::string& reason) { reasons_[event] = reason; }
    /// Moves the cursor up to the first event that is not settled. True if that is behind all of them.
    bool advance(Cursor& cursor);

private:
    void count(Cursor& cursor, std::size_t event);
    void finish(Cursor& cursor);
    void pass_gaps(Cursor& cursor);

    const Batch& batch_;
    const Bisection& bisection_;
    std::map<std::uint32_t, std::string> reasons_;
    std::size_t counted_ = 0;
    std::uint64_t skipped_ = 0;
    std::size_t gaps_ = 0;
    bool finished_ = false;
};

/// Any thread.
class RunProgress {
public:
    RunProgress(std::unique_ptr<CursorFile> file, platform::Clock& clock)
        : file_(std::move(file)), clock_(clock), cursor_(file_->saved()) {}

    [[nodiscard]] Cursor cursor() const {
        const std::lock_guard lock(mutex_);
        return cursor_;
    }
    template <class Change>
    auto change(Change change) {
        const std::lock_guard lock(mutex_);
        if (!dirty_) dirty_since_ns_ = clock_.monotonic_ns();
        dirty_ = true;
        return change(cursor_);
    }

    enum class Depth {
        process,  ///< What is saved survives the end of the process.
        machine,  ///< And a loss of power.
    };
    platform::Status save(Depth depth);
    /// The same for the machine, if something has waited for `age`.
    platform::Status save_if_older(std::chrono::nanoseconds age);

private:
    platform::Status save_locked(Depth depth);

    mutable std::mutex mutex_;
    std::unique_ptr<CursorFile> file_;
    platform::Clock& clock_;
    Cursor cursor_;
    bool dirty_ = false;
    std::int64_t dirty_since_ns_ = 0;
};

}  // namespace wideline::delivery

// RunningRecorder without a thread of its own (Options::host_driven): the host's loop does its work, a little at a
// time. A turn takes events until its time is over, and ends with the frame that it is at: frames are small here, so
// the one that a turn compresses and writes takes it some 100 us.
#include <thread>

#include "pipeline/running_recorder.hpp"
#include "platform/clock.hpp"

namespace wideline::detail {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kAtLeastNs = 1'000'000;  // a turn of flush
/// Between looks whether sinks have room again, and their own housekeeping, of which some is slow.
constexpr std::int64_t kRetryEveryNs = 100'000'000;
/// Of its budget, a turn that merges has at least so much left.
constexpr std::int64_t kToMergeNs = 10'000'000;

/// One turn at a time; a sink that polls, or another thread, gets none.
class Turn {
public:
    explicit Turn(std::atomic<std::thread::id>& taker) noexcept : taker_(taker) {
        std::thread::id nobody;
        mine_ = taker.compare_exchange_strong(nobody, std::this_thread::get_id());
    }
    ~Turn() {
        if (mine_) taker_.store({});
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    explicit operator bool() const noexcept { return mine_; }

private:
    std::atomic<std::thread::id>& taker_;
    bool mine_;
};

}  // namespace

bool RunningRecorder::poll(std::chrono::nanoseconds budget) noexcept {
    if (disowned()) return successor() != nullptr && successor()->poll(budget);
    if (!options_.host_driven) return false;
    const Turn turn(poller_);
    if (!turn || phase() == Phase::over) return false;
    const std::uint64_t frames = batches_.get();
    const std::int64_t began = platform::monotonic_ns();
    take_until(began + std::max<std::int64_t>(budget.count(), 0));

    const std::int64_t now = platform::monotonic_ns();
    const auto age = std::chrono::nanoseconds(now - batch_began_ns_);
    if (!in_batch_.empty() && age >= options_.flush_interval && batches_.get() == frames) deliver();
    if (now - retried_ns_ >= kRetryEveryNs) {
        retried_ns_ = now;
        (void)retry();
    }
    keep_house(now);
    if (polled_ == nullptr && budget.count() - (now - began) >= kToMergeNs) merge_some();
    if (polled_ == nullptr) polled_ = take_kept();
    return polled_ != nullptr;
}

/// Takes what lanes have kept, in the order in which it was found, until then; at least one event.
void RunningRecorder::take_until(std::int64_t deadline) noexcept {
    home().arenas.reserve_ahead();
    if (polled_ == nullptr) polled_ = take_kept();
    if (reported_away_.size() < samplers_.newest().rules().size()) take_in_rules();
    const std::uint64_t frames = batches_.get();
    while (polled_ != nullptr) {
        take_first_of(polled_);
        if (platform::monotonic_ns() >= deadline || batches_.get() != frames) break;
    }
    if (polled_ == nullptr && retains_) (void)look_at_dropped(platform::monotonic_ns());
}

bool RunningRecorder::flush_by_host(std::chrono::nanoseconds timeout) noexcept {
    const std::int64_t began = platform::monotonic_ns();
    const auto left = [&] { return timeout.count() - (platform::monotonic_ns() - began); };
    const Turn turn(poller_);
    if (!turn) return false;
    if (phase() == Phase::over) return true;
    do {
        const bool all = polled_ == nullptr;
        take_until(platform::monotonic_ns() + kAtLeastNs);
        if (polled_ != nullptr || !all) continue;
        if (!in_batch_.empty()) deliver();
        if (retry()) return true;
        std::this_thread::sleep_for(
            std::min<std::chrono::nanoseconds>(1ms, std::chrono::nanoseconds(std::max<std::int64_t>(left(), 0))));
    } while (left() > 0);
    return false;
}

/// False if the turn is another thread's for longer than Options::shutdown_timeout, or this one's, in a sink: then all
/// is left to it.
bool RunningRecorder::finish_by_host() noexcept {
    const auto timeout = std::chrono::nanoseconds(std::min<std::chrono::milliseconds>(options_.shutdown_timeout, 24h));
    const std::int64_t deadline = platform::monotonic_ns() + timeout.count();
    while (poller_.load() != std::this_thread::get_id()) {
        if (const Turn turn(poller_); turn) {
            while (polled_ != nullptr) take_until(platform::monotonic_ns() + kAtLeastNs);
            finish();
            return true;
        }
        if (platform::monotonic_ns() >= deadline) break;
        std::this_thread::sleep_for(50us);
    }
    return false;
}

}  // namespace wideline::detail

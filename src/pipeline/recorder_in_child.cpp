// RunningRecorder in a process that was forked from its own: it has no thread here, and everything that it holds may
// have been in the middle of a change. What never changes, its options above all, can be read.
//
// A child that goes on with it either records nothing, and is told so, or its first request starts another recorder on
// the same options, the successor, for which this one stands from then on. Not the fork starts it: most children end,
// or execute another program, and a handler of a fork must not start threads.
#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>
#include <utility>

#include "pipeline/running_recorder.hpp"

namespace wideline::detail {
namespace {

constexpr const char* kRecordsNothing =
    "this process was forked, and goes on with its parent's recorder, which records nothing here: let the child "
    "install "
    "its own, or set Options::in_children";
constexpr const char* kNoSink = "no sink of the parent's recorder can be used in a forked child (Sink::for_child)";
constexpr const char* kFewerSinks =
    "this process was forked; a sink of its parent's recorder cannot be used here (Sink::for_child)";

}  // namespace

void RunningRecorder::forget_parents_threads() noexcept {
    enter(Phase::over);
    new (&mutex_) std::mutex;
    new (&reload_mutex_) std::mutex;
    new (&child_mutex_) std::mutex;
    lost_in_child_.store(0, std::memory_order_relaxed);
    failed_in_child_ = said_in_child_ = false;
    new (&error_in_child_) std::string;
    // Here the thread's handle may soon be that of another thread, which must be neither joined nor detached.
    new (&thread_) std::thread;
}

RecorderCore* RunningRecorder::for_child() noexcept {
    if (!is_inherited()) return nullptr;
    RunningRecorder* own = successor();
    if (own == nullptr && options_.in_children == InChildren::reinstall) own = start_successor();
    if (own != nullptr) return own->closed() ? own->for_child() : own;
    lost_in_child_.fetch_add(1, std::memory_order_relaxed);
    if (!said_in_child_.load(std::memory_order_relaxed) && options_.in_children == InChildren::nothing) {
        const std::lock_guard lock(child_mutex_);
        say_once_in_child(kRecordsNothing);
    }
    return nullptr;
}

RunningRecorder* RunningRecorder::start_successor() noexcept {
    static thread_local bool starting = false;  // a sink that is being opened may itself log
    if (starting) return nullptr;
    const std::lock_guard lock(child_mutex_);
    if (successor() != nullptr || failed_in_child_ || given_up_) return successor();
    starting = true;
    try {
        Options options = options_for_child();
        if (options.sinks.empty()) throw std::runtime_error(kNoSink);
        const bool fewer = options.sinks.size() != options_.sinks.size();
        auto* const own = new RunningRecorder(std::move(options));
        if (fewer) own->set_error(kFewerSinks);
        give_place_to(*own);
        successor_.store(own, std::memory_order_release);
    } catch (const std::exception& failure) {
        failed_in_child_ = true;
        say_once_in_child(failure.what());
    } catch (...) {
        failed_in_child_ = true;
        say_once_in_child("a sink threw something that is not a std::exception");
    }
    starting = false;
    return successor();
}

Options RunningRecorder::options_for_child() const {
    Options options = options_;
    if (const TailSampler* const newest = newest_sampler_.load(std::memory_order_acquire)) options.sampler = *newest;
    options.redact = newest_redaction();
    options.sinks.clear();
    for (const SinkPtr& sink : options_.sinks)
        if (SinkPtr own = sink->for_child()) options.sinks.push_back(std::move(own));
    return options;
}

/// A sink that the parent's recorder has open is left to it, also where the child's code names the same one.
SinkPtr RunningRecorder::own(SinkPtr sink) {
    bool of_parent = false;
    for_each_core([&](RecorderCore& core) {
        if (!core.disowned()) return;
        const auto& inherited = static_cast<RunningRecorder&>(core);
        if (!inherited.lived_at_fork()) return;
        for (const SinkPtr& one : inherited.options_.sinks) of_parent = of_parent || one == sink;
    });
    SinkPtr fresh = of_parent ? sink->for_child() : nullptr;
    return fresh != nullptr ? fresh : sink;
}

/// Under child_mutex_.
void RunningRecorder::say_once_in_child(const char* what) noexcept {
    if (said_in_child_.exchange(true)) return;
    try {
        error_in_child_ = what;
    } catch (const std::bad_alloc&) {
        // Said all the same.
    }
    std::fprintf(stderr, "wideline: %s\n", what);
}

Stats RunningRecorder::stats_in_child() {
    if (successor() != nullptr) return successor()->stats();
    Stats stats;
    stats.started = stats.kept = stats.lost.in_child = lost_in_child_.load(std::memory_order_relaxed);
    stats.orphan_writes = orphan_writes.load(std::memory_order_relaxed);
    stats.late_writes = late_writes.load(std::memory_order_relaxed);
    stats.interleaved = interleaved.load(std::memory_order_relaxed);
    const std::lock_guard lock(child_mutex_);
    stats.last_error = error_in_child_;
    return stats;
}

bool RunningRecorder::flush_in_child(std::chrono::nanoseconds timeout) noexcept {
    if (successor() != nullptr) return successor()->flush(timeout);
    return options_.in_children == InChildren::reinstall && !said_in_child_;  // nothing has begun yet
}

void RunningRecorder::give_up_in_child() noexcept {
    {
        const std::lock_guard lock(child_mutex_);
        given_up_ = true;
    }
    if (successor() != nullptr) successor()->stop();
}

}  // namespace wideline::detail

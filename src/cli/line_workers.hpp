// Lines worked on by all cores: the caller's thread reads and decompresses, the others do the rest, each into a state
// of its own, and the states are merged at the end.
//
// Batches go to the workers in turn, so the result is the same each time on one machine.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/cores.hpp"
#include "read/lines.hpp"

namespace wideline::cli {

/// State has add(const read::LineBatch&) and merge(State&&). Holds kMostWaiting batches a worker.
template <class State>
class LineWorkers {
public:
    /// `make()` gives a new state, as a std::unique_ptr<State>.
    template <class Make>
    explicit LineWorkers(Make make) {
        for (unsigned i = platform::search_threads(); i > 0; --i) workers_.push_back(std::make_unique<Worker>(make()));
    }

    /// Copies the lines. Waits while the worker whose turn it is has enough to do.
    void add(std::string_view lines, read::LineBatch::Form form) {
        workers_[number_ % workers_.size()]->give(read::LineBatch(lines, form, number_));
        ++number_;
    }

    /// Once, after the last lines. Throws what a worker threw.
    std::unique_ptr<State> finish() {
        for (auto& worker : workers_) worker->finish();
        std::unique_ptr<State> all = std::move(workers_.front()->state);
        for (std::size_t i = 1; i < workers_.size(); ++i) all->merge(std::move(*workers_[i]->state));
        return all;
    }

private:
    static constexpr std::size_t kMostWaiting = 2;

    struct Worker {
        explicit Worker(std::unique_ptr<State> made) : state(std::move(made)), thread([this] { run(); }) {}
        ~Worker() { stop(); }
        Worker(const Worker&) = delete;
        Worker& operator=(const Worker&) = delete;

        void give(read::LineBatch batch) {
            std::unique_lock lock(mutex);
            changed.wait(lock, [this] { return waiting.size() < kMostWaiting; });
            waiting.push_back(std::move(batch));
            changed.notify_all();
        }
        void finish() {
            stop();
            if (failure) std::rethrow_exception(failure);
        }
        void stop() {
            {
                const std::lock_guard lock(mutex);
                last_given = true;
                changed.notify_all();
            }
            if (thread.joinable()) thread.join();
        }
        void run() noexcept {
            for (;;) {
                std::unique_lock lock(mutex);
                changed.wait(lock, [this] { return last_given || !waiting.empty(); });
                if (waiting.empty()) return;
                const read::LineBatch batch = std::move(waiting.front());
                waiting.pop_front();
                changed.notify_all();
                lock.unlock();
                work(batch);
            }
        }
        void work(const read::LineBatch& batch) noexcept {
            if (failure) return;  // Its batches are still taken, lest the reader wait for ever.
            try {
                state->add(batch);
            } catch (...) {
                failure = std::current_exception();
            }
        }

        std::unique_ptr<State> state;
        std::exception_ptr failure;
        std::mutex mutex;
        std::condition_variable changed;
        std::deque<read::LineBatch> waiting;
        bool last_given = false;
        std::thread thread;  // The last: it uses all others.
    };

    std::vector<std::unique_ptr<Worker>> workers_;
    std::uint64_t number_ = 0;
};

}  // namespace wideline::cli

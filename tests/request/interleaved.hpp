// Coroutines that share threads: each step of each is a job in one queue, which any number of threads work off.
#pragma once

#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include <wideline/wideline.hpp>

namespace request_test {

/// Jobs in a random order, so that what is suspended first is not what goes on first.
class Jobs {
public:
    void post(std::function<void()> job) {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(job));
        ++unfinished_;
        wake_.notify_one();
    }

    /// Returns when no job is waiting or running.
    void run(int threads) {
        std::vector<std::jthread> workers;
        for (int t = 0; t < threads; ++t) workers.emplace_back([this] { work(); });
    }

private:
    void work() {
        for (;;) {
            std::function<void()> job;
            {
                std::unique_lock lock(mutex_);
                wake_.wait(lock, [&] { return !waiting_.empty() || unfinished_ == 0; });
                if (waiting_.empty()) return;
                std::swap(waiting_[random_() % waiting_.size()], waiting_.front());
                job = std::move(waiting_.front());
                waiting_.pop_front();
            }
            job();
            job = nullptr;
            const std::lock_guard lock(mutex_);
            if (--unfinished_ == 0) wake_.notify_all();
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> waiting_;
    std::size_t unfinished_ = 0;
    std::minstd_rand random_{7};
};

/// A coroutine that begins at once and destroys itself at its end; an exception that leaves it is swallowed.
struct Detached {
    struct promise_type {
        Detached get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() noexcept {}
    };
    std::coroutine_handle<> frame;
};

/// Jobs that run one at a time, in a flow: a coroutine that is resumed by another thread as soon as it has suspended
/// goes on only when this one has left the flow.
class Strand {
public:
    explicit Strand(std::shared_ptr<wideline::Flow> flow = std::make_shared<wideline::Flow>())
        : inside_(std::make_shared<Inside>()) {
        inside_->flow = std::move(flow);
    }

    void post(Jobs& jobs, std::function<void()> job) const {
        jobs.post([inside = inside_, job = std::move(job)] {
            const std::lock_guard one_at_a_time(inside->mutex);
            const wideline::InFlow in{*inside->flow};
            job();
        });
    }

private:
    struct Inside {
        std::mutex mutex;
        std::shared_ptr<wideline::Flow> flow;
    };
    std::shared_ptr<Inside> inside_;
};

/// `co_await later;` goes on as a job of its own. (A temporary in its place is destroyed twice by g++ 12.)
struct Suspended {
    Jobs& jobs;
    Strand strand;

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> coroutine) const {
        strand.post(jobs, [coroutine] { coroutine.resume(); });
    }
    void await_resume() const noexcept {}
};

}  // namespace request_test

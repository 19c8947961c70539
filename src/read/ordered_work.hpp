// Work on several threads whose results come in the order in which it was given.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace wideline::read {

/// One thread gives jobs and takes results; what `work` throws comes out of take() there. Holds three jobs a thread at
/// most, where the caller asks wants_more() before each.
template <class Job, class Result>
class OrderedWork {
public:
    using Work = std::function<Result(Job&)>;

    /// `new_worker` makes what one thread works with; it is called once a thread, here.
    OrderedWork(std::size_t threads, const std::function<Work()>& new_worker) : most_held_(3 * threads) {
        for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this, work = new_worker()] { run(work); });
    }

    ~OrderedWork() {
        {
            const std::lock_guard lock(mutex_);
            stopped_ = true;
        }
        changed_.notify_all();
        for (std::thread& thread : threads_) thread.join();
    }
    OrderedWork(const OrderedWork&) = delete;
    OrderedWork& operator=(const OrderedWork&) = delete;

    /// Whether there is more to gain by another job than by a result: the first one is not there yet, and threads could
    /// be without work.
    [[nodiscard]] bool wants_more() {
        const std::lock_guard lock(mutex_);
        return items_.empty() || (items_.size() < most_held_ && !items_.front()->done);
    }
    void add(Job job) {
        {
            const std::lock_guard lock(mutex_);
            items_.push_back(std::make_unique<Item>(std::move(job)));
            waiting_.push_back(items_.back().get());
        }
        changed_.notify_all();
    }
    /// The result of the first job that was added and not taken yet; waits for it. Nothing where there is no such job.
    [[nodiscard]] std::optional<Result> take() {
        std::unique_ptr<Item> item;
        {
            std::unique_lock lock(mutex_);
            if (items_.empty()) return std::nullopt;
            changed_.wait(lock, [this] { return items_.front()->done; });
            item = std::move(items_.front());
            items_.pop_front();
        }
        if (item->thrown) std::rethrow_exception(item->thrown);
        return std::move(item->result);
    }

private:
    struct Item {
        explicit Item(Job given) : job(std::move(given)) {}
        Job job;
        Result result{};
        std::exception_ptr thrown;
        bool done = false;
    };

    void run(const Work& work) {
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
            if (stopped_) return;
            Item& item = *waiting_.front();
            waiting_.pop_front();
            lock.unlock();
            try {
                item.result = work(item.job);
            } catch (...) {
                item.thrown = std::current_exception();
            }
            lock.lock();
            item.done = true;
            changed_.notify_all();
        }
    }

    std::size_t most_held_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::unique_ptr<Item>> items_;  // In order, until they are taken; changed by the caller alone.
    std::deque<Item*> waiting_;                // Of these, the ones that no thread has taken.
    bool stopped_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace wideline::read

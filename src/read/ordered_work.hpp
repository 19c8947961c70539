// Work on several threads whose results come in the order in which it was given.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace wideline::read {

/// The thread that calls add() and finish() is the one on which `deliver` is called; what `work` and `deliver` throw
/// comes out of them there. Holds three jobs a thread at most.
template <class Job, class Result>
class OrderedWork {
public:
    using Work = std::function<Result(Job&)>;

    /// `new_worker` makes what one thread works with; it is called once a thread, here.
    OrderedWork(std::size_t threads, const std::function<Work()>& new_worker, std::function<void(Result&)> deliver)
        : deliver_(std::move(deliver)), most_held_(3 * threads) {
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

    void add(Job job) {
        while (items_.size() >= most_held_ || first_is_done()) deliver_first();
        {
            const std::lock_guard lock(mutex_);
            items_.push_back(std::make_unique<Item>(std::move(job)));
            waiting_.push_back(items_.back().get());
        }
        changed_.notify_all();
    }
    void finish() {
        while (!items_.empty()) deliver_first();
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

    bool first_is_done() {
        const std::lock_guard lock(mutex_);
        return !items_.empty() && items_.front()->done;
    }

    void deliver_first() {
        std::unique_ptr<Item> item;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return items_.front()->done; });
            item = std::move(items_.front());
            items_.pop_front();
        }
        if (item->thrown) std::rethrow_exception(item->thrown);
        deliver_(item->result);
    }

    std::function<void(Result&)> deliver_;
    std::size_t most_held_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::unique_ptr<Item>> items_;  // In order, until they are delivered; changed by the caller alone.
    std::deque<Item*> waiting_;                // Of these, the ones that no thread has taken.
    bool stopped_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace wideline::read

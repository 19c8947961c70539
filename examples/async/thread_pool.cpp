// A pool of threads, or std::async: what is given to it writes to the request that gave it.
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <wideline/wideline.hpp>

#include "each_alone.hpp"

namespace wl = wideline;

namespace {

class Pool {
public:
    explicit Pool(int threads) {
        for (int t = 0; t < threads; ++t) threads_.emplace_back([this](std::stop_token stop) { work(stop); });
    }
    void submit(std::function<void()> job) {
        {
            const std::lock_guard lock(mutex_);
            jobs_.push_back(std::move(job));
        }
        wake_.notify_one();
    }

private:
    void work(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        while (wake_.wait(lock, stop, [&] { return !jobs_.empty(); })) {
            auto job = std::move(jobs_.front());
            jobs_.pop_front();
            lock.unlock();
            job();
            lock.lock();
        }
    }

    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::deque<std::function<void()>> jobs_;
    std::vector<std::jthread> threads_;
};

void job(Pool& pool, int id) {
    WIDELINE_REQUEST("job");
    wl::set("id", id);
    wl::append("steps", id);
    std::latch done(2);
    for (int part = 0; part < 2; ++part) {
        pool.submit(wl::carry([&done, id] {
            wl::append("steps", id);  // of the request that submitted it
            wl::add("parts", 1);
            done.count_down();
        }));
    }
    std::async(std::launch::async, wl::carry([] { wl::add("parts", 1); })).get();
    done.wait();  // a write after the request's end is counted as late, and lost
}

}  // namespace

int main() {
    std::vector<nlohmann::json> events;
    {
        wl::Recorder recorder = wl::install({.service = {.name = "jobs"}, .sinks = {wl::memory_sink(&events)}});
        Pool pool(2);
        const std::jthread second([&] {
            for (int id = 100; id < 200; ++id) job(pool, id);
        });
        for (int id = 0; id < 100; ++id) job(pool, id);
    }
    for (const nlohmann::json& event : events)
        if (event.at("parts") != 3) return 1;
    return each_alone(events, 200) ? 0 : 1;
}

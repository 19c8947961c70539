// <wideline/fiber.hpp>. Sanitizers do not know how fibers change stacks, so they do not run this.
#include <wideline/fiber.hpp>

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <boost/fiber/algo/round_robin.hpp>
#include <boost/fiber/algo/work_stealing.hpp>
#include <boost/fiber/condition_variable.hpp>
#include <boost/fiber/fiber.hpp>
#include <boost/fiber/mutex.hpp>
#include <boost/fiber/operations.hpp>

#include "interleaved_requests.hpp"

namespace fibers = boost::fibers;
namespace wl = wideline;
using namespace async_test;
using namespace std::chrono_literals;

namespace {

/// `main` on a thread of its own, whose fibers run by the algorithm.
template <class Algorithm, class Main>
void with_fibers(Main main) {
    std::jthread([&] {
        fibers::use_scheduling_algorithm<wl::fiber::aware<Algorithm>>();
        main();
    }).join();
}

void fiber_job(const wl::Recorder& recorder, int id) {
    try {
        job(recorder, id, [&] {
            if (id % 3 == 0)
                boost::this_fiber::yield();
            else
                boost::this_fiber::sleep_for(std::chrono::microseconds(100 + id * 37 % 900));
        });
    } catch (const std::runtime_error&) {  // the job's own
    }
}

/// Fibers with a priority, the highest one first.
struct Priority : fibers::fiber_properties {
    using fibers::fiber_properties::fiber_properties;
    int priority = 0;
};
class ByPriority : public fibers::algo::algorithm_with_properties<Priority> {
public:
    void awakened(fibers::context* ready, Priority& properties) noexcept override {
        auto at = ready_.begin();
        while (at != ready_.end() && this->properties(&*at).priority >= properties.priority) ++at;
        ready_.insert(at, *ready);
    }
    fibers::context* pick_next() noexcept override {
        if (ready_.empty()) return nullptr;
        fibers::context& next = ready_.front();
        ready_.pop_front();
        return &next;
    }
    bool has_ready_fibers() const noexcept override { return !ready_.empty(); }
    void suspend_until(const std::chrono::steady_clock::time_point& time) noexcept override {
        std::unique_lock lock(mutex_);
        wake_.wait_until(lock, time, [&] { return notified_; });
        notified_ = false;
    }
    void notify() noexcept override {
        const std::lock_guard lock(mutex_);
        notified_ = true;
        wake_.notify_all();
    }

private:
    fibers::scheduler::ready_queue_type ready_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool notified_ = false;
};

template <class Algorithm>
void run_jobs_on_one_thread(fibers::launch launch) {
    RecordedEvents log;
    const std::uint64_t interleaved = log.stats().interleaved;
    with_fibers<Algorithm>([&] {
        std::vector<fibers::fiber> all;
        for (int id = 0; id < kRequests; ++id) all.emplace_back(launch, [&, id] { fiber_job(log.recorder(), id); });
        for (fibers::fiber& one : all) one.join();
    });
    check_jobs(log, 4, interleaved);
}

}  // namespace

TEST_CASE("Fibers on one thread each write to their own request") {
    SECTION("begun later") { run_jobs_on_one_thread<fibers::algo::round_robin>(fibers::launch::post); }
    SECTION("begun at once") { run_jobs_on_one_thread<fibers::algo::round_robin>(fibers::launch::dispatch); }
    SECTION("by an algorithm with properties") { run_jobs_on_one_thread<ByPriority>(fibers::launch::post); }
    SECTION("by an algorithm with properties, at once") {
        run_jobs_on_one_thread<ByPriority>(fibers::launch::dispatch);
    }
}

// Once a process: work_stealing keeps its schedulers for the process's life.
TEST_CASE("Fibers that two threads steal from each other each write to their own request") {
    constexpr int kThreads = 2;
    RecordedEvents log;
    const std::uint64_t interleaved = log.stats().interleaved;
    std::atomic<int> left = kRequests;
    fibers::mutex mutex;
    fibers::condition_variable_any done;
    std::atomic<int> on_second = 0;
    const auto worker = [&](int number) {
        fibers::use_scheduling_algorithm<wl::fiber::aware<fibers::algo::work_stealing>>(kThreads);
        const std::thread::id first = std::this_thread::get_id();
        if (number == 0) {
            for (int id = 0; id < kRequests; ++id) {
                fibers::fiber([&, id, first] {
                    std::this_thread::sleep_for(50us);  // holds this thread, so that the other one takes fibers
                    fiber_job(log.recorder(), id);
                    if (std::this_thread::get_id() != first) ++on_second;
                    if (--left > 0) return;
                    const std::lock_guard lock(mutex);
                    done.notify_all();
                }).detach();
            }
        }
        std::unique_lock lock(mutex);
        done.wait(lock, [&] { return left == 0; });
    };
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < kThreads; ++t) threads.emplace_back(worker, t);
    }
    CHECK(on_second > 0);
    check_jobs(log, 4, interleaved);
}

TEST_CASE("The thread's own fiber goes on with its request while others run, and in a flow that it has entered") {
    RecordedEvents log;
    with_fibers<fibers::algo::round_robin>([&] {
        wl::Flow flow;
        std::optional<wl::InFlow> in;
        SECTION("the thread's own") {}
        SECTION("a flow") { in.emplace(flow); }
        wl::Request request{"own", log.recorder()};
        fibers::fiber other([&] {
            wl::Request beside{"beside", log.recorder()};
            wl::set("of", "beside");
            boost::this_fiber::yield();
            wl::add("writes", 1);
        });
        wl::add("writes", 10);
        boost::this_fiber::yield();
        wl::add("writes", 10);
        other.join();
        wl::add("writes", 10);
    });
    CHECK(log.event("own").at("writes") == 30);
    CHECK(log.event("beside").at("writes") == 1);
    CHECK_FALSE(log.event("beside").contains("parent_span_id"));
    CHECK(nothing_is_current());
}

TEST_CASE("A fiber goes on in the flow that it had entered when it was suspended") {
    RecordedEvents log;
    with_fibers<fibers::algo::round_robin>([&] {
        std::vector<fibers::fiber> all;
        for (int id = 0; id < 10; ++id) {
            all.emplace_back([&, id] {
                wl::Request request{"fiber", log.recorder()};
                wl::set("id", id);
                {
                    wl::Flow flow;
                    const wl::InFlow in{flow};
                    wl::Request inner{"inner", log.recorder()};
                    wl::set("id", id);
                    boost::this_fiber::yield();
                    wl::set("id.after", id);
                }
                wl::set("id.after", id);
            });
        }
        for (fibers::fiber& one : all) one.join();
    });
    const std::vector<Json> events = log.events();
    CHECK(events.size() == 20);
    for (const Json& event : events) CHECK(event.at("id") == event.at("id.after"));
}

TEST_CASE("Fibers without their scheduler are counted as interleaved") {
    RecordedEvents log;
    const std::uint64_t before = log.stats().interleaved;
    std::jthread([&] {
        std::vector<fibers::fiber> all;
        for (int id = 0; id < kRequests; ++id) all.emplace_back([&, id] { fiber_job(log.recorder(), id); });
        for (fibers::fiber& one : all) one.join();
    }).join();
    CHECK(log.stats().interleaved > before + kRequests / 2);
}

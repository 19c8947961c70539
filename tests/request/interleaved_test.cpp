// Who interleaves requests on a thread without flows is told so; who does not is not.
#include "request/interleaved.hpp"

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "request/recorded_events.hpp"

using request_test::Detached;
using request_test::Jobs;
using request_test::RecordedEvents;
namespace wl = wideline;

namespace {

struct Counted {
    explicit Counted(RecordedEvents& events) : log(events), before(events.stats().interleaved) {}
    [[nodiscard]] std::uint64_t count() const { return log.stats().interleaved - before; }
    RecordedEvents& log;
    std::uint64_t before;
};

/// Goes on as a job, in no flow.
struct Later {
    Jobs& jobs;
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> coroutine) const {
        jobs.post([coroutine] { coroutine.resume(); });
    }
    void await_resume() const noexcept {}
};

Detached naive(wl::Recorder& recorder, Jobs& jobs, int id) {
    const Later later{jobs};
    wl::Request request{"naive", recorder};
    wl::set("id", id);
    co_await later;
    wl::set("after", id);
    co_await later;
}

Detached held(wl::Recorder& recorder, Jobs& jobs) {
    const Later later{jobs};
    wl::Request request{"held", recorder, wl::detached};
    wl::Attach attach{request.handle()};
    co_await later;
    co_await later;
}

}  // namespace

TEST_CASE("Synchronous requests, nested, moved, ended early and attached, are not told that they are interleaved") {
    RecordedEvents log;
    const Counted interleaved{log};
    for (int i = 0; i < 1000; ++i) {
        wl::Request outer{"outer", log.recorder()};
        {
            wl::Request inner{"inner", log.recorder()};
            wl::Request innermost{"innermost", log.recorder()};
        }
        std::optional<wl::Request> kept;
        {
            wl::Request opened{"moved", log.recorder()};
            kept.emplace(std::move(opened));
        }
        wl::Request last{"last", log.recorder()};
        const wl::Attach attach{outer.handle()};
        outer.finish();
        kept.reset();
    }
    {
        wl::Request elsewhere{"ends elsewhere", log.recorder()};
        std::thread([taken = std::move(elsewhere)]() mutable { taken.finish(); }).join();
    }
    CHECK(interleaved.count() == 0);
}

TEST_CASE("Sessions that end in the order in which they began are told that they are interleaved") {
    RecordedEvents log;
    const Counted interleaved{log};
    std::vector<std::unique_ptr<wl::Request>> sessions;
    for (int i = 0; i < 100; ++i) sessions.push_back(std::make_unique<wl::Request>("session", log.recorder()));
    for (auto& session : sessions) session.reset();
    CHECK(interleaved.count() == 99);
    CHECK(log.events().size() == 100);
}

TEST_CASE("Coroutines that interleave without flows are told so, on one thread and on two") {
    for (const int threads : {1, 2}) {
        RecordedEvents log;
        const Counted interleaved{log};
        Jobs jobs;
        for (int id = 0; id < 200; ++id) jobs.post([&, id] { naive(log.recorder(), jobs, id); });
        jobs.run(threads);
        CHECK(interleaved.count() >= 150);
        CHECK(log.events().size() == 200);
        CHECK(log.stats().in_flight == 0);
        CHECK_FALSE(wl::handle());
    }
}

TEST_CASE("An attach that is held over a suspension is told so, on one thread and on two") {
    for (const int threads : {1, 2}) {
        RecordedEvents log;
        const Counted interleaved{log};
        Jobs jobs;
        for (int id = 0; id < 200; ++id) jobs.post([&] { held(log.recorder(), jobs); });
        jobs.run(threads);
        CHECK(interleaved.count() >= 100);
        CHECK(log.events().size() == 200);
    }
}

TEST_CASE("A request whose scope ends on another thread than it began on is told so") {
    RecordedEvents log;
    const Counted interleaved{log};
    auto request = std::make_unique<wl::Request>("by pointer", log.recorder());
    std::thread([&] { request.reset(); }).join();
    CHECK(interleaved.count() == 1);
    CHECK(log.events().size() == 1);
}

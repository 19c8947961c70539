// libuv: a session of callbacks, and work on libuv's pool of threads. Each session has a flow, and each callback enters
// it.
#include <optional>
#include <vector>

#include <uv.h>
#include <nlohmann/json.hpp>
#include <wideline/wideline.hpp>

#include "each_alone.hpp"

namespace wl = wideline;

namespace {

class Session {
public:
    Session(uv_loop_t* loop, int id) : id_(id) {
        const wl::InFlow in{flow_};
        request_.emplace("job");
        wl::set("id", id_);
        wl::append("steps", id_);
        uv_timer_init(loop, &timer_);
        timer_.data = work_.data = this;
        uv_timer_start(&timer_, on_timer, static_cast<std::uint64_t>(id % 5), 0);
    }

private:
    static void on_timer(uv_timer_t* timer) {
        auto& self = *static_cast<Session*>(timer->data);
        const wl::InFlow in{self.flow_};
        wl::append("steps", self.id_);
        self.handle_ = wl::handle();
        uv_queue_work(timer->loop, &self.work_, do_work, on_done);
    }
    static void do_work(uv_work_t* work) {  // on a thread of the pool, perhaps before on_timer has returned
        auto& self = *static_cast<Session*>(work->data);
        const wl::Attach attach{self.handle_};
        wl::append("steps", self.id_);
    }
    static void on_done(uv_work_t* work, int status) {
        auto& self = *static_cast<Session*>(work->data);
        const wl::InFlow in{self.flow_};
        if (status != 0) wl::fail({.type = uv_err_name(status)});
        wl::append("steps", self.id_);
        self.request_.reset();  // the end of the event
        uv_close(reinterpret_cast<uv_handle_t*>(&self.timer_),
                 [](uv_handle_t* handle) { delete static_cast<Session*>(handle->data); });
    }

    int id_;
    uv_timer_t timer_{};
    uv_work_t work_{};
    wl::Flow flow_;
    std::optional<wl::Request> request_;
    wl::Handle handle_;
};

void serve() {
    uv_loop_t loop;
    uv_loop_init(&loop);
    for (int id = 0; id < 200; ++id) new Session(&loop, id);  // deletes itself
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
}

}  // namespace

int main() {
    std::vector<nlohmann::json> events;
    {
        wl::Recorder recorder = wl::install({.service = {.name = "jobs"}, .sinks = {wl::memory_sink(&events)}});
        serve();
    }
    return each_alone(events, 200) ? 0 : 1;
}

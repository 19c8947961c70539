// libevent: a session of callbacks. Each session has a flow, and each callback enters it. Two threads run a loop each.
#include <optional>
#include <thread>
#include <vector>

#include <event2/event.h>
#include <nlohmann/json.hpp>
#include <wideline/wideline.hpp>

#include "each_alone.hpp"

namespace wl = wideline;

namespace {

class Session {
public:
    Session(event_base* base, int id) : id_(id), timer_(evtimer_new(base, on_timer, this)) {
        const wl::InFlow in{flow_};
        request_.emplace("job");
        wl::set("id", id_);
        wl::append("steps", id_);
        wait();
    }
    ~Session() {
        const wl::InFlow in{flow_};
        request_.reset();  // the end of the event
        event_free(timer_);
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

private:
    void wait() {
        const timeval time{.tv_sec = 0, .tv_usec = 100 + id_ * 37 % 900};
        evtimer_add(timer_, &time);
    }
    static void on_timer(evutil_socket_t, short, void* session) {
        auto* const self = static_cast<Session*>(session);
        const wl::InFlow in{self->flow_};
        wl::append("steps", self->id_);
        if (++self->timeouts_ < 3) return self->wait();
        // A flow must not end while it is entered: the session goes when this callback has left it.
        event_base_once(
            event_get_base(self->timer_), -1, EV_TIMEOUT,
            [](evutil_socket_t, short, void* ended) { delete static_cast<Session*>(ended); }, self, nullptr);
    }

    int id_;
    int timeouts_ = 0;
    event* timer_;
    wl::Flow flow_;
    std::optional<wl::Request> request_;
};

void serve(int first, int last) {
    event_base* const base = event_base_new();
    for (int id = first; id < last; ++id) new Session(base, id);  // deletes itself
    event_base_dispatch(base);
    event_base_free(base);
}

}  // namespace

int main() {
    std::vector<nlohmann::json> events;
    {
        wl::Recorder recorder = wl::install({.service = {.name = "jobs"}, .sinks = {wl::memory_sink(&events)}});
        const std::jthread second([] { serve(100, 200); });
        serve(0, 100);
    }
    return each_alone(events, 200) ? 0 : 1;
}

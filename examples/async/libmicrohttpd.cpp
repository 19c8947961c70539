// libmicrohttpd: a server whose connections share two threads. A request is several calls of one callback, with
// whatever other requests between them, so each has a flow. It asks a slow back end, and does not hold a thread
// meanwhile.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <nlohmann/json.hpp>
#include <wideline/http.hpp>
#include <wideline/wideline.hpp>

#include "each_alone.hpp"

namespace wl = wideline;
using namespace std::chrono_literals;

namespace {

struct Answer {
    wl::Flow flow;
    std::optional<wl::http::ServerRequest> event;
    int id = 0;
    bool asked = false;
};

const char* header(MHD_Connection* connection, const char* name) {  // null if there is none: an empty text
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

MHD_Result on_request(void*, MHD_Connection* connection, const char* url, const char* method, const char*, const char*,
                      std::size_t*, void** state) {
    auto* answer = static_cast<Answer*>(*state);
    if (answer == nullptr) {  // the headers are here
        *state = answer = new Answer;
        const wl::InFlow in{answer->flow};
        answer->event.emplace(wl::http::Received{.method = method,
                                                 .target = url,
                                                 .route = "/jobs/{id}",
                                                 .user_agent = header(connection, "User-Agent"),
                                                 .traceparent = header(connection, "traceparent")});
        answer->id = std::stoi(std::string(url).substr(6));
        wl::set("id", answer->id);
        wl::append("steps", answer->id);
        return MHD_YES;
    }
    const wl::InFlow in{answer->flow};
    wl::append("steps", answer->id);
    if (!std::exchange(answer->asked, true)) {
        MHD_suspend_connection(connection);
        std::thread([connection, id = answer->id] {  // the back end
            std::this_thread::sleep_for(1ms * (id % 5));
            MHD_resume_connection(connection);
        })
            .detach();
        return MHD_YES;
    }
    char body[] = "done";
    MHD_Response* const response = MHD_create_response_from_buffer(4, body, MHD_RESPMEM_MUST_COPY);
    const MHD_Result queued = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    answer->event->set_response(MHD_HTTP_OK, 4);
    return queued;
}

void on_completed(void*, MHD_Connection*, void** state, MHD_RequestTerminationCode) {
    const std::unique_ptr<Answer> answer(static_cast<Answer*>(std::exchange(*state, nullptr)));
    if (answer == nullptr) return;
    const wl::InFlow in{answer->flow};
    answer->event.reset();  // the end of the event
}

/// Asks for /jobs/<id>, and waits for the answer.
void get(std::uint16_t port, int id) {
    const int connection = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const std::string request =
        "GET /jobs/" + std::to_string(id) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    char answer[512];
    if (connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
        write(connection, request.data(), request.size()) == static_cast<ssize_t>(request.size()))
        while (read(connection, answer, sizeof answer) > 0) continue;
    close(connection);
}

}  // namespace

int main() {
    std::vector<nlohmann::json> events;
    {
        wl::Recorder recorder = wl::install({.service = {.name = "jobs"}, .sinks = {wl::memory_sink(&events)}});
        MHD_Daemon* const daemon = MHD_start_daemon(
            MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, nullptr, nullptr, on_request, nullptr,
            MHD_OPTION_THREAD_POOL_SIZE, 2U, MHD_OPTION_NOTIFY_COMPLETED, on_completed, nullptr, MHD_OPTION_END);
        if (daemon == nullptr) return 1;
        const std::uint16_t port = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
        {
            std::vector<std::jthread> clients;
            for (int client = 0; client < 20; ++client) {
                clients.emplace_back([port, client] {
                    for (int id = client; id < 200; id += 20) get(port, id);
                });
            }
        }
        MHD_stop_daemon(daemon);
    }
    const bool named = events.empty() || events[0].at("name") == "GET /jobs/{id}";
    return named && each_alone(events, 200) ? 0 : 1;
}

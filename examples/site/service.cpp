// site_service: a web site on 127.0.0.1 that writes one wide event per request.
//
//   site_service LOGS PORT_FILE STATS_FILE
//
// Listens on a free port and writes its number to PORT_FILE; ends at SIGTERM or SIGINT, and then writes what the
// recorder counted to STATS_FILE.

#include <fmt/core.h>
#include <httplib.h>
#include <pthread.h>
#include <wideline/wideline.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>

#include "site.hpp"

namespace wl = wideline;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kWorkers = 64;  // each serves one connection at a time, and clients keep theirs open

/// What is kept. Errors need no rule: they are kept before any of these is asked. The shares are those of a run of
/// seconds, so that estimates from it are good to a few percent; a site that is up for days does with a tenth of them.
wl::TailSampler sampler() {
    return wl::TailSampler{}
        .drop("health", wl::field("http.route") == "/healthz")
        .keep("slow", wl::slower_than(250ms))
        .keep("enterprise", wl::field("user.plan") == "enterprise")
        // A few downloads make most of the bytes. Sampled like the rest, one more or less of them would move the
        // estimate of bytes served by percents; kept whole, they add no uncertainty.
        .keep("large", wl::field("http.response.body.size") >= 1 << 20)
        .sample("bots", wl::field("user_agent.synthetic.type") == "bot", 0.1)
        .sample("assets", wl::field("asset.kind").in({"image", "style", "script"}), 0.1)
        .otherwise(0.2);
}

wl::Options options(const std::string& logs) {
    return {
        .service = {.name = "site", .version = "2.3.0", .environment = "demo"},
        .sampler = sampler(),
        .sinks = {wl::journal(logs)},
        .defaults = {{"telemetry.sdk.language", "cpp"}, {"build.compiler", __VERSION__}, {"cloud.region", "local"}}};
}

/// Written beside and renamed, so that who waits for the file never reads half of it.
void write_file(const std::filesystem::path& path, const std::string& text) {
    const std::filesystem::path fresh = path.string() + ".new";
    std::ofstream{fresh} << text << '\n';
    std::filesystem::rename(fresh, path);
}

std::string stats_text(const wl::Stats& stats) {
    nlohmann::ordered_json by_rule = nlohmann::ordered_json::object();
    for (const wl::SampledAwayByRule& rule : stats.sampled_away_by_rule) by_rule[rule.rule] = rule.requests;
    const nlohmann::ordered_json json{{"started", stats.started},
                                      {"in_flight", stats.in_flight},
                                      {"kept", stats.kept},
                                      {"sampled_away", stats.sampled_away},
                                      {"sampled_away_by_rule", by_rule},
                                      {"discarded", stats.discarded},
                                      {"delivered", stats.delivered},
                                      {"queued", stats.queued},
                                      {"lost", stats.lost.total()},
                                      {"lost_errors", stats.lost_errors},
                                      {"batches", stats.batches},
                                      {"json_bytes", stats.json_bytes},
                                      {"orphan_writes", stats.orphan_writes},
                                      {"late_writes", stats.late_writes},
                                      {"malformed_traceparents", stats.malformed_traceparents},
                                      {"last_error", stats.last_error}};
    return json.dump(2);
}

sigset_t stop_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    return signals;
}

void configure(httplib::Server& server) {
    server.new_task_queue = [] { return new httplib::ThreadPool(kWorkers); };
    server.set_keep_alive_max_count(1'000'000);
    server.set_tcp_nodelay(true);
}

/// What Prometheus scrapes.
void route_metrics(httplib::Server& server, const wl::Recorder& recorder) {
    server.Get("/metrics", [&recorder](const httplib::Request&, httplib::Response& response) {
        response.set_content(recorder.metrics(), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    });
}

void serve_until_stopped(httplib::Server& server, const std::string& port_file) {
    const int port = server.bind_to_any_port("127.0.0.1");
    if (port < 0) throw std::runtime_error{"no port of 127.0.0.1 could be had"};
    std::thread listener{[&server] { server.listen_after_bind(); }};
    write_file(port_file, std::to_string(port));

    const sigset_t signals = stop_signals();
    int signal = 0;
    sigwait(&signals, &signal);
    server.stop();
    listener.join();
}

int run(const std::string& logs, const std::string& port_file, const std::string& stats_file) {
    // Blocked before any thread starts, so that all inherit it and sigwait alone takes them.
    const sigset_t signals = stop_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    wl::Recorder recorder = wl::install(options(logs));
    site::Site site;
    httplib::Server server;
    configure(server);
    route_metrics(server, recorder);
    site.route(server);
    serve_until_stopped(server, port_file);

    const bool drained = recorder.flush(5s);
    write_file(stats_file, stats_text(recorder.stats()));
    if (!drained) fmt::print(stderr, "site_service: some events were not written within 5 s; see {}\n", stats_file);
    return drained ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) {
        fmt::print(stderr, "usage: site_service LOGS PORT_FILE STATS_FILE\n");
        return 2;
    }
    try {
        return run(arguments[1], arguments[2], arguments[3]);
    } catch (const std::exception& error) {
        fmt::print(stderr, "site_service: {}\n", error.what());
        return 1;
    }
}

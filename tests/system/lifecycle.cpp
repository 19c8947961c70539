// How a process may treat the library at its beginning and its end: one scenario a run, named by the first argument.
// The lines of all events go to stdout, each by one write, as they are delivered. Status 0, or what the scenario says.
#include <wideline/wideline.hpp>

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
namespace wl = wideline;

namespace {

void expect(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "%d: not so: %s\n", static_cast<int>(::getpid()), what);
    std::_Exit(70);
}

wl::SinkPtr to_stdout() {
    return wl::callback_sink([](const wl::Batch& batch) {
        const std::string_view lines = batch.json_lines();
        static_cast<void>(!::write(STDOUT_FILENO, lines.data(), lines.size()));
    });
}

wl::Options options(wl::SinkPtr sink = to_stdout()) {
    return {.sinks = {std::move(sink)}, .flush_interval = 1ms, .shutdown_timeout = 10s};
}

void log(const char* name) {
    WIDELINE_REQUEST(name);
    wl::set("pid", ::getpid());
}

constexpr int kSkipped = 77;
#if defined(__SANITIZE_THREAD__)
constexpr bool kThreadsInChildren = false;  // the thread sanitizer forbids them
#else
constexpr bool kThreadsInChildren = true;
#endif
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kForkUnderLoad = false;  // the address sanitizer's allocator may be locked in the child for ever
#else
constexpr bool kForkUnderLoad = true;
#endif

/// The child runs `work` and ends by `exit`, as most do; its status must be 0.
void fork_and_wait(const std::function<void()>& work) {
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
        work();
        std::exit(0);
    }
    int status = 0;
    expect(::waitpid(child, &status, 0) == child, "the child is there");
    expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended well");
}

// --- objects that live longer than main

int recorder_after_main() {
    static wl::Recorder recorder = wl::install(options());
    static wl::Request request{"static"};
    log("in main");
    wl::set("after", "in main");
    return 0;
}

int request_outlives_recorder() {
    static std::optional<wl::Request> request;  // destroyed after the recorder
    static std::optional<wl::Attach> attach;
    static wl::Handle handle;
    static wl::Recorder recorder = wl::install(options());
    request.emplace("never ends in time");
    handle = request->handle();
    attach.emplace(handle);
    log("in main");
    return 0;
}

int thread_outlives_recorder() {
    static const wl::Recorder recorder = wl::install(options());
    for (int t = 0; t < 3; ++t)
        std::thread([] {
            for (;;) {
                WIDELINE_REQUEST("of a detached thread");
                wl::add("n", 1);
                wl::Request inner{"inner"};
                inner.discard();
            }
        }).detach();
    std::this_thread::sleep_for(50ms);
    return 0;
}

int thread_local_request() {
    static wl::Recorder recorder = wl::install(options());
    thread_local std::optional<wl::Request> request;
    request.emplace("of the main thread");
    std::thread([] {
        thread_local wl::Request other{"of a thread"};
        wl::set("written", true);
    }).join();
    return 0;
}

// --- exit

int exit_in_a_request() {
    static wl::Recorder recorder = wl::install(options());
    log("ended");
    WIDELINE_REQUEST("cut off");
    wl::set("a", 1);
    std::exit(3);
}

int exit_with_the_recorder_on_the_stack() {
    const wl::Recorder recorder = wl::install(options());
    for (int t = 0; t < 3; ++t)
        std::thread([] {
            for (;;) log("busy");
        }).detach();
    std::this_thread::sleep_for(30ms);
    WIDELINE_REQUEST("cut off");
    std::exit(3);
}

int underscore_exit_in_a_request() {
    const wl::Recorder recorder = wl::install(options());
    WIDELINE_REQUEST("cut off");
    ::_exit(3);
}

// --- fork

int fork_before_install() {
    fork_and_wait([] {
        const wl::Recorder recorder = wl::install(options());
        log("child");
    });
    const wl::Recorder recorder = wl::install(options());
    log("parent");
    return 0;
}

int fork_after_install() {
    wl::Recorder recorder = wl::install(options());
    log("before");  // perhaps not yet delivered when the child is there: the parent's alone
    fork_and_wait([&recorder] {
        log("nobody's");
        expect(!recorder.flush(1s), "the parent's recorder does not work in the child");
        expect(recorder.stats().lost.in_child == 1, "it counts what is lost there");
        expect(recorder.stats().started == 1 && recorder.stats().kept == 1, "and nothing of its parent's");
        wl::Recorder own = wl::install(options());
        log("child");
        expect(own.flush(10s), "the child's recorder delivers");
        expect(own.stats().kept == 1, "what the child logged");
    });
    log("parent");
    return 0;
}

int fork_and_return() {
    std::optional<wl::Recorder> recorder{wl::install(options())};
    log("before");
    expect(recorder->flush(10s), "delivered");
    const pid_t child = ::fork();
    recorder.reset();  // in both
    if (child == 0) return 0;
    int status = 0;
    ::waitpid(child, &status, 0);
    expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended well");
    return 0;
}

int fork_inside_a_request() {
    wl::Recorder recorder = wl::install(options());
    wl::Request request{"parent"};
    const wl::Handle handle = request.handle();
    wl::set("a", 1);
    fork_and_wait([&] {
        wl::set("a", 2);
        {
            const wl::Attach attach{handle};
            wl::set("a", 3);
        }
        const wl::Recorder own = wl::install(options());
        { wl::Request inner{"child"}; }
        request.finish();
    });
    return 0;
}

/// Other threads hold whatever they may hold at that moment.
int fork_under_load() {
    std::atomic<bool> stop{false};
    {
        wl::Recorder recorder = wl::install(options(wl::callback_sink([](const wl::Batch&) {})));
        std::vector<std::jthread> threads;
        for (int t = 0; t < 3; ++t)
            threads.emplace_back([&] {
                while (!stop) {
                    std::jthread([] { log("of a short thread"); }).join();
                    static_cast<void>(recorder.stats());
                }
            });
        for (int i = 0; i < 60; ++i)
            fork_and_wait([&] {
                static_cast<void>(recorder.stats());
                wl::Request moved{"nobody's"};
                const wl::Recorder own = wl::install(options());
                std::jthread([request = std::move(moved)]() mutable { request.finish(); }).join();
                log("child");
            });
        stop = true;
    }
    return 0;
}

int fork_while_a_sink_is_stuck() {
    std::atomic<bool> go{false};
    std::atomic<bool> stuck{false};
    wl::Recorder recorder = wl::install(options(wl::callback_sink([&](const wl::Batch&) {
        stuck = true;
        while (!go) std::this_thread::sleep_for(1ms);
    })));
    log("before");
    while (!stuck) std::this_thread::sleep_for(1ms);
    fork_and_wait([] {
        const wl::Recorder own = wl::install(options());
        log("child");
    });
    go = true;
    return 0;
}

/// A recorder that could not begin is none that a fork must know.
int fork_after_a_failed_install() {
    for (int i = 0; i < 3; ++i) {
        try {
            const wl::Recorder failed = wl::install({.sinks = {wl::journal("/proc/wideline")}});
            expect(false, "a journal in /proc is refused");
        } catch (const std::exception&) {
        }
    }
    const wl::Recorder recorder = wl::install(options());
    fork_and_wait([] {
        const wl::Recorder own = wl::install(options());
        log("child");
    });
    log("parent");
    return 0;
}

// --- signals

std::atomic<int> handled{0};
pthread_t main_thread;

int signals_reach_the_service_alone() {
    const wl::Recorder recorder = wl::install(options());
    main_thread = ::pthread_self();
    std::signal(SIGUSR1, [](int) {
        if (::pthread_equal(::pthread_self(), main_thread) == 0) ::_exit(71);
        ++handled;
    });
    sigset_t blocked;
    sigset_t before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
    ::kill(::getpid(), SIGUSR1);
    std::this_thread::sleep_for(50ms);
    expect(handled == 0, "a signal that the service blocks stays blocked");
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    expect(handled == 1, "and is handled where the service lets it in");
    return 0;
}

int stdout_is_a_closed_pipe() {
    int ends[2];
    expect(::pipe(ends) == 0, "there is a pipe");
    ::close(ends[0]);
    ::dup2(ends[1], STDOUT_FILENO);
    wl::Recorder recorder = wl::install(options(wl::stdout_sink()));
    log("nobody reads it");
    expect(recorder.flush(10s), "flushed");
    expect(recorder.stats().lost.sink_failed == 1, "counted as lost");
    expect(!recorder.stats().last_error.empty(), "and said why");
    return 0;
}

const std::map<std::string, int (*)()> kScenarios = {
    {"recorder_after_main", recorder_after_main},
    {"request_outlives_recorder", request_outlives_recorder},
    {"thread_outlives_recorder", thread_outlives_recorder},
    {"thread_local_request", thread_local_request},
    {"exit_in_a_request", exit_in_a_request},
    {"exit_with_the_recorder_on_the_stack", exit_with_the_recorder_on_the_stack},
    {"underscore_exit_in_a_request", underscore_exit_in_a_request},
    {"fork_before_install", fork_before_install},
    {"fork_after_install", fork_after_install},
    {"fork_and_return", fork_and_return},
    {"fork_inside_a_request", fork_inside_a_request},
    {"fork_under_load", fork_under_load},
    {"fork_while_a_sink_is_stuck", fork_while_a_sink_is_stuck},
    {"fork_after_a_failed_install", fork_after_a_failed_install},
    {"signals_reach_the_service_alone", signals_reach_the_service_alone},
    {"stdout_is_a_closed_pipe", stdout_is_a_closed_pipe},
};

}  // namespace

int main(int argc, char** argv) {
    const auto scenario = kScenarios.find(argc > 1 ? argv[1] : "");
    if (scenario != kScenarios.end()) {
        const bool forks = scenario->first.starts_with("fork");
        if (forks && (!kThreadsInChildren || (!kForkUnderLoad && scenario->second == fork_under_load))) return kSkipped;
        return scenario->second();
    }
    for (const auto& [name, run] : kScenarios) std::printf("%s\n", name.c_str());
    return 2;
}

// Processes that end before their events are in the files, one way a run: `recovery SCENARIO JOURNAL`. What the next
// start finds is for the script to say.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

#include <wideline/wideline.hpp>

using namespace std::chrono_literals;
namespace wl = wideline;

namespace {

/// So long that nothing is in a file before the end.
wl::Options options(const std::string& journal) {
    return {.service = {.name = "recovery"},
            .sampler = wl::TailSampler{}.drop("dropped", wl::name() == "dropped"),
            .sinks = {wl::journal(journal)},
            .flush_interval = 1h};
}

void log(const char* name) {
    WIDELINE_REQUEST(name);
    wl::set("pid", ::getpid());
}

[[noreturn]] void be_killed() {
    ::kill(::getpid(), SIGKILL);
    std::abort();
}

/// A child that goes on living holds neither the parent's lock nor its arenas.
void be_killed_with_a_child() {
    WIDELINE_REQUEST("open");
    wl::set("by", "parent");
    const pid_t child = ::fork();
    if (child == 0) {
        for (int i = 0; i < 100; ++i) wl::set("by", "child");
        wl::fail({.type = "child"});
        std::this_thread::sleep_for(20s);
        ::_exit(0);
    }
    std::printf("%d\n", static_cast<int>(child));
    std::fflush(stdout);
    std::this_thread::sleep_for(50ms);
    be_killed();
}

/// Of the recorder's files none is open in a program that the service starts.
void exec_a_child() {
    const pid_t child = ::fork();
    if (child == 0) {
        ::execl("/bin/ls", "ls", "-l", "/proc/self/fd", nullptr);
        ::_exit(127);
    }
    ::waitpid(child, nullptr, 0);
}

/// Decided, but not yet let go of by another thread.
void be_killed_after_a_decision() {
    std::optional<wl::Request> request;
    request.emplace("dropped");
    std::thread helper([handle = request->handle()] {
        const wl::Attach attach{handle};
        std::this_thread::sleep_for(10s);
    });
    std::this_thread::sleep_for(50ms);
    request.reset();
    request.emplace("discarded");
    request->discard();
    be_killed();
}

/// With more events waiting than memory has room for uncompressed, of which some lie in no frame yet.
void be_killed_while_the_disk_is_full(wl::Recorder& recorder, const std::string& journal) {
    if (!recorder.flush(10s)) std::abort();
    std::filesystem::rename(journal, journal + ".away");  // for a file is in its place, nothing can be written
    std::fclose(std::fopen(journal.c_str(), "w"));
    for (int i = 0; i < 20'000; ++i) {
        log("waits");
        if (i % 1000 == 999) (void)recorder.flush(10ms);
    }
    log("waits");
    if (recorder.stats().lost.total() != 0) std::abort();
    std::filesystem::remove(journal);
    std::filesystem::rename(journal + ".away", journal);
    be_killed();
}

/// The disk takes nothing any more, up to the end.
void lose_the_disk() {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{0, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const std::string scenario = argv[1];
    auto recorder = std::make_optional(wl::install(options(argv[2])));
    log("ended");
    log("ended");
    if (scenario == "killed") be_killed();
    if (scenario == "killed_with_a_child") be_killed_with_a_child();
    if (scenario == "killed_after_a_decision") be_killed_after_a_decision();
    if (scenario == "killed_while_full") be_killed_while_the_disk_is_full(*recorder, argv[2]);
    if (scenario == "exec") exec_a_child();
    if (scenario == "exit") {
        static std::optional<wl::Request> open;
        open.emplace("open");
        std::exit(0);  // the recorder is on the stack
    }
    if (scenario == "disk_lost") {
        lose_the_disk();
        recorder.reset();
    }
    return 0;
}

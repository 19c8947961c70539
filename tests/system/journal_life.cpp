// journal_life SCENARIO DIRECTORY EVENTS: a service that logs EVENTS numbered events of 1 KiB which do not compress
// into a journal, while something happens to its disk. Prints how many it logged. Status 0 where all of them were
// delivered.
#include <wideline/wideline.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <thread>

using namespace std::chrono_literals;
namespace wl = wideline;

namespace {

int logged = 0;

void log_event() {
    static std::mt19937 random(static_cast<unsigned>(::getpid()));
    std::string noise(1024, ' ');
    for (char& c : noise) c = static_cast<char>('#' + random() % 57);
    WIDELINE_REQUEST("load");
    wl::set("number", logged++);
    wl::set("noise", noise);
}

void log_events(int count) {
    for (int i = 0; i < count; ++i) {
        log_event();
        if (i % 50 == 0) std::this_thread::sleep_for(1ms);
    }
}

/// As a service under an even load does, for a second a thousand events.
void log_evenly(int count) {
    for (int i = 0; i < count; ++i) {
        log_event();
        std::this_thread::sleep_for(900us);
    }
}

bool says(const wl::Recorder& recorder, const char* what) {
    return recorder.stats().last_error.find(what) != std::string::npos;
}

/// Until the disk is full, and then some; then somebody makes room.
void fill(const wl::Recorder& recorder, const std::string& directory, int count) {
    for (int i = 0; i < 1000 && !says(recorder, "No space left on device"); ++i) log_events(20);
    if (!says(recorder, "No space left on device")) std::_Exit(71);
    log_events(count);
    std::filesystem::remove(directory + "/../ballast");
    log_events(count);
}

/// Files may not grow past 1.2 MB: the system's signal for that would end the process.
void limit_files(int count) {
    const rlimit limit{1'200'000, 1'200'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    log_events(count);
}

/// No descriptor is left when the segment is full.
void use_up_descriptors(int count) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    std::_Exit(77);  // A sanitizer opens a pipe to look at memory, and takes it for bad where it can open none.
#endif
    log_events(10);
    const int next = ::dup(STDIN_FILENO);
    ::close(next);
    const rlimit limit{static_cast<rlim_t>(next) + 1, 4096};  // room for one more at the most: the first segment
    ::setrlimit(RLIMIT_NOFILE, &limit);
    log_events(count);
}

/// Killed when it has delivered, without a chance to close its segment.
void be_killed(wl::Recorder& recorder, int count) {
    log_events(count);
    if (!recorder.flush(20s)) std::_Exit(71);
    std::printf("%d\n", logged);
    std::fflush(stdout);
    ::kill(::getpid(), SIGKILL);
}

/// The directory goes away, twice.
void lose_directory(wl::Recorder& recorder, const std::string& directory, int count) {
    for (const char* const moved : {".moved", ".moved.too"}) {
        log_events(count);
        if (!recorder.flush(20s)) std::_Exit(71);
        log_events(count);
        std::filesystem::rename(directory, directory + moved);
    }
    log_events(count);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    const std::string scenario = argv[1];
    const std::string directory = argv[2];
    const int count = std::atoi(argv[3]);
    wl::JournalOptions options;
    options.segment_bytes = scenario == "limit_files" ? 100 << 20 : 256 << 10;
    if (scenario == "retain") options.retain_bytes = 2 << 20;
    wl::Recorder recorder =
        wl::install({.service = {.name = "load"}, .sinks = {wl::journal(directory, options)}, .flush_interval = 5ms});
    if (scenario == "log") log_events(count);
    if (scenario == "log_evenly" || scenario == "retain") log_evenly(count);
    if (scenario == "fill") fill(recorder, directory, count);
    if (scenario == "limit_files") limit_files(count);
    if (scenario == "use_up_descriptors") use_up_descriptors(count);
    if (scenario == "be_killed") be_killed(recorder, count);
    if (scenario == "lose_directory") lose_directory(recorder, directory, count);
    const bool delivered = recorder.flush(20s);
    const wl::Stats stats = recorder.stats();
    std::printf("%d\n", logged);
    if (delivered && stats.delivered == static_cast<std::uint64_t>(logged)) return 0;
    std::fprintf(stderr, "of %llu events %llu were delivered; %s\n", static_cast<unsigned long long>(stats.kept),
                 static_cast<unsigned long long>(stats.delivered), stats.last_error.c_str());
    return 70;
}

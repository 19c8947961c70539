// Every way in which a service forks, at once: {journal, none} x {what the child does} x {how the parent ends}, and a
// recovery while the parent lives.
//
//   fork DIRECTORY
//
// Each cell has a watcher, which has no recorder; it forks the parent, which forks the child inside an open request:
//
//   watcher                 parent                        child
//                           install, before, open, fork ─► acts, is ready
//   recovers: nothing ◄──── up
//   ───────────────────────► after; ends as it does
//   recovers, looks at what the parent left, while the child lives
//   ──────────────────────────────────────────────────────► ends
//   recovers, and reads all events
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>
#include <wideline/reader.hpp>
#include <wideline/wideline.hpp>

#include "journal/recovery.hpp"

using namespace std::chrono_literals;
namespace fs = std::filesystem;
namespace wl = wideline;
using Json = nlohmann::json;

namespace {

constexpr int kSkipped = 77;
#if defined(__SANITIZE_THREAD__)
constexpr bool kThreadsInChildren = false;  // the thread sanitizer forbids them
#else
constexpr bool kThreadsInChildren = true;
#endif
constexpr unsigned kMostSeconds = 30;  // a process that hangs is ended by a signal
constexpr int kChildEvents = 3;
constexpr const char* kExecuted = "executed";

enum class Sink { journal, none };
enum class Child {
    exits,
    lives,
    execs,
    installs,
    installs_over,
    installs_its_sinks,
    inherits,
    daemonizes,
    reinstalls,
    reinstalls_as_daemon,
    leaves_requests_open
};
enum class Parent { lives, ends, is_killed };

const std::map<Sink, const char*> kSinks = {{Sink::journal, "journal"}, {Sink::none, "none"}};
const std::map<Child, const char*> kChildren = {{Child::exits, "exits"},
                                                {Child::lives, "lives"},
                                                {Child::execs, "execs"},
                                                {Child::installs, "installs"},
                                                {Child::installs_over, "installs over the inherited one"},
                                                {Child::installs_its_sinks, "installs its parent's sinks"},
                                                {Child::inherits, "inherits"},
                                                {Child::daemonizes, "daemonizes"},
                                                {Child::reinstalls, "reinstalls"},
                                                {Child::reinstalls_as_daemon, "reinstalls as a daemon"},
                                                {Child::leaves_requests_open, "leaves requests open"}};
const std::map<Parent, const char*> kParents = {
    {Parent::lives, "lives"}, {Parent::ends, "ends"}, {Parent::is_killed, "is killed"}};

std::string cell_name;
std::atomic<int>* failures = nullptr;  // of all processes

void expect(bool holds, const std::string& what) {
    if (holds) return;
    std::fprintf(stderr, "FAILED: %s: %s\n", cell_name.c_str(), what.c_str());
    ++*failures;
}

/// One byte from one process to another.
class Signal {
public:
    Signal() {
        if (::pipe(ends_.data()) != 0) std::abort();
    }
    /// Of another program's descriptors: see words().
    Signal(const char* reads, const char* writes) : ends_{std::atoi(reads), std::atoi(writes)} {}

    void give(char byte = kGood) const { expect(::write(ends_[1], &byte, 1) == 1, "a signal is given"); }
    void await() const {
        char byte = 0;
        expect(::read(ends_[0], &byte, 1) == 1, "a signal comes");
        expect(byte == kGood || byte == 0, "the program that was executed found faults");
    }
    [[nodiscard]] std::array<std::string, 2> words() const {
        return {std::to_string(ends_[0]), std::to_string(ends_[1])};
    }

    static constexpr char kGood = '+';
    static constexpr char kBad = '-';

private:
    std::array<int, 2> ends_{};
};

bool is_inside(const std::string& path, const std::string& directory) { return path.rfind(directory + "/", 0) == 0; }

/// None of the library's files is open in this process.
void expect_no_descriptors_of(const std::string& directory) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator("/proc/self/fd", ignored)) {
        const std::string target = fs::read_symlink(entry.path(), ignored).string();
        expect(!is_inside(target, directory) && target.rfind("/dev/shm/wideline-", 0) != 0, "open: " + target);
    }
}

void log(const char* name) {
    WIDELINE_REQUEST(name);
    wl::set("pid", ::getpid());
}

struct Cell {
    Sink sink;
    Child child;
    Parent parent;
    std::string directory;

    [[nodiscard]] std::string lines() const { return directory + "/lines"; }
    [[nodiscard]] bool reinstalls() const { return child == Child::reinstalls || child == Child::reinstalls_as_daemon; }
    [[nodiscard]] wl::Options options() const {
        wl::SinkPtr to = wl::journal(directory);
        if (sink == Sink::none)
            to = wl::callback_sink([path = lines()](const wl::Batch& batch) {
                const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
                const std::string_view text = batch.json_lines();
                expect(::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()), "lines written");
                ::close(file);
            });
        return {.service = {.name = "fork"},
                .sinks = {to},
                .in_children = reinstalls() ? wl::InChildren::reinstall : wl::InChildren::nothing,
                .flush_interval = 1h,
                .shutdown_timeout = 20s};
    }
};

class Run {
public:
    explicit Run(const Cell& cell) : cell_(cell) {}

    void watch() {
        const pid_t parent = ::fork();
        if (parent == 0) be_parent();
        parent_ = parent;
        parent_is_up_.await();
        recover("while the parent lives", 0);
        go_on_.give();
        if (cell_.parent == Parent::lives)
            after_.await();
        else
            ::waitpid(parent, nullptr, 0);
        if (child_may_live()) look_while_the_child_lives();
        release_child_.give();
        child_is_done_.await();
        if (cell_.parent == Parent::lives) {
            end_.give();
            ::waitpid(parent, nullptr, 0);
        }
        const bool killed_since = cell_.child == Child::exits && cell_.parent == Parent::is_killed;
        recover("at the end", cell_.child == Child::leaves_requests_open || killed_since ? 1 : 0);
        look_at_events();
    }

private:
    [[nodiscard]] bool child_may_live() const { return cell_.child != Child::exits; }

    /// Whoever comes by: a `wideline recover`, or another worker's start.
    void recover(const char* when, std::uint64_t crashed) {
        if (cell_.sink == Sink::none) return;
        std::uint64_t found = 0;
        for (int tried = 0; tried == 0 || (found < crashed && tried < 1000); ++tried) {
            if (tried != 0) std::this_thread::sleep_for(5ms);  // the child was killed this moment
            const auto recovery = wl::journal_files::recover_arenas(
                cell_.directory, {}, wl::platform::FileSystem::real(), wl::platform::Clock::real());
            for (const std::string& problem : recovery.problems) expect(false, problem);
            found += recovery.crashed;
        }
        expect(found == crashed, std::to_string(found) + " crashed events are found " + when);
    }

    void look_while_the_child_lives() {
        recover("while the child lives", cell_.parent == Parent::is_killed ? 1 : 0);
        if (cell_.parent == Parent::lives) return;
        const std::string of_parent = "-" + std::to_string(parent_) + "-";
        for (const auto& entry : fs::directory_iterator(cell_.directory)) {
            if (entry.path().filename().string().find(of_parent) == std::string::npos) continue;
            const int file = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
            expect(::flock(file, LOCK_EX | LOCK_NB) == 0, "locked by the child: " + entry.path().string());
            ::close(file);
        }
    }

    [[nodiscard]] std::vector<Json> events() const {
        std::vector<Json> events;
        if (cell_.sink == Sink::journal) {
            wl::Reader reader(cell_.directory);
            for (const wl::StoredEvent& event : reader) events.push_back(Json::parse(event.json()));
            for (const std::string& problem : reader.problems()) expect(false, problem);
        } else {
            std::ifstream lines(cell_.lines());
            for (std::string line; std::getline(lines, line);) events.push_back(Json::parse(line));
        }
        return events;
    }

    void look_at_events() {
        const bool lost = cell_.sink == Sink::none && cell_.parent == Parent::is_killed;
        std::map<std::string, int> expected;
        if (!lost) {
            expected["before success"] = expected["after success"] = 1;
            expected[std::string("open ") + outcome_of_open()] = 1;
        }
        if (records_in_child()) expected["child success"] = kChildEvents;
        if (cell_.child == Child::leaves_requests_open && cell_.sink == Sink::journal)
            expected["left open crashed"] = 1;

        std::map<std::string, int> found;
        std::set<std::string> traces;
        for (const Json& event : events()) {
            ++found[event.at("name").get<std::string>() + " " + event.at("outcome").get<std::string>()];
            if (event.at("name") == "open") expect(event.value("by", "") == "parent", "written by the child");
            const auto trace = event.at("trace_id").get<std::string>();
            expect(trace.find_first_not_of('0') != std::string::npos, "a trace id of zeros");
            expect(traces.insert(trace).second, "a trace id twice: " + event.dump());
        }
        expect(found == expected, "found " + Json(found).dump() + ", expected " + Json(expected).dump());
    }

    [[nodiscard]] const char* outcome_of_open() const {
        if (cell_.parent == Parent::is_killed) return "crashed";
        return cell_.parent == Parent::ends ? "unfinished" : "success";
    }

    [[nodiscard]] bool records_in_child() const {
        return cell_.child == Child::installs || cell_.child == Child::installs_over ||
               cell_.child == Child::installs_its_sinks || cell_.child == Child::leaves_requests_open ||
               cell_.reinstalls();
    }

    [[noreturn]] void be_parent() {
        ::alarm(kMostSeconds);
        const wl::Options options = cell_.options();
        std::optional<wl::Recorder> recorder = wl::install(options);
        log("before");
        std::optional<wl::Request> open{std::in_place, "open"};
        wl::set("by", "parent");
        const pid_t child = ::fork();
        if (child == 0) {
            ::alarm(kMostSeconds);
            be_child(options, recorder, open);
        }
        child_is_ready_.await();
        if (cell_.child == Child::exits) ::waitpid(child, nullptr, 0);
        parent_is_up_.give();
        go_on_.await();
        wl::set("by", "parent");
        open->event().set("still", true);
        { wl::Request after{"after", {.traceparent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"}}; }
        if (cell_.parent == Parent::is_killed) ::kill(::getpid(), SIGKILL);
        if (cell_.parent == Parent::lives) {
            open.reset();
            expect(recorder->flush(20s), "the parent delivers");
            expect(recorder->stats().delivered == 3, "all that it logged");
            expect(recorder->stats().last_error.empty(), "without trouble: " + recorder->stats().last_error);
            after_.give();
            end_.await();
        }
        recorder.reset();
        open.reset();
        ::_exit(0);
    }

    [[noreturn]] void be_child(const wl::Options& options, std::optional<wl::Recorder>& inherited,
                               std::optional<wl::Request>& open) {
        wl::set("by", "child");
        open->event().set("by", "child");
        wl::fail({.type = "child"});
        switch (cell_.child) {
            case Child::exits:
                open.reset();
                inherited.reset();
                child_is_ready_.give();
                child_is_done_.give();
                std::exit(0);
            case Child::lives:
                expect_no_descriptors_of(cell_.directory);
                break;
            case Child::execs:
                exec();
            case Child::installs:
                be_child_with(wl::install(cell_.options()));
            case Child::installs_over:
                inherited = wl::install(cell_.options());
                be_child_with(std::move(*inherited));
            case Child::installs_its_sinks:
                be_child_with(wl::install(options));
            case Child::inherits:
                go_on_with(*inherited);
                break;
            case Child::daemonizes:
                if (::daemon(1, 1) != 0) std::abort();
                ::alarm(kMostSeconds);
                go_on_with(*inherited);
                break;
            case Child::reinstalls:
                be_child_with(std::move(*inherited));
            case Child::reinstalls_as_daemon:
                if (::daemon(1, 1) != 0) std::abort();
                ::alarm(kMostSeconds);
                be_child_with(std::move(*inherited));
            case Child::leaves_requests_open: {
                wl::Recorder own = wl::install(cell_.options());
                for (int i = 0; i < kChildEvents; ++i) log("child");
                expect(own.flush(20s), "the child delivers");
                const wl::Request left{"left open"};
                child_is_ready_.give();
                release_child_.await();
                child_is_done_.give();
                ::kill(::getpid(), SIGKILL);
            }
        }
        child_is_ready_.give();
        release_child_.await();
        open.reset();
        inherited.reset();
        child_is_done_.give();
        ::_exit(0);
    }

    [[noreturn]] void be_child_with(wl::Recorder own) {
        for (int i = 0; i < kChildEvents; ++i) log("child");
        const wl::Stats stats = own.stats();
        expect(stats.started == kChildEvents && stats.kept == kChildEvents, "the child counts its own requests");
        expect(stats.lost.total() == 0 && stats.last_error.empty(), "without a loss: " + stats.last_error);
        child_is_ready_.give();
        release_child_.await();
        { const wl::Recorder ended = std::move(own); }
        child_is_done_.give();
        ::_exit(0);
    }

    void go_on_with(wl::Recorder& recorder) {
        const std::uint64_t orphans = recorder.stats().orphan_writes;
        expect(recorder.stats().last_error.empty(), "nothing is lost yet");
        for (int i = 0; i < kChildEvents; ++i) log("nobody's");
        expect(!recorder.flush(20s), "the parent's recorder does not work in the child");
        const wl::Stats stats = recorder.stats();
        expect(stats.started == kChildEvents && stats.kept == kChildEvents, "the child counts its requests");
        expect(stats.lost.in_child == kChildEvents && stats.lost.total() == kChildEvents, "as lost");
        expect(stats.orphan_writes == orphans + kChildEvents, "with what was written in them");
        expect(stats.last_error.find("Options::in_children") != std::string::npos, "and says why");
        expect(recorder.metrics().find("reason=\"in_child\"} 3") != std::string::npos, "in its metrics, too");
    }

    [[noreturn]] void exec() {
        const auto ready = child_is_ready_.words();
        const auto release = release_child_.words();
        const auto done = child_is_done_.words();
        ::execl("/proc/self/exe", "fork", kExecuted, cell_.directory.c_str(), ready[0].c_str(), ready[1].c_str(),
                release[0].c_str(), release[1].c_str(), done[0].c_str(), done[1].c_str(), nullptr);
        ::_exit(127);
    }

    Cell cell_;
    pid_t parent_ = 0;
    Signal parent_is_up_, go_on_, after_, end_;
    Signal child_is_ready_, release_child_, child_is_done_;
};

/// The program that a child executes.
int be_executed(char** words) {
    cell_name = "executed";
    std::atomic<int> mine{0};
    failures = &mine;
    expect_no_descriptors_of(words[2]);
    Signal(words[3], words[4]).give(mine == 0 ? Signal::kGood : Signal::kBad);
    Signal(words[5], words[6]).await();
    Signal(words[7], words[8]).give();
    return 0;
}

void run_all(const std::string& directory) {
    int number = 0;
    for (const auto& [sink, of_sink] : kSinks)
        for (const auto& [child, of_child] : kChildren)
            for (const auto& [parent, of_parent] : kParents) {
                cell_name = std::string(of_sink) + ", the child " + of_child + ", the parent " + of_parent;
                const Cell cell{sink, child, parent, directory + "/" + std::to_string(++number)};
                fs::create_directory(cell.directory);
                if (::fork() != 0) continue;
                ::alarm(kMostSeconds);
                Run(cell).watch();
                ::_exit(0);
            }
    for (int status = 0; ::wait(&status) > 0;)
        if (!WIFEXITED(status)) ++*failures;  // its parent or child hangs
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 9 && std::string(argv[1]) == kExecuted) return be_executed(argv);
    if (argc != 2) return 2;
    if (!kThreadsInChildren) return kSkipped;
    void* const shared =
        ::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return 2;
    failures = new (shared) std::atomic<int>(0);
    run_all(fs::canonical(argv[1]).string());
    return *failures == 0 ? 0 : 1;
}

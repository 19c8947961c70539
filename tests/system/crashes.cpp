// Processes that are killed at any moment, under load, while they recover what the one before left behind: what they
// had accepted is found, each event once.
//
//   crashes soak SECONDS DIRECTORY COMMAND             kills processes for so long, and counts
//   crashes victim DIRECTORY LEDGER RUN DEATH
//
// A victim's threads each write events 0, 1, 2, … and, when a request has ended, store its number in a ledger, which is
// memory shared with the one who kills. So of each thread, all numbers below the ledger's are accepted: they must be
// found once, as they were written. The next one may have ended or not: it may be found, once, whole or as far as it
// had come, with the outcome `crashed`. No other is.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>
#include <wideline/wideline.hpp>

using namespace std::chrono_literals;
namespace wl = wideline;
using Json = nlohmann::json;

namespace {

constexpr int kThreads = 3;
constexpr std::uint64_t kMostEvents = 5000;  // of a thread: the queue must have room for all, or some would be refused
constexpr std::uint64_t kHalfOfSuccesses = std::size_t{256} << 20;

struct Ledger {
    std::array<std::atomic<std::uint64_t>, kThreads> ended;
    std::atomic<bool> began;
};

[[noreturn]] void give_up(const std::string& sentence) {
    std::fprintf(stderr, "%s\n", sentence.c_str());
    std::exit(1);
}

Ledger& map_ledger(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ::ftruncate(file, sizeof(Ledger)) != 0) give_up("cannot make " + path);
    void* const at = ::mmap(nullptr, sizeof(Ledger), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    if (at == MAP_FAILED) give_up("cannot map " + path);
    return *static_cast<Ledger*>(at);
}

/// Any size, often none, sometimes more than an arena.
std::string payload(std::uint64_t thread, std::uint64_t number) {
    const std::uint64_t mixed = (number * kThreads + thread + 1) * 0x9E3779B97F4A7C15U;
    const std::size_t size = mixed >> 58 == 0 ? 9000 : mixed >> 32 & 127;
    return std::string(size, static_cast<char>('a' + (mixed >> 40) % 26));
}

void die(const std::string& death) {
    if (death == "abort") std::abort();
    if (death == "segv") std::raise(SIGSEGV);
    if (death == "exit") ::_exit(3);
}

void write_event(std::uint64_t thread, std::uint64_t number, const std::string& death) {
    wl::Request request{"work"};
    wl::set("thread", thread);
    wl::set("number", number);
    wl::set("payload", payload(thread, number));
    if (number % 50 == 7) {
        std::thread helper([handle = request.handle(), number] {
            const wl::Attach attach{handle};
            wl::set("helped", number);
        });
        helper.join();
    }
    if (number % 20 == 3) wl::fail({.type = "some"});
    if (!death.empty() && number == kMostEvents / 2) die(death);
    wl::set("last", number);
}

int be_victim(const std::string& directory, const std::string& ledger_path, const std::string& run,
              const std::string& death) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    Ledger& ledger = map_ledger(ledger_path);
    wl::Recorder recorder = wl::install({.service = {.name = "victim"},
                                         .sinks = {wl::journal(directory)},
                                         .defaults = {{"run", run}},
                                         .memory = 3 * kHalfOfSuccesses,
                                         .flush_interval = 5ms});
    ledger.began.store(true);
    std::vector<std::thread> threads;
    for (std::uint64_t thread = 0; thread < kThreads; ++thread)
        threads.emplace_back([&, thread] {
            for (std::uint64_t number = 0; number < kMostEvents; ++number) {
                write_event(thread, number, thread == 0 ? death : std::string());
                ledger.ended[thread].store(number + 1, std::memory_order_release);
                if (number % 8 == 0) std::this_thread::sleep_for(20us);
            }
        });
    for (std::thread& thread : threads) thread.join();
    std::this_thread::sleep_for(1h);
    return 0;
}

// --- the one who kills

struct Count {
    std::uint64_t processes = 0;
    std::uint64_t accepted = 0;
    std::uint64_t found = 0;
    std::uint64_t twice = 0;
    std::uint64_t crashed = 0;
    std::uint64_t wrong = 0;  // never written, or not as it was written
};

pid_t start(const std::vector<std::string>& command) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    std::vector<char*> arguments;
    for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    const int nowhere = ::open("/dev/null", O_RDWR);
    ::dup2(nowhere, STDOUT_FILENO);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
}

class Soak {
public:
    Soak(std::string self, std::string command, std::string directory)
        : self_(std::move(self)), command_(std::move(command)), directory_(std::move(directory)) {}

    bool run(std::chrono::seconds duration) {
        const auto end = std::chrono::steady_clock::now() + duration;
        auto said = std::chrono::steady_clock::now();
        while (std::chrono::steady_clock::now() < end) {
            std::filesystem::remove_all(journal());
            ledgers_.clear();
            // One journal for some processes, then it is read.
            for (int i = 0; i < 12; ++i) kill_one();
            recover();
            check();
            if (std::chrono::steady_clock::now() - said < 10s) continue;
            said = std::chrono::steady_clock::now();
            report();
        }
        report();
        return count_.wrong == 0 && count_.twice == 0 && count_.accepted == count_.found && count_.accepted != 0;
    }

private:
    [[nodiscard]] std::string journal() const { return directory_ + "/journal"; }

    void kill_one() {
        const std::string run = "r" + std::to_string(++count_.processes);
        const std::string path = directory_ + "/" + run;
        Ledger& ledger = map_ledger(path);
        static constexpr std::array<const char*, 8> kDeaths = {"abort", "segv", "exit", "", "", "", "", ""};
        const pid_t victim = start({self_, "victim", journal(), path, run, kDeaths[random_() % kDeaths.size()]});
        // Some die before they have begun: in the middle of recovery.
        if (random_() % 4 != 0)
            while (!ledger.began && ::waitpid(victim, nullptr, WNOHANG) == 0) std::this_thread::sleep_for(200us);
        std::this_thread::sleep_for(std::chrono::microseconds(random_() % 60000));
        ::kill(victim, SIGKILL);
        ::waitpid(victim, nullptr, 0);
        for (std::uint64_t thread = 0; thread < kThreads; ++thread) ledgers_[run][thread] = ledger.ended[thread];
        ::munmap(&ledger, sizeof ledger);
        std::filesystem::remove(path);
    }

    /// By the command, which is killed too.
    void recover() {
        for (int i = 0; i < 3; ++i) {
            const pid_t recovery = start({command_, "recover", journal()});
            std::this_thread::sleep_for(std::chrono::microseconds(random_() % 15000));
            ::kill(recovery, SIGKILL);
            ::waitpid(recovery, nullptr, 0);
        }
        int status = 0;
        ::waitpid(start({command_, "recover", journal()}), &status, 0);
        if (status != 0) ++count_.wrong, std::fprintf(stderr, "recover ended with %d\n", status);
        for (const auto& entry : std::filesystem::directory_iterator(journal()))
            if (entry.path().filename().string().starts_with(".wideline-"))
                ++count_.wrong, std::fprintf(stderr, "recover left %s\n", entry.path().c_str());
    }

    void check() {
        std::map<std::string, std::array<std::vector<std::uint8_t>, kThreads>> times;
        for (const auto& [run, ended] : ledgers_)
            for (std::uint64_t thread = 0; thread < kThreads; ++thread) times[run][thread].resize(ended[thread] + 1);
        FILE* const lines = ::popen(("'" + command_ + "' cat '" + journal() + "'").c_str(), "r");
        if (lines == nullptr) give_up("cannot run " + command_);
        char* line = nullptr;
        std::size_t room = 0;
        for (ssize_t size; (size = ::getline(&line, &room, lines)) > 0;) take(Json::parse(line, line + size), times);
        std::free(line);
        if (::pclose(lines) > 1 << 8) ++count_.wrong;
        for (const auto& [run, ended] : ledgers_)
            for (std::uint64_t thread = 0; thread < kThreads; ++thread)
                for (std::uint64_t number = 0; number <= ended[thread]; ++number) {
                    const std::uint8_t found = times[run][thread][number];
                    if (found > 1)
                        ++count_.twice,
                            std::fprintf(stderr, "%s %zu %zu: %d times\n", run.c_str(), thread, number, found);
                    if (number == ended[thread]) continue;
                    ++count_.accepted;
                    if (found != 0)
                        ++count_.found;
                    else
                        std::fprintf(stderr, "%s %zu %zu of %zu: lost\n", run.c_str(), thread, number, ended[thread]);
                }
    }

    void take(const Json& event, std::map<std::string, std::array<std::vector<std::uint8_t>, kThreads>>& times) {
        const bool crashed = event.at("outcome") == "crashed";
        count_.crashed += crashed ? 1 : 0;
        if (!event.contains("number")) {  // killed before it said which it was
            if (!crashed) wrong(event);
            return;
        }
        const std::string run = event.at("run");
        const std::uint64_t thread = event.at("thread");
        const std::uint64_t number = event.at("number");
        if (!times.contains(run) || number >= times[run][thread].size()) return wrong(event);
        ++times[run][thread][number];
        if (crashed) {
            if (number + 1 != times[run][thread].size()) wrong(event);
            return;
        }
        const bool whole = event.at("payload") == payload(thread, number) && event.at("last") == number &&
                           (number % 50 != 7 || event.at("helped") == number) &&
                           event.at("outcome") == (number % 20 == 3 ? "error" : "success");
        if (!whole) wrong(event);
    }

    void wrong(const Json& event) {
        ++count_.wrong;
        std::fprintf(stderr, "not as it was written: %.300s\n", event.dump().c_str());
    }

    void report() const {
        std::printf(
            "%llu processes killed: %llu events accepted, %llu found, %llu found twice; %llu under way, %llu wrong\n",
            static_cast<unsigned long long>(count_.processes), static_cast<unsigned long long>(count_.accepted),
            static_cast<unsigned long long>(count_.found), static_cast<unsigned long long>(count_.twice),
            static_cast<unsigned long long>(count_.crashed), static_cast<unsigned long long>(count_.wrong));
        std::fflush(stdout);
    }

    std::string self_;
    std::string command_;
    std::string directory_;
    std::mt19937_64 random_{std::random_device{}()};
    std::map<std::string, std::array<std::uint64_t, kThreads>> ledgers_;
    Count count_;
};

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() == 5 && arguments[0] == "victim")
        return be_victim(arguments[1], arguments[2], arguments[3], arguments[4]);
    if (arguments.size() == 4 && arguments[0] == "soak")
        return Soak(argv[0], arguments[3], arguments[2]).run(std::chrono::seconds(std::stol(arguments[1]))) ? 0 : 1;
    give_up("usage: crashes soak SECONDS DIRECTORY COMMAND");
}

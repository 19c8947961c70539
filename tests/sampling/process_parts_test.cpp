// One budget over the processes of a machine.
#include "sampling/process_parts.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <wideline/wideline.hpp>

#include "catch.hpp"
#include "journal/test_batch.hpp"

using namespace std::chrono_literals;
using wideline::platform::FileSystem;
using wideline::sampling::ProcessParts;
using wideline::testing_journal::TemporaryDirectory;
namespace wl = wideline;

namespace {

constexpr std::uint64_t kBudget = 77;
constexpr std::int64_t kSecond = 1'000'000'000;

std::unique_ptr<ProcessParts> process(const TemporaryDirectory& dir) {
    auto opened = ProcessParts::open(dir.path("budgets"), FileSystem::real());
    REQUIRE(opened.ok());
    return std::move(opened.value());
}

}  // namespace

TEST_CASE("Each process has the part of a budget that it has of the traffic, and together they have all of it",
          "[sampling][processes]") {
    const TemporaryDirectory dir;
    const auto busy = process(dir);
    const auto quiet = process(dir);
    const auto other_budget = process(dir);
    CHECK(busy->part(kBudget, 900, kSecond) == Approx(1));
    CHECK(other_budget->part(kBudget + 2, 900, kSecond) == Approx(1));
    static_cast<void>(quiet->part(kBudget, 100, kSecond));
    const double of_busy = busy->part(kBudget, 900, kSecond);
    const double of_quiet = quiet->part(kBudget, 100, kSecond);
    CHECK(of_busy == Approx(0.9).epsilon(0.05));
    CHECK(of_busy + of_quiet == Approx(1));
    static_cast<void>(quiet->part(kBudget, 0, kSecond));
    CHECK(quiet->part(kBudget, 0, kSecond) > 0);
}

TEST_CASE("A process that died is forgotten within seconds, and one that ended at once", "[sampling][processes]") {
    const TemporaryDirectory dir;
    const auto alive = process(dir);
    const auto killed = process(dir);
    auto ended = process(dir);
    for (ProcessParts* const one : {alive.get(), killed.get(), ended.get()})
        static_cast<void>(one->part(kBudget, 100, kSecond));
    CHECK(alive->part(kBudget, 100, kSecond) == Approx(1.0 / 3));
    ended.reset();
    CHECK(alive->part(kBudget, 100, kSecond) == Approx(0.5));
    CHECK(alive->part(kBudget, 100, 2 * kSecond) == Approx(0.5));
    CHECK(alive->part(kBudget, 100, 4 * kSecond) == Approx(1));  // `killed` said nothing for so long
    // It was only stopped.
    static_cast<void>(killed->part(kBudget, 100, 4 * kSecond));
    CHECK(alive->part(kBudget, 100, 4 * kSecond) == Approx(0.5));
}

TEST_CASE("Places of the dead are taken again, and what is from before the machine's start counts as dead",
          "[sampling][processes]") {
    const TemporaryDirectory dir;
    std::vector<std::unique_ptr<ProcessParts>> many;
    for (int i = 0; i < 256; ++i) {
        many.push_back(process(dir));
        static_cast<void>(many.back()->part(kBudget, 1, 1000 * kSecond));
    }
    const auto one_more = process(dir);
    CHECK(one_more->part(kBudget, 1, 1000 * kSecond) == Approx(1.0 / 257));
    CHECK(one_more->part(kBudget, 1, kSecond) == Approx(1));
    CHECK(one_more->part(kBudget, 1, kSecond) == Approx(1));
}

TEST_CASE("The file is for its owner alone, and one that is not ours is left as it is", "[sampling][processes]") {
    const TemporaryDirectory dir;
    const auto mine = process(dir);
    struct stat found {};
    REQUIRE(::stat(dir.path("budgets").c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0600);

    std::ofstream(dir.path("foreign")) << "something else of some length";
    REQUIRE(::chmod(dir.path("foreign").c_str(), 0600) == 0);
    CHECK_FALSE(ProcessParts::open(dir.path("foreign"), FileSystem::real()).ok());
    REQUIRE(::chmod(dir.path("foreign").c_str(), 0644) == 0);
    CHECK_FALSE(ProcessParts::open(dir.path("foreign"), FileSystem::real()).ok());
    CHECK_FALSE(ProcessParts::open(dir.path("nowhere/budgets"), FileSystem::real()).ok());
}

namespace {

/// A worker of a service: 300 requests a second for 3 s. Returns how many it kept after the first second.
std::uint64_t work(const std::string& journal) {
    wl::Options options;
    options.service.name = "pre-fork";
    options.sampler = wl::TailSampler{}.adaptive("all", {.events_per_second = 60, .across_processes = true});
    options.sinks = {wl::journal(journal)};
    options.memory = std::size_t{4} << 20;
    wl::Recorder recorder(std::move(options));
    const auto begin = std::chrono::steady_clock::now();
    std::uint64_t before = 0;
    int sent = 0;
    for (auto now = begin; now < begin + 3s; now = std::chrono::steady_clock::now()) {
        const int due = static_cast<int>(std::chrono::duration<double>(now - begin).count() * 300);
        for (; sent < due; ++sent) wl::Request request{"r", recorder};
        if (now < begin + 1s) before = recorder.stats().kept;
        std::this_thread::sleep_for(3ms);
    }
    return recorder.stats().kept - before;
}

}  // namespace

TEST_CASE("Four forked processes keep one budget together", "[sampling][processes]") {
    const TemporaryDirectory dir;
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    std::vector<pid_t> workers;
    for (int i = 0; i < 4; ++i) {
        const pid_t worker = ::fork();
        REQUIRE(worker >= 0);
        if (worker == 0) {
            const std::uint64_t kept = work(dir.path("journal"));
            const bool told = ::write(pipe[1], &kept, sizeof kept) == sizeof kept;
            ::_exit(told ? 0 : 1);
        }
        workers.push_back(worker);
    }
    std::uint64_t kept = 0;
    for (std::size_t i = 0; i < workers.size(); ++i) {
        std::uint64_t of_one = 0;
        REQUIRE(::read(pipe[0], &of_one, sizeof of_one) == sizeof of_one);
        kept += of_one;
    }
    for (const pid_t worker : workers) {
        int status = 0;
        REQUIRE(::waitpid(worker, &status, 0) == worker);
        CHECK(status == 0);
    }
    ::close(pipe[0]);
    ::close(pipe[1]);
    // 2 s of 60 a second. Each by itself would have kept as many.
    CHECK(kept > 70);
    CHECK(kept < 200);
}

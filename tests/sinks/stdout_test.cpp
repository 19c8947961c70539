// Standard output as services find it: shared, non-blocking, on a disk that fills up.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <system_error>
#include <thread>

#include <nlohmann/json.hpp>
#include <wideline/wideline.hpp>

#include "catch.hpp"
#include "journal/test_batch.hpp"

using namespace std::chrono_literals;
using wideline::testing_journal::contents_of;
using wideline::testing_journal::event_line;
using wideline::testing_journal::TemporaryDirectory;
using wideline::testing_journal::TestBatch;
namespace wl = wideline;

namespace {

/// Standard output leads elsewhere while it lives.
class StdoutTo {
public:
    explicit StdoutTo(int descriptor) : before_(::dup(STDOUT_FILENO)) {
        std::fflush(stdout);
        ::dup2(descriptor, STDOUT_FILENO);
    }
    ~StdoutTo() {
        ::dup2(before_, STDOUT_FILENO);
        ::close(before_);
    }
    StdoutTo(const StdoutTo&) = delete;
    StdoutTo& operator=(const StdoutTo&) = delete;

private:
    int before_;
};

/// While it lives, no file of this process grows past `bytes`: a write is cut short there, and the next one fails.
class FilesEndAt {
public:
    explicit FilesEndAt(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit least{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &least);
    }
    ~FilesEndAt() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }
    FilesEndAt(const FilesEndAt&) = delete;
    FilesEndAt& operator=(const FilesEndAt&) = delete;

private:
    void (*handler_)(int);
    rlimit before_{};
};

TestBatch batch_of(int first, int count) {
    std::string lines;
    for (int i = 0; i < count; ++i) lines += event_line(first + i, 0);
    return {lines, static_cast<std::uint64_t>(count), 0, 0};
}

/// What `service` returns, run by a process of its own whose stdout is `descriptor`; -signal if that ended it.
template <class Service>
int with_stdout(int descriptor, Service service) {
    std::fflush(stdout);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(descriptor, STDOUT_FILENO);
        ::close(descriptor);
        ::_exit(service());
    }
    ::close(descriptor);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

wl::Options to_stdout() { return {.service = {.name = "shop"}, .sinks = {wl::stdout_sink()}}; }

void serve(wl::Recorder& recorder, int requests) {
    for (int i = 0; i < requests; ++i) {
        wl::Request request{"served", recorder};
        request.event().set("text", std::string(1000, 'x'));
    }
}

}  // namespace

TEST_CASE("A reader of stdout that goes away ends no service, and what it did not read is counted as lost") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    ::close(ends[0]);
    CHECK(with_stdout(ends[1], [] {
              std::signal(SIGPIPE, SIG_DFL);
              wl::Recorder recorder(to_stdout());
              serve(recorder, 10);
              recorder.flush(5s);
              const wl::Stats stats = recorder.stats();
              return stats.lost.sink_failed == 10 && stats.delivered == 0 && !stats.last_error.empty() ? 0 : 1;
          }) == 0);
}

TEST_CASE("A reader of stdout that has stopped holds up the end of a recorder no longer than shutdown_timeout") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    CHECK(with_stdout(ends[1], [] {
              const auto began = std::chrono::steady_clock::now();
              {
                  wl::Options options = to_stdout();
                  options.shutdown_timeout = 200ms;
                  wl::Recorder recorder(std::move(options));
                  serve(recorder, 1000);  // more than a pipe holds
              }
              return std::chrono::steady_clock::now() - began < 100 * 200ms ? 0 : 1;
          }) == 0);
    ::close(ends[0]);
}

TEST_CASE("A pipe on stdout that somebody made non-blocking, with a slow reader, loses no event") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    REQUIRE(::fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
    std::string got;
    std::jthread reader([&] {
        std::this_thread::sleep_for(50ms);  // until the pipe is full
        char part[4096];
        for (ssize_t count = 0; (count = ::read(ends[0], part, sizeof part)) > 0;)
            got.append(part, static_cast<std::size_t>(count));
    });
    std::string expected;
    {
        const StdoutTo pipe(ends[1]);
        const wl::SinkPtr sink = wl::stdout_sink();
        for (int i = 0; i < 4; ++i) {
            const TestBatch batch = batch_of(1000 * i, 1000);
            expected += batch.json_lines();
            sink->deliver(batch);
        }
    }
    ::close(ends[1]);
    reader.join();
    ::close(ends[0]);
    CHECK(expected.size() > 200'000);  // more than a pipe holds
    CHECK(got == expected);
}

TEST_CASE("A line on stdout that a full disk has cut is ended before the next line, so that every line is whole") {
    const TemporaryDirectory dir;
    const int file = ::open(dir.path("out").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    REQUIRE(file >= 0);
    int failures = 0;
    {
        const StdoutTo out(file);
        const wl::SinkPtr sink = wl::stdout_sink();
        {
            const FilesEndAt limit(1000);
            for (int i = 0; i < 3; ++i) {  // the first fails in a line, the next at once
                try {
                    sink->deliver(batch_of(100 * i, 100));
                } catch (const std::system_error& failure) {
                    failures += failure.code().value() == EFBIG ? 1 : 0;
                }
            }
        }
        sink->deliver(batch_of(300, 2));
    }
    ::close(file);
    CHECK(failures == 3);
    const std::string text = contents_of(dir.path("out"));
    std::string_view rest = text;
    int next = 0;
    while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        REQUIRE(end != std::string_view::npos);
        const auto event = nlohmann::json::parse(rest.substr(0, end), nullptr, false);
        INFO(rest.substr(0, end));
        REQUIRE(event.is_object());
        if (event.at("number") == 300) {
            CHECK(next > 5);
            next = 300;
        }
        CHECK(event.at("number") == next++);
        rest.remove_prefix(end + 1);
    }
    CHECK(next == 302);
}

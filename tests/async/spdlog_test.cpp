// Lines of spdlog as notes: those of a request are in its event, and in no other.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <spdlog/async.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>
#include <wideline/spdlog.hpp>
#include <wideline/testing.hpp>
#include <wideline/wideline.hpp>

#include "catch.hpp"

namespace wl = wideline;

TEST_CASE("A line that is logged within a request is a note of its event, with level and source") {
    wl::testing::Capture capture;
    spdlog::logger log("old", std::make_shared<wl::spdlog_sink>());
    log.set_level(spdlog::level::trace);
    {
        WIDELINE_REQUEST("order");
        log.info("reserving {} items", 3);
        log.log(spdlog::source_loc{"cart.cpp", 42, "reserve"}, spdlog::level::warn, "item {} is short", 7);
        log.error("out of stock");
    }
    const auto event = capture.events().at(0);
    const auto& notes = event.at("notes");
    REQUIRE(notes.size() == 3);
    CHECK(notes[0].at("text") == "reserving 3 items");
    CHECK(notes[0].at("level") == "info");
    CHECK_FALSE(notes[0].contains("file"));
    CHECK(notes[1].at("text") == "item 7 is short");
    CHECK(notes[1].at("level") == "warning");
    CHECK(notes[1].at("file") == "cart.cpp");
    CHECK(notes[1].at("line") == 42);
    CHECK(notes[2].at("level") == "error");
    CHECK(event.at("outcome") == "success");
}

TEST_CASE("An error line fails the request only if that was chosen") {
    wl::testing::Capture capture;
    spdlog::logger log("old", std::make_shared<wl::spdlog_sink>(wl::ErrorLine::fail));
    {
        WIDELINE_REQUEST("order");
        log.warn("a warning");
    }
    {
        WIDELINE_REQUEST("order");
        log.error("out of stock");
        log.critical("still out of stock");
    }
    const auto events = capture.events();
    REQUIRE(events.size() == 2);
    CHECK(events[0].at("outcome") == "success");
    CHECK(events[1].at("outcome") == "error");
    CHECK(events[1].at("error.type") == "log");
    CHECK(events[1].at("error.message") == "out of stock");
    CHECK(events[1].at("notes").at(0).at("text") == "out of stock");
}

TEST_CASE("Of requests on several threads each has its own lines") {
    wl::testing::Capture capture;
    spdlog::logger log("old", std::make_shared<wl::spdlog_sink>());
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread)
        threads.emplace_back([&, thread] {
            for (int i = 0; i < 50; ++i) {
                WIDELINE_REQUEST("order");
                wl::set("id", thread * 50 + i);
                for (int line = 0; line < 3; ++line) log.info("{}", thread * 50 + i);
            }
        });
    for (std::thread& thread : threads) thread.join();
    const auto events = capture.events();
    REQUIRE(events.size() == 200);
    int right = 0;
    for (const auto& event : events) {
        const std::string id = std::to_string(event.at("id").get<int>());
        const auto& notes = event.at("notes");
        right +=
            notes.size() == 3 && notes[0].at("text") == id && notes[1].at("text") == id && notes[2].at("text") == id;
    }
    CHECK(right == 200);
}

namespace {

/// What goes to standard error while this lives.
class StandardError {
public:
    StandardError() : file_(std::tmpfile()), before_(::dup(STDERR_FILENO)) {
        REQUIRE(file_ != nullptr);
        ::dup2(::fileno(file_), STDERR_FILENO);
    }
    ~StandardError() {
        ::dup2(before_, STDERR_FILENO);
        ::close(before_);
        std::fclose(file_);
    }
    StandardError(const StandardError&) = delete;
    StandardError& operator=(const StandardError&) = delete;

    [[nodiscard]] std::string text() const {
        std::string text(4096, '\0');
        const auto size = ::pread(::fileno(file_), text.data(), text.size(), 0);
        text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
        return text;
    }

private:
    std::FILE* file_;
    int before_;
};

}  // namespace

TEST_CASE("Lines of an asynchronous logger go to no request, not even to one of the logger's own thread") {
    std::vector<nlohmann::json> events;
    wl::Recorder recorder = wl::install({.service = {.name = "shop"}, .sinks = {wl::memory_sink(&events)}});
    std::optional<wl::Request> of_the_thread;
    std::string said;
    {
        const StandardError standard_error;
        auto pool = std::make_shared<spdlog::details::thread_pool>(
            128, 1, [&] { of_the_thread.emplace("logging"); }, [&] { of_the_thread.reset(); });
        const auto log = std::make_shared<spdlog::async_logger>("old", std::make_shared<wl::spdlog_sink>(), pool);
        {
            WIDELINE_REQUEST("order");
            for (int i = 0; i < 10; ++i) log->info("line {}", i);
        }
        pool.reset();  // when all lines have come to the sink
        said = standard_error.text();
    }
    CHECK(recorder.stats().orphan_writes == 0);
    CHECK(recorder.flush(std::chrono::seconds(10)));
    REQUIRE(events.size() == 2);
    for (const auto& event : events) CHECK_FALSE(event.contains("notes"));
    CHECK(said.find("asynchronous spdlog logger") != std::string::npos);
    CHECK(said.find("asynchronous spdlog logger") == said.rfind("asynchronous spdlog logger"));
}

#if defined(SPDLOG_VERSION) && SPDLOG_VERSION >= 11400
TEST_CASE("spdlog's mapped diagnostic context becomes fields") {
    wl::testing::Capture capture;
    spdlog::logger log("old", std::make_shared<wl::spdlog_sink>());
    {
        WIDELINE_REQUEST("order");
        spdlog::mdc::put("tenant", "acme");
        log.info("a line");
        spdlog::mdc::clear();
    }
    CHECK(capture.events().at(0).at("tenant") == "acme");
}
#endif

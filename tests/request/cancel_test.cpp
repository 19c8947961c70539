#include "request/recorded_events.hpp"

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>

#include "catch.hpp"

using request_test::Json;
using request_test::RecordedEvents;
namespace wl = wideline;

TEST_CASE("A cancelled request has its outcome and its reason, and is no error anywhere") {
    std::atomic<std::uint64_t> errors{0};
    wl::Options options;
    options.sinks.push_back(wl::callback_sink([&](const wl::Batch& batch) { errors += batch.errors(); }));
    RecordedEvents log{options};
    {
        wl::Request request{"download", log.recorder()};
        wl::cancel("client closed the connection");
        request.cancel("operation aborted");
    }
    const Json event = log.event();
    CHECK(event.at("outcome") == "cancelled");
    CHECK(event.at("cancel.reason") == "client closed the connection");
    CHECK(event.at("notes")[0].at("text") == "operation aborted");
    CHECK_FALSE(event.contains("error.type"));
    CHECK(event.at("sample_rule") == "otherwise");
    CHECK(errors == 0);
    const std::string metrics = log.recorder().metrics();
    CHECK(metrics.find("wideline_requests_total{name=\"download\"} 1\n") != std::string::npos);
    CHECK(metrics.find("wideline_request_errors_total{name=\"download\"} 0\n") != std::string::npos);
}

TEST_CASE("A cancelled request is sampled as a success, and a rule can ask for it") {
    RecordedEvents log{{.sampler = wl::TailSampler{}
                                       .keep("uploads", wl::cancelled() && wl::name() == "upload")
                                       .keep("by outcome", wl::field("outcome") == "cancelled" && wl::name() == "sync")
                                       .otherwise(0)}};
    for (const char* const name : {"upload", "sync", "download", "download"}) {
        wl::Request request{name, log.recorder()};
        wl::cancel("gone");
    }
    { wl::Request request{"upload", log.recorder()}; }
    CHECK(log.events().size() == 2);
    CHECK(log.event("upload").at("sample_rule") == "uploads");
    CHECK(log.event("sync").at("sample_rule") == "by outcome");
    CHECK(log.stats().sampled_away == 3);
}

TEST_CASE("A request that failed is an error, before or after it was cancelled") {
    RecordedEvents log{{.sampler = wl::TailSampler{}.otherwise(0)}};
    {
        wl::Request request{"fail first", log.recorder()};
        wl::fail({.type = "timeout"});
        wl::cancel("gone");
    }
    {
        wl::Request request{"cancel first", log.recorder()};
        wl::cancel("gone");
        wl::fail({.type = "timeout"});
    }
    {
        wl::Request request{"status", log.recorder()};
        wl::cancel("gone");
        wl::set("http.response.status_code", 503);
    }
    try {
        wl::Request request{"exception", log.recorder()};
        wl::cancel("gone");
        throw std::runtime_error("while cleaning up");
    } catch (const std::exception&) {
    }
    REQUIRE(log.events().size() == 4);
    for (const Json& event : log.events()) {
        CHECK(event.at("outcome") == "error");
        CHECK(event.at("cancel.reason") == "gone");
    }
}

TEST_CASE("Another thread of a request may cancel it, and one that comes late is counted") {
    RecordedEvents log;
    wl::Handle handle;
    const auto cancel_elsewhere = [&] {
        std::thread([&] {
            const wl::Attach attach{handle};
            wl::cancel("gone");
        }).join();
    };
    {
        wl::Request request{"r", log.recorder()};
        handle = request.handle();
        cancel_elsewhere();
    }
    const auto late = log.stats().late_writes;
    cancel_elsewhere();
    CHECK(log.stats().late_writes == late + 1);
    CHECK(log.event().at("outcome") == "cancelled");
}

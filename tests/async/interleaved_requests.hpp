// What every style of asynchronous code is tested with: requests that write their id before and after each suspension,
// in an order that mixes all of them, and a look at all events afterwards.
#pragma once

#include <cstddef>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <wideline/wideline.hpp>

#include "catch.hpp"
#include "request/recorded_events.hpp"

namespace async_test {

using request_test::Json;
using request_test::RecordedEvents;

constexpr int kRequests = 200;

/// A request in code that suspends within functions (fibers, stackful coroutines).
template <class Suspend>
void job(const wideline::Recorder& recorder, int id, Suspend suspend) {
    wideline::Request request{"job", recorder};
    wideline::set("id", id);
    wideline::append("steps", id);
    suspend();
    wideline::append("steps", id);
    {
        auto timing = wideline::time("upstream");
        suspend();
        wideline::Request child{"query", recorder};
        wideline::set("of", id);
        suspend();
        wideline::set("of.after", id);
    }
    wideline::append("steps", id);
    suspend();
    wideline::append("steps", id);
    if (id % 10 == 3) wideline::fail({.type = "declined", .message = std::to_string(id)});
    if (id % 10 == 4) throw std::runtime_error("no stock");
}

[[nodiscard]] inline bool nothing_is_current() { return !wideline::handle() && wideline::Flow::inside() == nullptr; }

/// Holds the events of `kRequests` jobs, each of which wrote its id `steps` times, against what each would have written
/// if it had been alone.
inline void check_jobs(RecordedEvents& log, std::size_t steps, std::uint64_t interleaved_before) {
    std::vector<Json> jobs(kRequests);
    std::vector<Json> queries(kRequests);
    for (Json& event : log.events()) {
        if (event.at("name") == "job")
            jobs.at(event.at("id").get<std::size_t>()) = event;
        else
            queries.at(event.at("of").get<std::size_t>()) = event;
    }
    std::set<std::string> traces;
    for (int id = 0; id < kRequests; ++id) {
        INFO("request " << id);
        const Json& job = jobs[static_cast<std::size_t>(id)];
        const Json& query = queries[static_cast<std::size_t>(id)];
        REQUIRE(job.is_object());
        CHECK(job.at("steps") == Json(std::vector<int>(steps, id)));
        CHECK(job.at("upstream.count") == 1);
        CHECK_FALSE(job.contains("parent_span_id"));
        CHECK(job.at("outcome") == (id % 10 == 3 || id % 10 == 4 ? "error" : "success"));
        if (id % 10 == 3) CHECK(job.at("error.message") == std::to_string(id));
        REQUIRE(query.is_object());
        CHECK(query.at("of.after") == id);
        CHECK(query.at("parent_span_id") == job.at("span_id"));
        CHECK(query.at("trace_id") == job.at("trace_id"));
        traces.insert(job.at("trace_id"));
    }
    CHECK(traces.size() == kRequests);
    CHECK(nothing_is_current());
    const wideline::Stats stats = log.stats();
    CHECK(stats.in_flight == 0);
    CHECK(stats.started == 2 * kRequests);
    CHECK(stats.kept == 2 * kRequests);
    CHECK(stats.delivered == 2 * kRequests);
    CHECK(stats.late_writes == 0);
    CHECK(stats.interleaved == interleaved_before);
}

}  // namespace async_test

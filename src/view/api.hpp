// What the page asks its server: JSON answers over a journal.
//
//   GET /api/summary   q since until errors by buckets quick
//   GET /api/events    q since until errors before limit
//   GET /api/event     id
//   GET /api/version
//
//   q        as view::match_of takes it: name=checkout duration_ms>500 "two words" user.id="two words"
//   since    microseconds since 1970 UTC: events that began then or later; until: before then
//   errors   1: only events that failed
//   by       a field: its values, with how many requests each
//   buckets  how many parts the span of time is cut into: 1 to 500 (60)
//   quick    1: by the frames' indexes alone, without reading one event: a frame's requests are spread evenly over its
//            span of time. Only where q is empty, else it is ignored; "exact" says which it was
//   before   the id of an event: only older ones. limit: so many at most, 1 to 500 (50)
//   id       of an event: its time and a hash of its line. It stays the same when segments are merged or renamed
//
// summary: {version, exact, events, requests, errors, from, to, buckets: [[requests that went well, that failed], …],
//          duration_ms: {p50, p90, p95, p99} | null, by: {field, values: [{value, requests, errors, events}, …],
//          others: {the same} | null} | null, journal: {frames, events}, problems: [sentence, …]}
// events:  {version, events: [{id, time, failed, weight, fields}, …], more, problems}, the newest first
// event:   {id, time, failed, weight, fields, trace: [events, at most 200, the oldest first]}
// version: {version}: another number where the journal has changed
//
// requests and errors are estimates: sums of sample_weight. fields is [[key, JSON text], …] in the order of the line;
// the values are text, for a 64-bit number is not one in a browser. A bad parameter is 400, an event that is not there
// 404, both {error: sentence}.
#pragma once

#include <map>
#include <string>

#include "platform/file_system.hpp"
#include "view/frame_catalogue.hpp"

namespace wideline::view {

struct Answer {
    int status = 200;
    std::string body;
};

/// Any thread. `files` must outlive it. Memory: the catalogue, and for each answer that is being made a frame a core,
/// 10,000 values of the field and 16 bytes for each of 4 million durations.
class Api {
public:
    using Parameters = std::multimap<std::string, std::string>;

    static constexpr std::size_t kMostValues = 10'000;
    static constexpr std::size_t kValuesShown = 50;
    static constexpr std::size_t kMostOfATrace = 200;

    Api(platform::FileSystem& files, std::vector<std::string> paths) : files_(files), catalogue_(files, paths) {}

    /// `path` as "/api/summary"; 404 where there is no such.
    [[nodiscard]] Answer get(const std::string& path, const Parameters& parameters);

private:
    platform::FileSystem& files_;
    FrameCatalogue catalogue_;
};

}  // namespace wideline::view

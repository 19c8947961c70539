// One event, written by a test and read back as the line that the sinks were given.
#pragma once

#include <wideline/wideline.hpp>

#include <chrono>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace event_test {

using Json = nlohmann::ordered_json;

/// Strict: an object with the same key twice throws, at whatever depth.
inline Json parse(std::string_view line) {
    std::vector<std::set<std::string>> open;
    return Json::parse(line, [&](int, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start) open.emplace_back();
        if (event == Json::parse_event_t::object_end) open.pop_back();
        if (event == Json::parse_event_t::key && !open.back().insert(parsed.get<std::string>()).second)
            throw std::runtime_error("the key " + parsed.dump() + " is there twice");
        return true;
    });
}

/// A recorder that keeps every line; not installed.
class EventLog {
public:
    explicit EventLog(wideline::Options options = {}) : recorder_(with_sink(std::move(options), lines_)) {}

    [[nodiscard]] wideline::Recorder& recorder() { return recorder_; }
    [[nodiscard]] wideline::Stats stats() const { return recorder_.stats(); }

    /// Runs `write` in a request of its own. Its line comes with the others in `take_lines`.
    template <class Write>
    void log(Write write) {
        wideline::Request request{"test", recorder_};
        write();
    }
    /// Those of all requests since the last call, in their order on this thread.
    std::vector<std::string> take_lines() {
        if (!recorder_.flush(std::chrono::seconds(60))) throw std::runtime_error("the recorder does not deliver");
        return std::exchange(lines_, {});
    }

    /// The line of one request.
    template <class Write>
    std::string line(Write write) {
        log(std::move(write));
        const std::vector<std::string> lines = take_lines();
        if (lines.size() != 1) throw std::runtime_error(std::to_string(lines.size()) + " lines of one request");
        return lines.front();
    }
    template <class Write>
    Json event(Write write) {
        return parse(line(std::move(write)));
    }
    /// The event without what the library stamps by itself; error.* and wideline.truncated stay.
    template <class Write>
    Json fields(Write write) {
        return without_stamps(event(std::move(write)));
    }

    static Json without_stamps(const Json& event) {
        static const std::set<std::string> kStamps = {
            "timestamp",     "name",         "duration_ms",         "outcome",          "trace_id",      "span_id",
            "event_id",      "service.name", "service.environment", "service.instance", "sample_weight", "sample_rule",
            "parent_span_id"};
        Json fields = Json::object();
        for (const auto& [key, value] : event.items())
            if (!kStamps.contains(key)) fields[key] = value;
        return fields;
    }

private:
    static wideline::Options with_sink(wideline::Options options, std::vector<std::string>& lines) {
        options.sinks = {wideline::memory_sink(&lines)};
        return options;
    }

    std::vector<std::string> lines_;
    wideline::Recorder recorder_;
};

/// The fields of one event, as JSON text; whatever differs in type (1, 1.0) differs here.
template <class Write>
std::string logged(Write write) {
    return EventLog().fields(std::move(write)).dump();
}

}  // namespace event_test

#include "forward/forward_metrics.hpp"

#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "forward/route/route.hpp"

namespace wideline::delivery {
namespace {

/// Names of routes and reasons need no escapes: they are of few characters.
std::string labels(const RouteStats& route, std::string_view more = {}) {
    return fmt::format("{{forward=\"{}\",target=\"{}\"{}{}}}", route.forward, route.target, more.empty() ? "" : ",",
                       more);
}

class Text {
public:
    void family(std::string_view name, std::string_view type, std::string_view help) {
        fmt::format_to(std::back_inserter(text_), "# HELP wideline_forward_{0} {2}\n# TYPE wideline_forward_{0} {1}\n",
                       name, type, help);
    }
    template <class Value>
    void sample(std::string_view name, std::string_view labels, const Value& value) {
        fmt::format_to(std::back_inserter(text_), "wideline_forward_{}{} {}\n", name, labels, value);
    }
    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    std::string text_;
};

void append_events(Text& text, const ForwardStats& stats) {
    const auto counter = [&](std::string_view name, std::string_view help, auto value_of) {
        const std::string full = fmt::format("events_{}_total", name);
        text.family(full, "counter", help);
        for (const RouteStats& route : stats.routes) text.sample(full, labels(route), value_of(route));
    };
    const auto by_reason = [&](std::string_view name, std::string_view help, auto counts_of) {
        const std::string full = fmt::format("events_{}_total", name);
        text.family(full, "counter", help);
        for (const RouteStats& route : stats.routes)
            for (const auto& [reason, count] : counts_of(route))
                text.sample(full, labels(route, fmt::format("reason=\"{}\"", reason)), count);
    };
    counter("seen", "Events of the journal: delivered, skipped, dead, lost and waiting.",
            [](const RouteStats& route) { return route.seen; });
    counter("delivered", "Events that the target has confirmed.", [](const RouteStats& r) { return r.delivered; });
    counter("skipped", "Events that are not selected.", [](const RouteStats& route) { return route.skipped; });
    by_reason("dead", "Events that became dead letters.", [](const RouteStats& r) { return r.dead_by_reason; });
    by_reason("lost", "Events that cannot be delivered any more.",
              [](const RouteStats& r) { return r.lost_by_reason; });
    counter("repeated", "Events that were sent although they may have been delivered before.",
            [](const RouteStats& route) { return route.repeated; });
}

void append_requests(Text& text, const ForwardStats& stats) {
    const auto metric = [&](std::string_view name, std::string_view type, std::string_view help, auto value_of) {
        text.family(name, type, help);
        for (const RouteStats& route : stats.routes) text.sample(name, labels(route), value_of(route));
    };
    metric("batches_total", "counter", "Batches that were begun.", [](const RouteStats& r) { return r.batches; });
    metric("request_bytes_total", "counter", "Bytes of lines in requests, before compression.",
           [](const RouteStats& route) { return route.request_bytes; });
    text.family("retries_total", "counter", "Requests that failed and are sent again.");
    for (const RouteStats& route : stats.routes)
        for (const auto& [reason, count] : route.retries)
            text.sample("retries_total", labels(route, fmt::format("reason=\"{}\"", reason)), count);
    metric("bisections_total", "counter", "Refused batches that were sent again in two parts.",
           [](const RouteStats& route) { return route.bisections; });
    text.family("request_seconds", "histogram", "Durations of requests.");
    for (const RouteStats& route : stats.routes) {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < route.request_seconds.size(); ++i) {
            sum += route.request_seconds[i];
            const std::string bound =
                i < std::size(kRequestSeconds) ? fmt::format("{}", kRequestSeconds[i]) : std::string("+Inf");
            text.sample("request_seconds_bucket", labels(route, fmt::format("le=\"{}\"", bound)), sum);
        }
        text.sample("request_seconds_sum", labels(route), route.request_seconds_sum);
        text.sample("request_seconds_count", labels(route), sum);
    }
    metric("in_flight", "gauge", "Requests under way.", [](const RouteStats& route) { return route.in_flight; });
}

void append_state(Text& text, const ForwardStats& stats) {
    const auto metric = [&](std::string_view name, std::string_view type, std::string_view help, auto value_of) {
        text.family(name, type, help);
        for (const RouteStats& route : stats.routes) text.sample(name, labels(route), value_of(route));
    };
    metric("undelivered_bytes", "gauge", "Compressed bytes in the journal that wait.",
           [](const RouteStats& route) { return route.undelivered_bytes; });
    metric("oldest_undelivered_seconds", "gauge", "Age of the oldest event that waits.",
           [](const RouteStats& route) { return static_cast<double>(route.oldest_undelivered.count()) / 1000; });
    metric("dead_letters", "gauge", "Dead letters on disk.",
           [](const RouteStats& route) { return route.dead_letters; });
    metric("dead_letter_bytes", "gauge", "Their bytes.",
           [](const RouteStats& route) { return route.dead_letter_bytes; });
    text.family("state", "gauge", "What the route does.");
    for (const RouteStats& route : stats.routes)
        for (const std::string_view state : {"delivering", "idle", "delayed", "backing_off", "held", "standby"})
            text.sample("state", labels(route, fmt::format("state=\"{}\"", state)), route.state == state ? 1 : 0);
    metric("insecure", "gauge", "Whether the target's server is not verified.",
           [](const RouteStats& route) { return route.insecure ? 1 : 0; });
    metric("cursors_lost_total", "counter", "Cursors that could not be read.",
           [](const RouteStats& route) { return route.cursors_lost; });
    metric("gaps_total", "counter", "Frames that were missing.", [](const RouteStats& route) { return route.gaps; });
    metric("damaged_frames_total", "counter", "Frames that could not be read.",
           [](const RouteStats& route) { return route.damaged_frames; });
    text.family("reload_errors_total", "counter", "Configurations that were refused.");
    text.sample("reload_errors_total", "", stats.reload_errors);
}

}  // namespace

std::string metrics_text(const ForwardStats& stats) {
    Text text;
    append_events(text, stats);
    append_requests(text, stats);
    append_state(text, stats);
    return text.take();
}

}  // namespace wideline::delivery

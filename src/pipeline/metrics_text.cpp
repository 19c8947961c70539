#include "pipeline/metrics_text.hpp"

#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "encoding/utf8.hpp"

namespace wideline::pipeline {
namespace {

using Names = std::map<std::string, NameMetrics>;

void begin_family(std::string& to, std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(to), "# TYPE wideline_{0} {1}\n# HELP wideline_{0} {2}\n", name, type, help);
}

std::string escaped(std::string_view label) {
    std::string text;
    for (const char c : label) {
        if (c == '\n') {
            text += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') text += '\\';
        text += c;
    }
    return text;
}

void append_counter(std::string& to, std::string_view name, std::string_view help, std::uint64_t value) {
    begin_family(to, name, "counter", help);
    fmt::format_to(std::back_inserter(to), "wideline_{}_total {}\n", name, value);
}

void append_gauge(std::string& to, std::string_view name, std::string_view help, std::uint64_t value) {
    begin_family(to, name, "gauge", help);
    fmt::format_to(std::back_inserter(to), "wideline_{} {}\n", name, value);
}

/// One counter for each value of a label.
template <class Values>
void append_counters(std::string& to, std::string_view name, std::string_view help, std::string_view label,
                     const Values& values) {
    begin_family(to, name, "counter", help);
    for (const auto& [value, count] : values)
        fmt::format_to(std::back_inserter(to), "wideline_{}_total{{{}=\"{}\"}} {}\n", name, label, escaped(value),
                       count);
}

std::string seconds_of(std::uint64_t nanoseconds) {
    return fmt::format("{}.{:09}", nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000);
}

void append_exemplar(std::string& to, const Exemplar& exemplar) {
    fmt::format_to(std::back_inserter(to), " # {{trace_id=\"{:016x}{:016x}\"}} {} {}.{:06}", exemplar.trace_id_high,
                   exemplar.trace_id_low, seconds_of(static_cast<std::uint64_t>(exemplar.duration_ns)),
                   exemplar.ended_us / 1'000'000, exemplar.ended_us % 1'000'000);
}

void append_durations(std::string& to, std::string_view name, const NameMetrics& metrics) {
    const std::string label = escaped(name);
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < kDurationBounds.size(); ++i) {
        count += metrics.durations[i];
        fmt::format_to(std::back_inserter(to), "wideline_request_duration_seconds_bucket{{name=\"{}\",le=\"{}\"}} {}",
                       label, kDurationBounds[i].seconds, count);
        if (metrics.exemplars[i].exists()) append_exemplar(to, metrics.exemplars[i]);
        to += '\n';
    }
    fmt::format_to(std::back_inserter(to),
                   "wideline_request_duration_seconds_count{{name=\"{0}\"}} {1}\n"
                   "wideline_request_duration_seconds_sum{{name=\"{0}\"}} {2}\n",
                   label, count, seconds_of(metrics.nanoseconds));
}

void append_requests(std::string& to, const Names& names) {
    std::map<std::string_view, std::uint64_t> requests;
    std::map<std::string_view, std::uint64_t> errors;
    for (const auto& [name, metrics] : names) {
        requests[name] = metrics.requests;
        errors[name] = metrics.errors;
    }
    append_counters(to, "requests", "Requests that ended, those sampled away too.", "name", requests);
    append_counters(to, "request_errors", "Those of them that failed.", "name", errors);
    begin_family(to, "request_duration_seconds", "histogram", "How long requests took, those sampled away too.");
    to += "# UNIT wideline_request_duration_seconds seconds\n";
    for (const auto& [name, metrics] : names) append_durations(to, name, metrics);
}

void append_flow(std::string& to, const Stats& stats) {
    append_counter(to, "requests_started", "Requests that began.", stats.started);
    append_gauge(to, "requests_in_flight", "Requests that have not ended.", stats.in_flight);
    append_counter(to, "requests_discarded", "Requests that ended without an event.", stats.discarded);
    std::map<std::string, std::uint64_t> by_rule;
    std::uint64_t replaced = 0;
    for (const auto& [rule, requests] : stats.sampled_away_by_rule)
        by_rule[std::string(json_text::valid_utf8(rule, replaced))] += requests;
    append_counters(to, "events_sampled_away", "Events that a sampling rule did not keep.", "rule", by_rule);
    append_counter(to, "events_thinned", "Those of them that stress relief did not keep.", stats.thinned);
    append_gauge(to, "stressed", "1 while stress relief thins events.", stats.stressed ? 1 : 0);
    append_counter(to, "events_kept", "Events that were kept.", stats.kept);
    append_counter(to, "events_delivered", "Kept events that every sink has taken.", stats.delivered);
    append_gauge(to, "events_queued", "Kept events that are not delivered yet.", stats.queued);
    const std::pair<std::string_view, std::uint64_t> lost[] = {
        {"queue_full", stats.lost.queue_full},   {"journal_stalled", stats.lost.journal_stalled},
        {"sink_failed", stats.lost.sink_failed}, {"no_memory", stats.lost.no_memory},
        {"shutdown", stats.lost.shutdown},       {"in_child", stats.lost.in_child}};
    append_counters(to, "events_lost", "Kept events that were not delivered, by reason.", "reason", lost);
    append_counter(to, "error_events_lost", "Those of them that had failed.", stats.lost_errors);
}

void append_particulars(std::string& to, const Stats& stats) {
    append_counter(to, "batches", "Batches given to the sinks.", stats.batches);
    append_counter(to, "json_bytes", "Bytes of the JSON lines that were delivered.", stats.json_bytes);
    append_counter(to, "events_recovered", "Events of processes that died, written at the start.",
                   stats.recovered_events);
    append_counter(to, "events_removed", "Events in files that retention removed.", stats.removed_events);
    append_counter(to, "events_retroactive", "Events sampled away and delivered after all, as context.",
                   stats.retroactive);
    append_counter(to, "retroactive_events_lost", "The same, but not delivered.", stats.lost_retroactive);
    append_counter(to, "orphan_writes", "Writes with no request current, in the whole process.", stats.orphan_writes);
    append_counter(to, "late_writes", "Writes after their request had ended, in the whole process.", stats.late_writes);
    append_counter(to, "interleaved_requests",
                   "Scopes that did not end in the order of their thread, in the whole process.", stats.interleaved);
    append_counter(to, "truncated_events", "Events that hit a limit.", stats.truncated_events);
    append_counter(to, "damaged_events", "Events written as far as they were whole.", stats.damaged_events);
    std::vector<std::pair<std::string, std::uint64_t>> redacted;
    std::uint64_t replaced = 0;
    for (const auto& [rule, values] : stats.redacted_by_rule)
        redacted.emplace_back(json_text::valid_utf8(rule, replaced), values);
    append_counters(to, "redacted_values", "Values that redaction took, by rule.", "rule", redacted);
    append_counter(to, "invalid_utf8", "Sequences of bytes that became U+FFFD.", stats.invalid_utf8);
    append_counter(to, "not_finite", "Numbers and times that became null.", stats.not_finite);
    append_counter(to, "malformed_traceparents", "Headers that were ignored.", stats.malformed_traceparents);
    append_counter(to, "predicate_errors", "Rules whose predicate threw.", stats.predicate_errors);
    append_counter(to, "enrich_errors", "Calls of Options::enrich that threw.", stats.enrich_errors);
    append_counter(to, "reload_errors", "Samplers that could not be used.", stats.reload_errors);
}

}  // namespace

void NameMetrics::add(const NameMetrics& more) noexcept {
    requests += more.requests;
    errors += more.errors;
    nanoseconds += more.nanoseconds;
    for (std::size_t i = 0; i < durations.size(); ++i) {
        durations[i] += more.durations[i];
        if (more.exemplars[i].ended_us > exemplars[i].ended_us) exemplars[i] = more.exemplars[i];
    }
}

std::string metrics_text(const Names& names, const Stats& stats) {
    std::string text;
    append_requests(text, names);
    append_flow(text, stats);
    append_particulars(text, stats);
    text += "# EOF\n";
    return text;
}

}  // namespace wideline::pipeline

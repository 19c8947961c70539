#include "cli/stats.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/input.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "encoding/printable.hpp"
#include "read/statistics.hpp"
#include "request/request_totals.hpp"

namespace wideline::cli {
namespace {

using read::GroupStatistics;
using read::Statistics;

constexpr std::array<double, 3> kShares = {0.5, 0.9, 0.99};

/// Frames, as far as their indexes tell of what was sampled away.
struct Frames {
    /// Of some events alone nobody tells: an index is of its whole frame.
    bool cut_by_selection = false;
    std::uint64_t with_index = 0;
    std::uint64_t without_index = 0;
};

/// Of requests or errors: what was counted, or else what is estimated.
struct Figure {
    double value;
    double low;
    double high;
    bool exact;
};

Figure figure(const GroupStatistics& group, const read::Estimate& estimate, std::uint64_t RequestTotals::*counted) {
    if (!group.totals) return {estimate.sum(), estimate.low(), estimate.high(), estimate.exact()};
    const auto value = static_cast<double>((*group.totals).*counted);
    return {value, value, value, true};
}
Figure requests(const GroupStatistics& group) { return figure(group, group.requests, &RequestTotals::requests); }
Figure errors(const GroupStatistics& group) { return figure(group, group.errors, &RequestTotals::errors); }

bool any_duration(const GroupStatistics& group) {
    return group.totals ? !group.totals->durations.empty() : !group.duration_ms.empty();
}
bool percentiles_exact(const GroupStatistics& group) { return !group.totals && group.duration_ms.exact(); }
double percentile(GroupStatistics& group, double share) {
    return group.totals ? detail::duration_ms_at(share, group.totals->durations) : group.duration_ms.at(share);
}

using Named = std::pair<std::string, GroupStatistics*>;

/// The groups with most requests first.
std::vector<Named> ranked(Statistics& statistics) {
    std::vector<Named> groups;
    for (auto& [key, group] : statistics.groups()) groups.emplace_back(key, &group);
    std::sort(groups.begin(), groups.end(), [](const Named& a, const Named& b) {
        const double of_a = requests(*a.second).value;
        const double of_b = requests(*b.second).value;
        return of_a != of_b ? of_a > of_b : a.first < b.first;
    });
    return groups;
}

double error_share(const GroupStatistics& group) {
    return requests(group).value > 0 ? errors(group).value / requests(group).value : 0;
}

// --- for programs

nlohmann::ordered_json as_json(GroupStatistics& group) {
    nlohmann::ordered_json json;
    json["requests"] = requests(group).value;
    json["requests_low"] = requests(group).low;
    json["requests_high"] = requests(group).high;
    json["errors"] = errors(group).value;
    json["errors_low"] = errors(group).low;
    json["errors_high"] = errors(group).high;
    json["counted"] = group.totals.has_value();
    json["error_share"] = error_share(group);
    for (const double share : kShares)
        json[fmt::format("p{:.0f}_ms", share * 100)] =
            any_duration(group) ? nlohmann::ordered_json(percentile(group, share)) : nullptr;
    json["percentiles_exact"] = percentiles_exact(group);
    json["kept"] = group.kept;
    return json;
}

std::string json_report(Statistics& statistics, const StatsOptions& options, const Frames& frames) {
    nlohmann::ordered_json json;
    json["by"] = options.by;
    json["groups"] = nlohmann::ordered_json::array();
    for (const auto& [key, group] : ranked(statistics)) {
        nlohmann::ordered_json entry;
        if (key == Statistics::kOtherGroups) {
            entry["other_groups"] = true;
        } else if (key == Statistics::kFurtherNames) {
            entry["further_names"] = true;
        } else {
            const auto value = nlohmann::ordered_json::parse(key, nullptr, false);
            entry["key"] = value.is_discarded() ? nlohmann::ordered_json(nullptr) : value;
        }
        entry.update(as_json(*group));
        json["groups"].push_back(std::move(entry));
    }
    json["total"] = as_json(statistics.total());
    json["sampled_away"] = statistics.sampled_away();
    json["frames_without_index"] = frames.without_index;
    if (frames.cut_by_selection) json["sampled_away"] = json["frames_without_index"] = nullptr;
    json["bad_lines"] = statistics.bad_lines();
    return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

// --- for people

std::string milliseconds(GroupStatistics& group, double share) {
    if (!any_duration(group)) return "-";
    const double value = percentile(group, share);
    const std::string text = value >= 100 ? with_thousands(value) : fmt::format("{:.1f}", value);
    return (percentiles_exact(group) ? "" : "~") + text;
}

std::string interval(const Figure& figure) {
    if (figure.exact) return "";
    return with_thousands(std::floor(figure.low)) + " to " + with_thousands(std::ceil(figure.high));
}

std::vector<std::string> row(const std::string& label, GroupStatistics& group) {
    return {label,
            with_thousands(requests(group).value),
            interval(requests(group)),
            with_thousands(errors(group).value),
            interval(errors(group)),
            fmt::format("{:.2f} %", 100 * error_share(group)),
            milliseconds(group, 0.5),
            milliseconds(group, 0.9),
            milliseconds(group, 0.99),
            with_thousands(static_cast<double>(group.kept))};
}

std::string label_of(const std::string& key) {
    constexpr std::size_t kWidestLabel = 60;
    if (key.empty()) return "(none)";
    return cut(printable(read::unescaped(key)), kWidestLabel);
}

std::string sampling_report(const Statistics& statistics, std::uint64_t kept, const Frames& frames) {
    if (frames.cut_by_selection)
        return "\nEstimated from the selected events: what was counted or sampled away is known of whole frames "
               "alone.\n";
    std::uint64_t away = 0;
    for (const auto& [rule, requests] : statistics.sampled_away()) away += requests;
    if (away == 0) return {};
    std::string text = fmt::format("\nSampled away {} by rule:", with_thousands(static_cast<double>(away)));
    for (const auto& [rule, requests] : statistics.sampled_away())
        text += fmt::format("  {} {}", printable(rule), with_thousands(static_cast<double>(requests)));
    text += fmt::format("\nKept {}; kept and sampled away together {}.\n", with_thousands(static_cast<double>(kept)),
                        with_thousands(static_cast<double>(kept + away)));
    if (frames.without_index != 0)
        text += fmt::format("{} frames have no index: what was sampled away before them is not counted.\n",
                            frames.without_index);
    return text;
}

std::string people_report(Statistics& statistics, const StatsOptions& options, const Frames& frames) {
    Table table({printable(options.by), "requests", "95 %", "errors", "95 %", "error share", "p50 ms", "p90 ms",
                 "p99 ms", "kept"});
    for (const auto& [key, group] : ranked(statistics)) table.add(row(label_of(key), *group));
    table.add_total(row("total", statistics.total()));
    return table.text() + sampling_report(statistics, statistics.total().kept, frames);
}

}  // namespace

ExitStatus stats(const StatsOptions& options) {
    Statistics statistics(options.by);
    read::Selection selection(bounds_of(options.selection));
    Frames frames;
    frames.cut_by_selection = !selection.takes_everything();
    Input input(options.paths);
    input.set_wanted([&selection](const auto& index) { return selection.of(&index) != read::Share::none; });
    ExitStatus status = input.for_each([&](const read::SegmentReader&, const read::Piece& piece) {
        if (piece.kind != read::Piece::Kind::lines) return;
        if (piece.index != nullptr) {
            ++frames.with_index;
        } else if (!piece.frame.empty()) {
            ++frames.without_index;
        }
        if (!frames.cut_by_selection) statistics.add_index(piece.index);
        const bool all = selection.of(piece.index) == read::Share::all;
        for_each_line(piece.lines, [&](std::string_view line) {
            if (all || selection.takes(line).value_or(true)) statistics.add_line(line);
        });
    });
    // What was counted of a frame that cannot be read is not known.
    if (status != ExitStatus::done || frames.cut_by_selection) statistics.add_index(nullptr);
    if (statistics.bad_lines() != 0) {
        complain(read::were_left_out(statistics.bad_lines()));
        status = worse(status, ExitStatus::nothing_or_problems);
    }
    statistics.use_totals();
    if (statistics.total().kept == 0 && !statistics.total().totals) {
        if (status == ExitStatus::done) complain(nothing_there(selection));
        return worse(status, ExitStatus::nothing_or_problems);
    }
    Output output;
    output.write(options.json ? json_report(statistics, options, frames) : people_report(statistics, options, frames));
    output.flush();
    return status;
}

}  // namespace wideline::cli

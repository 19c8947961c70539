#include "cli/stats.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/input.hpp"
#include "cli/output.hpp"
#include "cli/stat_groups.hpp"
#include "cli/stats_of.hpp"
#include "cli/table.hpp"
#include "encoding/printable.hpp"
#include "read/statistics.hpp"

namespace wideline::cli {
namespace {

using read::GroupStatistics;
using read::Statistics;

constexpr std::array<double, 3> kShares = {0.5, 0.9, 0.99};

/// Frames, as far as their indexes tell of what was sampled away.
struct Frames {
    /// Of some events alone nobody tells: an index is of its whole frame.
    bool cut_by_selection = false;
    std::uint64_t without_index = 0;
    std::uint64_t counted = 0;
    std::uint64_t not_counted = 0;
    /// What is damaged or unreadable is in no figure.
    bool all_read = true;

    void take(const read::Piece& piece) {
        if (piece.frame.empty()) return;  // lines of no frame, or of one that is too large to have an index
        ++(piece.index != nullptr && piece.index->totals ? counted : not_counted);
        if (piece.index == nullptr) ++without_index;
    }
};

/// Of requests or errors: what was counted, and what of the others is estimated.
struct Figure {
    double value;
    double low;
    double high;
    bool exact;
};

Figure figure(const GroupStatistics& group, const read::Estimate& estimate, std::uint64_t RequestTotals::*counted) {
    const double sure = group.totals ? static_cast<double>((*group.totals).*counted) : 0;
    return {sure + estimate.sum(), sure + estimate.low(), sure + estimate.high(), estimate.exact()};
}
Figure requests(const GroupStatistics& group) { return figure(group, group.requests, &RequestTotals::requests); }
Figure errors(const GroupStatistics& group) { return figure(group, group.errors, &RequestTotals::errors); }

bool is_counted(const GroupStatistics& group) { return group.totals && group.estimated_from == 0; }
bool percentiles_exact(const GroupStatistics& group) { return !group.totals && group.duration_ms.exact(); }

std::vector<Named<GroupStatistics>> ranked(Statistics& statistics, const read::Grouping& by) {
    return in_order(statistics.groups(), by, [](const GroupStatistics& group) { return requests(group).value; });
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
    json["counted"] = is_counted(group);
    json["counted_requests"] = group.totals ? group.totals->requests : 0;
    json["estimated_from"] = group.estimated_from;
    json["error_share"] = error_share(group);
    for (const double share : kShares)
        json[fmt::format("p{:.0f}_ms", share * 100)] = group.duration_ms.empty()
                                                           ? nlohmann::ordered_json(nullptr)
                                                           : nlohmann::ordered_json(group.duration_ms.at(share));
    json["percentiles_exact"] = percentiles_exact(group);
    json["kept"] = group.kept;
    return json;
}

std::string json_report(Statistics& statistics, const StatsOptions& options, const read::Grouping& by,
                        const Frames& frames) {
    nlohmann::ordered_json json;
    say_grouping(json, options);
    json["groups"] = nlohmann::ordered_json::array();
    for (const auto& [key, group] : ranked(statistics, by)) {
        nlohmann::ordered_json entry;
        say_key(entry, key);
        entry.update(as_json(*group));
        json["groups"].push_back(std::move(entry));
    }
    json["total"] = as_json(statistics.total());
    json["sampled_away"] = statistics.sampled_away();
    json["lost"] = nlohmann::ordered_json::array();
    for (const LostEvents& one : statistics.lost())
        json["lost"].push_back(
            {{"rule", one.rule.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(one.rule)},
             {"reason", name_of(one.reason)},
             {"events", one.events},
             {"errors", one.errors},
             {"requests", one.weight}});
    json["lost_in_no_group"] = statistics.lost_in_no_group();
    json["frames_without_index"] = frames.without_index;
    json["frames_counted"] = frames.counted;
    json["frames_estimated"] = frames.not_counted;
    if (frames.cut_by_selection)
        for (const char* const of_whole_frames :
             {"sampled_away", "frames_without_index", "frames_counted", "frames_estimated"})
            json[of_whole_frames] = nullptr;
    json["all_read"] = frames.all_read;
    json["bad_lines"] = statistics.bad_lines();
    return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

// --- for people

std::string milliseconds(GroupStatistics& group, double share) {
    if (group.duration_ms.empty()) return "-";
    const double value = group.duration_ms.at(share);
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

/// Which part of the total was counted and which is estimated, if it is of both.
std::string sources_report(const GroupStatistics& total, const Frames& frames) {
    const auto frames_text = [](std::uint64_t count) {
        return with_thousands(static_cast<double>(count)) + (count == 1 ? " frame" : " frames");
    };
    std::string text;
    if (total.totals && total.estimated_from != 0)
        text =
            fmt::format("\nCounted: {} requests, in {}. Estimated: {} requests, from {} events in {} without counts.\n",
                        with_thousands(static_cast<double>(total.totals->requests)), frames_text(frames.counted),
                        with_thousands(total.requests.sum()), with_thousands(static_cast<double>(total.estimated_from)),
                        frames.not_counted == 0 ? "lines" : frames_text(frames.not_counted));
    if (!frames.all_read) text += "\nRequests of what could not be read are in none of these figures.\n";
    return text;
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

std::string loss_report(const Statistics& statistics) {
    if (statistics.lost().empty()) return {};
    std::string text =
        "\nLost " + printable(losses_text(statistics.lost())) +
        ".\nWhat was counted has them; what is estimated is corrected, as if the kept events of a rule were a "
        "sample of it.\n";
    if (statistics.lost_in_no_group() > 0)
        text += fmt::format("Of these, {} requests are in the total alone: near them is no event of their rule.\n",
                            with_thousands(statistics.lost_in_no_group()));
    return text;
}

std::string people_report(Statistics& statistics, const StatsOptions& options, const read::Grouping& by,
                          const Frames& frames) {
    const std::vector<std::string> head = {heading_of(options), "requests", "95 %",   "errors", "95 %",
                                           "error share",       "p50 ms",   "p90 ms", "p99 ms", "kept"};
    Table table(head);
    std::string before;
    for (const auto& [key, group] : ranked(statistics, by)) {
        add_empty_spans(table, head.size(), by, before, key);
        table.add(row(label_of(key), *group), by.span() ? requests(*group).value : 0);
        before = key;
    }
    table.add_total(row("total", statistics.total()));
    return table.text() + sources_report(statistics.total(), frames) +
           sampling_report(statistics, statistics.total().kept, frames) + loss_report(statistics);
}

}  // namespace

ExitStatus stats(const StatsOptions& options) {
    if (!options.of.empty()) return stats_of(options);
    const read::Grouping by = grouping_of(options);
    Statistics statistics(by);
    read::Selection selection(bounds_of(options.selection));
    Frames frames;
    frames.cut_by_selection = !selection.takes_everything();
    Input input(options.paths);
    input.set_wanted([&selection](const auto& index) { return selection.of(&index) != read::Share::none; });
    ExitStatus status = input.for_each([&](const read::SegmentReader&, const read::Piece& piece) {
        if (piece.kind != read::Piece::Kind::lines) return;
        frames.take(piece);
        statistics.begin_frame(piece.index, piece.lines);
        if (!frames.cut_by_selection) statistics.add_index(piece.index);
        const bool all = selection.of(piece.index) == read::Share::all;
        for_each_line(piece.lines, [&](std::string_view line) {
            if (all || selection.takes(line).value_or(true)) statistics.add_line(line);
        });
    });
    frames.all_read = status == ExitStatus::done;
    status = with_missing_times(status, selection.without_time());
    if (statistics.bad_lines() != 0) {
        complain(read::were_left_out(statistics.bad_lines()));
        status = worse(status, ExitStatus::nothing_or_problems);
    }
    statistics.finish();
    if (statistics.total().kept == 0 && !statistics.total().totals) {
        if (status == ExitStatus::done) complain(nothing_there(selection));
        return worse(status, ExitStatus::nothing_or_problems);
    }
    Output output;
    output.write(options.json ? json_report(statistics, options, by, frames)
                              : people_report(statistics, options, by, frames));
    output.flush();
    return status;
}

}  // namespace wideline::cli

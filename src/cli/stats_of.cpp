#include "cli/stats_of.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/input.hpp"
#include "cli/output.hpp"
#include "cli/stat_groups.hpp"
#include "cli/table.hpp"
#include "encoding/printable.hpp"
#include "read/loss_correction.hpp"
#include "read/number_summary.hpp"

namespace wideline::cli {
namespace {

using read::NumberSummaries;
using read::NumberSummary;

constexpr std::array<double, 4> kShares = {0.5, 0.9, 0.95, 0.99};

std::vector<Named<NumberSummary>> ranked(NumberSummaries& summaries, const read::Grouping& by) {
    for (auto& [key, group] : summaries.groups()) group.requests.place_among(summaries.total().requests);
    return in_order(summaries.groups(), by, [](const NumberSummary& group) { return group.requests.sum(); });
}

// --- for programs

nlohmann::ordered_json as_json(NumberSummary& group) {
    const auto known = [&group](double value) {
        return group.values.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(value);
    };
    nlohmann::ordered_json json;
    json["requests"] = group.requests.sum();
    json["requests_low"] = group.requests.low();
    json["requests_high"] = group.requests.high();
    json["mean"] = known(group.mean());
    for (const double share : kShares) json[fmt::format("p{:.0f}", share * 100)] = known(group.values.at(share));
    json["max"] = known(group.greatest);
    json["percentiles_exact"] = group.values.exact();
    json["kept"] = group.kept;
    return json;
}

std::string json_report(NumberSummaries& summaries, const StatsOptions& options, const read::Grouping& by) {
    nlohmann::ordered_json json;
    json["of"] = options.of;
    say_grouping(json, options);
    json["groups"] = nlohmann::ordered_json::array();
    for (const auto& [key, group] : ranked(summaries, by)) {
        nlohmann::ordered_json entry;
        say_key(entry, key);
        entry.update(as_json(*group));
        json["groups"].push_back(std::move(entry));
    }
    json["total"] = as_json(summaries.total());
    json["events_without"] = summaries.without();
    json["bad_lines"] = summaries.bad_lines();
    return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

// --- for people

std::string number_text(double value) {
    const double size = std::abs(value);
    return size >= 1000 && size < 1e15 ? with_thousands(value) : fmt::format("{:.4g}", value);
}

std::vector<std::string> row(const std::string& label, NumberSummary& group) {
    if (group.values.empty())
        return {label, "0", "-", "-", "-", "-", "-", "-", with_thousands(static_cast<double>(group.kept))};
    std::vector<std::string> cells = {label, with_thousands(group.requests.sum()), number_text(group.mean())};
    for (const double share : kShares)
        cells.push_back((group.values.exact() ? "" : "~") + number_text(group.values.at(share)));
    cells.push_back(number_text(group.greatest));
    cells.push_back(with_thousands(static_cast<double>(group.kept)));
    return cells;
}

std::string people_report(NumberSummaries& summaries, const StatsOptions& options, const read::Grouping& by,
                          const std::vector<LostEvents>& lost) {
    const std::vector<std::string> head = {
        heading_of(options), "requests", "mean", "p50", "p90", "p95", "p99", "max", "kept"};
    Table table(head);
    std::string before;
    for (const auto& [key, group] : ranked(summaries, by)) {
        add_empty_spans(table, head.size(), by, before, key);
        table.add(row(label_of(key), *group), by.span() ? group->requests.sum() : 0);
        before = key;
    }
    table.add_total(row("total", summaries.total()));
    std::string text = table.text();
    if (summaries.without() != 0)
        text += fmt::format("\n{} other events have no number in {}.\n",
                            with_thousands(static_cast<double>(summaries.without())), printable(options.of));
    if (!lost.empty())
        text += "\nLost " + printable(losses_text(lost)) +
                ".\nThe figures are corrected, as if the kept events of a rule were a sample of it.\n";
    return text;
}

}  // namespace

ExitStatus stats_of(const StatsOptions& options) {
    const read::Grouping by = grouping_of(options);
    NumberSummaries summaries(options.of, by);
    read::Selection selection(bounds_of(options.selection));
    Input input(options.paths);
    read::LossCorrection correction;
    double left = 0;
    ExitStatus status = for_each_selected_line(
        input, selection, [&](std::string_view line) { summaries.add_line(line, correction.factor_of(line)); },
        [&](const read::Piece& piece) {
            correction.begin(read::lost_of(piece.index), piece.lines);
            left += correction.left().requests;
        });
    if (left > 0) {
        complain("the figures lack " + with_thousands(left) +
                 " requests of events that were lost: near them is no event of their rule");
        status = worse(status, ExitStatus::nothing_or_problems);
    }
    if (summaries.bad_lines() != 0) {
        complain(read::were_left_out(summaries.bad_lines()));
        status = worse(status, ExitStatus::nothing_or_problems);
    }
    if (summaries.total().kept == 0) {
        if (status == ExitStatus::done)
            complain(summaries.without() == 0 ? std::string(nothing_there(selection))
                                              : "no event has a number in " + options.of);
        return worse(status, ExitStatus::nothing_or_problems);
    }
    Output output;
    output.write(options.json ? json_report(summaries, options, by)
                              : people_report(summaries, options, by, input.lost()));
    output.flush();
    return status;
}

}  // namespace wideline::cli

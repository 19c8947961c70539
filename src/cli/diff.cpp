#include "cli/diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "cli/input.hpp"
#include "cli/line_workers.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "encoding/printable.hpp"
#include "read/difference.hpp"

namespace wideline::cli {
namespace {

using Json = nlohmann::ordered_json;
using read::Difference;
using read::Differences;
using read::DifferenceTally;
using read::Sides;

constexpr std::size_t kShownRows = 30;
constexpr std::size_t kWidestText = 50;

std::string name_of_selection(const DiffOptions& options) {
    std::string name;
    for (const std::string& condition : options.where) name += (name.empty() ? "" : ", ") + condition;
    if (name.empty()) name = "errors";
    for (const std::string& condition : options.within)
        name += (&condition == &options.within.front() ? " within " : ", ") + condition;
    return name;
}

// --- for programs

Json parsed(const std::string& text) {
    Json value = Json::parse(text, nullptr, false);
    return value.is_discarded() ? Json(text) : value;
}

Json side_json(const Sides& counts, double share, std::size_t side) {
    return {{"events", counts.events[side]}, {"requests", counts.weight[side]}, {"share", share}};
}

std::string for_programs(const Differences& found, const Sides& total, const DiffOptions& options) {
    Json json;
    json["selection"] = name_of_selection(options);
    json["selected"] = {{"events", total.events[0]}, {"requests", total.weight[0]}};
    json["rest"] = {{"events", total.events[1]}, {"requests", total.weight[1]}};
    json["differences"] = Json::array();
    for (const Difference& one : found.ranked) {
        Json entry = {{"field", one.field}};
        if (one.value.empty()) {
            entry["absent"] = true;
        } else if (one.upto.empty()) {
            entry["value"] = parsed(one.value);
        } else {
            entry["from"] = parsed(one.value);
            entry["to"] = parsed(one.upto);
        }
        entry["selected"] = side_json(one.counts, one.selected_share, 0);
        entry["rest"] = side_json(one.counts, one.rest_share, 1);
        entry["difference"] = one.selected_share - one.rest_share;
        entry["g2"] = one.g2;
        entry["p"] = one.p;
        json["differences"].push_back(std::move(entry));
    }
    json["tested"] = found.tested;
    json["left_out"] = found.too_various;
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

// --- for people

std::string value_text(const Difference& one) {
    if (one.value.empty()) return "(absent)";
    if (!one.upto.empty()) return one.value == one.upto ? one.value : one.value + " … " + one.upto;
    return cut(printable(read::unescaped(one.value)), kWidestText);
}

struct Row {
    const Difference* difference;
    std::string fields;
};

/// Fields that the same events lack are one row.
std::vector<Row> rows_of(const Differences& found) {
    std::vector<Row> rows;
    for (const Difference& one : found.ranked) {
        const auto same = std::find_if(rows.begin(), rows.end(), [&one](const Row& row) {
            return one.value.empty() && row.difference->value.empty() &&
                   row.difference->counts.events == one.counts.events &&
                   row.difference->counts.weight == one.counts.weight;
        });
        if (same == rows.end())
            rows.push_back({&one, printable(one.field)});
        else
            same->fields += ", " + printable(one.field);
    }
    return rows;
}

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string events_text(std::uint64_t events) { return with_thousands(static_cast<double>(events)); }

std::string for_people(const Differences& found, const Sides& total, const DiffOptions& options) {
    std::string text =
        fmt::format("{}: {} requests ({} events); the rest: {} requests ({} events)\n\n",
                    printable(name_of_selection(options)), with_thousands(total.weight[0]),
                    events_text(total.events[0]), with_thousands(total.weight[1]), events_text(total.events[1]));
    if (found.ranked.empty()) {
        text += "No field value sets them apart by more than chance may.\n";
    } else {
        Table table({"field", "value", "selected", "rest", "difference", "selected events", "rest events"});
        table.align_left(1);
        const std::vector<Row> rows = rows_of(found);
        for (std::size_t i = 0; i < std::min(kShownRows, rows.size()); ++i) {
            const Difference& one = *rows[i].difference;
            table.add({cut(rows[i].fields, kWidestText), value_text(one), percent(one.selected_share),
                       percent(one.rest_share), fmt::format("{:+.1f} %", 100 * (one.selected_share - one.rest_share)),
                       events_text(one.counts.events[0]), events_text(one.counts.events[1])});
        }
        text += table.text();
        if (rows.size() > kShownRows)
            text += fmt::format("… and {} more: --json has them all\n", rows.size() - kShownRows);
    }
    if (found.too_various.empty()) return text;
    text +=
        fmt::format("\nLeft out, for nearly every event has a value of its own: {} field{}:", found.too_various.size(),
                    found.too_various.size() == 1 ? "" : "s");
    for (const std::string& name : found.too_various) text += " " + printable(name);
    return text + "\n";
}

}  // namespace

ExitStatus diff(const DiffOptions& options) {
    const auto match = read::Match::parse(options.where);
    if (!match.ok()) throw std::invalid_argument(match.failure().sentence());
    const auto within = read::Match::parse(options.within);
    if (!within.ok()) throw std::invalid_argument(within.failure().sentence());
    read::Selection selection(bounds_of(options.selection));
    LineWorkers<DifferenceTally> workers(
        [&] { return std::make_unique<DifferenceTally>(match.value(), within.value()); });
    Input input(options.paths);
    ExitStatus status = for_each_selected(
        input, selection, [&](std::string_view lines) { workers.add(lines, read::LineBatch::Form::compressed); });
    const std::unique_ptr<DifferenceTally> tally = workers.finish();
    if (tally->bad_lines() != 0) {
        complain(read::were_left_out(tally->bad_lines()));
        status = worse(status, ExitStatus::nothing_or_problems);
    }
    status = with_losses(status, input);
    const Sides& total = tally->total();
    if (total.events[0] == 0 || total.events[1] == 0) {
        if (total.events[0] + total.events[1] == 0) {
            if (status == ExitStatus::done)
                complain(options.within.empty() ? nothing_there(selection) : "no event matches what --within asks for");
        } else if (total.events[0] == 0) {
            complain("no event is one of: " + name_of_selection(options) + "; select others by --where");
        } else {
            complain("all events are of: " + name_of_selection(options) + "; there is no rest to compare them with");
        }
        return worse(status, ExitStatus::nothing_or_problems);
    }
    const Differences found = tally->differences();
    Output output;
    output.write(options.json ? for_programs(found, total, options) : for_people(found, total, options));
    output.flush();
    return status;
}

}  // namespace wideline::cli

#include "cli/cost.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/cost_cpu.hpp"
#include "cli/input.hpp"
#include "cli/line_workers.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "encoding/printable.hpp"
#include "read/cost.hpp"
#include "read/time_text.hpp"

namespace wideline::cli {
namespace {

using read::Cost;
using read::CostTally;
using read::LineBatch;
using read::Piece;
using Named = std::pair<std::string, Cost>;

constexpr double kDaysOfMonth = 30;
constexpr std::string_view kRetroactive = "retroactive";
constexpr double kMicrosecondsOfDay = 86'400e6;

/// Where the files' bytes are, besides the events.
struct Files {
    /// Of some events alone: then `bytes` is what these take, and nothing else is told, for it is of whole frames.
    bool of_selection = false;
    std::uint64_t bytes = 0;
    std::uint64_t indexes = 0;
    std::uint64_t other = 0;     ///< Seek tables, and other programs' skippable frames.
    std::uint64_t left_out = 0;  ///< Damaged, or frames that another segment has too.
    std::uint64_t frames_without_index = 0;
    std::map<std::string, std::uint64_t> sampled_away;  ///< Requests by rule, as the indexes say.
};

struct RuleRow {
    std::string rule;
    Cost cost;
    std::uint64_t sampled_away = 0;
    double saved_raw = 0;
    double saved = 0;
};

std::vector<Named> dearest_first(std::vector<Named> costs) {
    std::sort(costs.begin(), costs.end(), [](const Named& a, const Named& b) {
        return a.second.stored != b.second.stored ? a.second.stored > b.second.stored : a.first < b.first;
    });
    return costs;
}

double per_event(double bytes, std::uint64_t events) { return events == 0 ? 0 : bytes / static_cast<double>(events); }

/// Everything that is told, worked out once for both forms.
class Report {
public:
    Report(const CostTally& tally, const Files& files) : tally_(tally), files_(files), total_(tally.total()) {
        fields_ = dearest_first(tally.fields());
        make_rules();
        const double microseconds =
            static_cast<double>(tally.greatest_time()) - static_cast<double>(tally.least_time());
        if (microseconds > 0) months_ = kDaysOfMonth * kMicrosecondsOfDay / microseconds;
    }

    [[nodiscard]] std::string for_programs() const {
        nlohmann::ordered_json json;
        json["events"] = total_.events;
        json["requests"] = total_.weight;
        json["raw_bytes"] = total_.raw;
        json["compressed_bytes"] = total_.stored;
        json["index_bytes"] = files_.indexes;
        json["other_bytes"] = files_.other;
        json["left_out_bytes"] = files_.left_out;
        json["file_bytes"] = files_.bytes;
        json["raw_bytes_per_event"] = per_event(static_cast<double>(total_.raw), total_.events);
        json["file_bytes_per_event"] = per_event(static_cast<double>(files_.bytes), total_.events);
        json["fields"] = nlohmann::ordered_json::array();
        for (const auto& [name, cost] : fields_) {
            nlohmann::ordered_json entry = {{"field", name}};
            entry.update(as_json(cost));
            json["fields"].push_back(std::move(entry));
        }
        json["braces_and_line_ends"] = as_json(tally_.frame_of_lines());
        if (tally_.other_fields().events != 0) json["other_fields"] = as_json(tally_.other_fields());
        if (tally_.bad_lines().events != 0) json["bad_lines"] = as_json(tally_.bad_lines());
        json["rules"] = nlohmann::ordered_json::array();
        for (const RuleRow& row : rules_) {
            nlohmann::ordered_json entry;
            entry["rule"] = row.rule.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(row.rule);
            entry.update(as_json(row.cost));
            entry["requests"] = row.cost.weight;
            entry["sampled_away"] = row.sampled_away;
            entry["saved_raw_bytes"] = row.saved_raw;
            entry["saved_bytes"] = row.saved;
            json["rules"].push_back(std::move(entry));
        }
        json["sampled_away"] = sampled_away_;
        json["saved_raw_bytes"] = saved_raw_;
        json["saved_bytes"] = saved_;
        json["frames_without_index"] = files_.frames_without_index;
        json["month"] = month_json();
        if (files_.of_selection) leave_out_what_is_of_frames(json);
        return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
    }

    [[nodiscard]] std::string for_people() const { return field_table() + "\n" + rule_table() + "\n" + summary(); }

private:
    static void leave_out_what_is_of_frames(nlohmann::ordered_json& json) {
        for (const char* const key : {"index_bytes", "other_bytes", "left_out_bytes", "sampled_away", "saved_raw_bytes",
                                      "saved_bytes", "frames_without_index"})
            json[key] = nullptr;
        for (auto& rule : json["rules"])
            for (const char* const key : {"sampled_away", "saved_raw_bytes", "saved_bytes"}) rule[key] = nullptr;
    }

    void make_rules() {
        std::map<std::string, RuleRow> rules;
        for (const auto& [text, cost] : tally_.rules()) {
            const std::string rule = read::unescaped(text);
            rules[rule].cost.add(cost);
        }
        for (const auto& [rule, requests] : files_.sampled_away) rules[rule].sampled_away += requests;
        for (auto& [rule, row] : rules) {
            row.rule = rule;
            // A rule that keeps nothing would have kept events like the others.
            const Cost& like = row.cost.events != 0 ? row.cost : total_;
            const auto away = static_cast<double>(row.sampled_away);
            row.saved_raw = away * per_event(static_cast<double>(like.raw), like.events);
            row.saved = away * per_event(like.stored, like.events);
            if (rule == kRetroactive) {  // counted as sampled away by other rules, and yet in the files
                row.saved_raw -= static_cast<double>(row.cost.raw);
                row.saved -= row.cost.stored;
            }
            sampled_away_ += row.sampled_away;
            saved_raw_ += row.saved_raw;
            saved_ += row.saved;
            rules_.push_back(row);
        }
        std::stable_sort(rules_.begin(), rules_.end(),
                         [](const RuleRow& a, const RuleRow& b) { return a.cost.stored > b.cost.stored; });
    }

    [[nodiscard]] nlohmann::ordered_json as_json(const Cost& cost) const {
        return {{"events", cost.events},
                {"raw_bytes", cost.raw},
                {"compressed_bytes", cost.stored},
                {"share", share(cost.stored)},
                {"raw_bytes_per_event", per_event(static_cast<double>(cost.raw), cost.events)},
                {"compressed_bytes_per_event", per_event(cost.stored, cost.events)}};
    }
    [[nodiscard]] nlohmann::ordered_json month_json() const {
        if (months_ == 0) return nullptr;
        return {{"days", kDaysOfMonth},
                {"of_seconds", kDaysOfMonth * kMicrosecondsOfDay / months_ / 1e6},
                {"events", months_ * static_cast<double>(total_.events)},
                {"raw_bytes", months_ * static_cast<double>(total_.raw)},
                {"file_bytes", months_ * static_cast<double>(files_.bytes)}};
    }

    [[nodiscard]] double share(double stored) const {
        return files_.bytes == 0 ? 0 : stored / static_cast<double>(files_.bytes);
    }

    [[nodiscard]] std::vector<std::string> row(const std::string& label, double raw, double stored) const {
        return {label, raw == 0 ? "" : with_thousands(raw), with_thousands(stored),
                fmt::format("{:.1f} %", 100 * share(stored)), fmt::format("{:.1f}", per_event(stored, total_.events))};
    }
    [[nodiscard]] std::string field_table() const {
        Table table(
            {"field", "raw bytes", "compressed", files_.of_selection ? "of these" : "of the files", "an event"});
        const auto add = [&](const std::string& label, const Cost& cost) {
            if (cost.events != 0) table.add(row(label, static_cast<double>(cost.raw), cost.stored));
        };
        for (const auto& [name, cost] : fields_) add(short_label(name), cost);
        add("(other fields)", tally_.other_fields());
        add("(braces, line ends)", tally_.frame_of_lines());
        add("(lines that are no JSON objects)", tally_.bad_lines());
        const auto add_bytes = [&](const char* label, std::uint64_t bytes) {
            if (bytes != 0) table.add(row(label, 0, static_cast<double>(bytes)));
        };
        add_bytes("(indexes of frames)", files_.indexes);
        add_bytes("(seek tables, foreign frames)", files_.other);
        add_bytes("(damaged or repeated)", files_.left_out);
        table.add_total(
            row("total", static_cast<double>(total_.raw + tally_.bad_lines().raw), static_cast<double>(files_.bytes)));
        return table.text();
    }
    [[nodiscard]] std::string rule_table() const {
        Table table({"rule", "kept", "compressed", "an event", "sampled away", "saved"});
        for (const RuleRow& rule : rules_)
            table.add({short_label(rule.rule), with_thousands(static_cast<double>(rule.cost.events)),
                       with_thousands(rule.cost.stored),
                       fmt::format("{:.1f}", per_event(rule.cost.stored, rule.cost.events)),
                       of_frames(static_cast<double>(rule.sampled_away)), of_frames(rule.saved)});
        table.add_total({"total", with_thousands(static_cast<double>(total_.events)), with_thousands(total_.stored),
                         fmt::format("{:.1f}", per_event(total_.stored, total_.events)),
                         of_frames(static_cast<double>(sampled_away_)), of_frames(saved_)});
        return table.text();
    }
    [[nodiscard]] std::string of_frames(double number) const {
        return files_.of_selection ? "" : with_thousands(number);
    }
    [[nodiscard]] std::string summary() const {
        std::string text = fmt::format("An event takes {} bytes as a line and {:.1f} in its file.\n",
                                       with_thousands(per_event(static_cast<double>(total_.raw), total_.events)),
                                       per_event(static_cast<double>(files_.bytes), total_.events));
        if (sampled_away_ != 0)
            text += fmt::format("Without sampling the files would have {} more: {:.0f} % is saved.\n",
                                size_text(saved_), 100 * saved_ / (saved_ + static_cast<double>(files_.bytes)));
        if (files_.frames_without_index != 0)
            text += fmt::format("{} frames have no index: what was sampled away before them is not counted.\n",
                                files_.frames_without_index);
        if (months_ != 0)
            text += fmt::format("At the rate of these {}, a month takes {} ({} of lines).\n",
                                span_text(kDaysOfMonth * kMicrosecondsOfDay / months_ / 1e6),
                                size_text(months_ * static_cast<double>(files_.bytes)),
                                size_text(months_ * static_cast<double>(total_.raw)));
        if (files_.of_selection)
            text += "Of the selected events alone: indexes, and what was sampled away, are of whole frames.\n";
        return text;
    }

    static std::string short_label(const std::string& name) {
        constexpr std::size_t kWidestLabel = 60;
        if (name.empty()) return "(none)";
        return cut(printable(name), kWidestLabel);
    }
    static std::string span_text(double seconds) {
        if (seconds < 120) return fmt::format("{:.1f} seconds", seconds);
        if (seconds < 7200) return fmt::format("{:.1f} minutes", seconds / 60);
        if (seconds < 172'800) return fmt::format("{:.1f} hours", seconds / 3600);
        return fmt::format("{:.1f} days", seconds / 86'400);
    }

    const CostTally& tally_;
    const Files& files_;
    const Cost& total_;
    std::vector<Named> fields_;
    std::vector<RuleRow> rules_;
    std::uint64_t sampled_away_ = 0;
    double saved_raw_ = 0;
    double saved_ = 0;
    double months_ = 0;  ///< How many times the span of these events is in a month; 0 where it has no length.
};

}  // namespace

ExitStatus cost(const CostOptions& options) {
    if (options.cpu) return cost_cpu(options);
    const read::Selection::Bounds bounds = bounds_of(options.selection);
    const read::Selection selection(bounds);
    LineWorkers<CostTally> workers([&bounds] { return std::make_unique<CostTally>(bounds); });
    Files files;
    files.of_selection = !selection.takes_everything();
    std::uint64_t skipped = 0;
    Input input(options.paths);
    input.set_wanted([&selection](const auto& index) { return selection.of(&index) != read::Share::none; });
    ExitStatus status = input.for_each([&](const read::SegmentReader&, const Piece& piece) {
        if (piece.kind == Piece::Kind::skippable) files.other += piece.bytes;
        if (piece.kind == Piece::Kind::skipped) skipped += piece.offset + piece.bytes - piece.index_offset;
        if (piece.kind != Piece::Kind::lines) return;
        if (piece.index != nullptr) {
            files.indexes += piece.offset - piece.index_offset;
            for (const auto& [rule, requests] : piece.index->sampled_away) files.sampled_away[rule] += requests;
        } else if (!piece.frame.empty()) {
            ++files.frames_without_index;
        }
        const bool plain = piece.frame.empty() && piece.bytes != 0;
        workers.add(piece.lines, plain ? LineBatch::Form::plain : LineBatch::Form::compressed);
    });
    files.bytes = input.bytes_read();
    files.left_out = input.bytes_left_out();
    const std::unique_ptr<CostTally> tally = workers.finish();
    tally->settle(files.bytes - files.indexes - files.other - files.left_out - skipped - tally->total().plain -
                  tally->bad_lines().plain - tally->unselected().plain);
    if (files.of_selection) {
        files = {};
        files.of_selection = true;
        files.bytes = static_cast<std::uint64_t>(std::llround(tally->total().stored + tally->bad_lines().stored));
    }

    if (tally->bad_lines().events != 0) {
        complain(read::are_no_objects(tally->bad_lines().events));
        status = worse(status, ExitStatus::nothing_or_problems);
    }
    if (tally->total().events == 0) {
        if (status == ExitStatus::done) complain(nothing_there(selection));
        return worse(status, ExitStatus::nothing_or_problems);
    }
    const Report report(*tally, files);
    Output output;
    output.write(options.json ? report.for_programs() : report.for_people());
    output.flush();
    return status;
}

}  // namespace wideline::cli

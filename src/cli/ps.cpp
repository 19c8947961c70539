#include "cli/ps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "cli/input.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "encoding/printable.hpp"
#include "journal/open_requests.hpp"
#include "platform/terminal.hpp"
#include "read/event_line.hpp"
#include "read/match.hpp"

namespace wideline::cli {
namespace {

using journal_files::OpenRequest;
using platform::FileSystem;

constexpr auto kBetweenLooks = std::chrono::seconds(1);
constexpr std::size_t kWidestName = 40;
constexpr std::string_view kClear = "\x1b[H\x1b[2J\x1b[3J";

/// The fields that say nothing of one request while it is open: how it was sampled is not decided, and what a service
/// is, it is for all its requests.
bool is_undecided(std::string_view key) { return key == "sample_weight" || key == "sample_rule"; }
bool is_in_column(std::string_view key) {
    constexpr std::string_view kKeys[] = {"timestamp",      "name",           "duration_ms",    "outcome",
                                          "trace_id",       "span_id",        "parent_span_id", "event_id",
                                          "schema_version", "service.version"};
    return std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys) || key.starts_with("service.");
}

std::string age_text(double milliseconds) {
    if (milliseconds < 1000) return fmt::format("{:.0f} ms", milliseconds);
    const double seconds = milliseconds / 1000;
    if (seconds < 120) return fmt::format("{:.1f} s", seconds);
    if (seconds < 7200) return fmt::format("{:.1f} min", seconds / 60);
    return seconds < 172'800 ? fmt::format("{:.1f} h", seconds / 3600) : fmt::format("{:.1f} d", seconds / 86'400);
}

class Ps {
public:
    Ps(const PsOptions& options, read::Match match, std::vector<std::string> journals)
        : options_(options), match_(std::move(match)), matcher_(match_), journals_(std::move(journals)) {}

    ExitStatus run() {
        if (!options_.follow) return look();
        for (;;) {
            if (platform::stdout_is_terminal() && !options_.json) output_.write(kClear);
            const ExitStatus status = look();
            if (status == ExitStatus::unusable) return status;
            if (!platform::stdout_is_terminal()) output_.write("\n");
            output_.flush();
            std::this_thread::sleep_for(kBetweenLooks);
            if (Output::is_closed()) throw ClosedPipe{};
        }
    }

private:
    ExitStatus look() {
        ExitStatus status = ExitStatus::done;
        std::uint64_t notes = 0;
        std::vector<OpenRequest> requests;
        for (const std::string& journal : journals_) {
            auto found = journal_files::open_requests(journal, FileSystem::real(), platform::Clock::real());
            for (const std::string& problem : found.problems) {
                complain(problem);
                status = ExitStatus::nothing_or_problems;
            }
            notes += found.notes;
            std::move(found.requests.begin(), found.requests.end(), std::back_inserter(requests));
        }
        std::stable_sort(requests.begin(), requests.end(),
                         [](const OpenRequest& a, const OpenRequest& b) { return a.start_ns < b.start_ns; });
        const std::size_t shown = show(requests);
        output_.flush();
        if (shown != 0 || options_.follow) return status;
        complain(notes == 0 ? "no process has written into this journal since it was last recovered, so none is seen; "
                              "ps sees the requests of processes whose sinks include this journal"
                            : "no request is under way that matches");
        return ExitStatus::nothing_or_problems;
    }

    std::size_t show(const std::vector<OpenRequest>& requests) {
        Table table({"age", "name", "trace_id", "fields"});
        for (const std::size_t column : {1, 2, 3}) table.align_left(column);
        std::size_t shown = 0;
        for (const OpenRequest& request : requests) {
            const std::string line = as_shown(request.line);
            if (line.empty() || !matches(line)) continue;
            ++shown;
            if (options_.json)
                output_.write(line);
            else
                add_row(table);
        }
        if (!options_.json && shown != 0) output_.write(table.text());
        return shown;
    }

    /// The event as it would be written, with the outcome `open`, and without what is decided at its end.
    std::string as_shown(std::string line) {
        const std::size_t size = line.size();
        line.append(read::kReadableBehind, '\0');
        if (!reader_.read_raw(std::string_view(line).substr(0, size), raw_)) return {};
        std::string shown = "{";
        for (const auto& [key, value] : raw_) {
            if (is_undecided(key)) continue;
            if (shown.size() > 1) shown += ',';
            shown.append("\"").append(key).append("\":");
            shown.append(key == "outcome" ? std::string_view("\"open\"") : value);
        }
        return shown + "}\n";
    }

    bool matches(const std::string& line) {
        padded_.assign(line).append(read::kReadableBehind, '\0');
        const std::string_view view = std::string_view(padded_).substr(0, line.size());
        return matcher_.matches(view) && reader_.read_all(view, fields_);
    }

    /// Of the event whose fields were read last.
    void add_row(Table& table) {
        std::string age;
        std::string name;
        std::string trace;
        std::string fields;
        for (const auto& [key, value] : fields_) {
            if (key == "duration_ms") age = age_text(read::number_of(value).value_or(0));
            if (key == "name") name = cut(printable(read::unescaped(value)), kWidestName);
            if (key == "trace_id") trace = read::unescaped(value);
            if (is_in_column(key)) continue;
            fields += (fields.empty() ? "" : " ") + printable(key) + "=" + printable(std::string(value));
        }
        table.add({age, name, trace, fields});
    }

    const PsOptions& options_;
    read::Match match_;
    read::Matcher matcher_;
    std::vector<std::string> journals_;
    read::EventLine reader_{{}};
    std::vector<read::RawField> raw_;
    std::vector<std::pair<std::string, read::JsonText>> fields_;
    std::string padded_;
    Output output_;
};

}  // namespace

ExitStatus ps(const PsOptions& options) {
    const auto is_journal = [](const std::string& argument) {
        const auto directory = FileSystem::real().is_directory(argument);
        return directory.ok() && directory.value();
    };
    auto first = options.arguments.end();
    while (first != options.arguments.begin() && is_journal(*(first - 1))) --first;
    if (first == options.arguments.end()) {
        complain("ps needs a JOURNAL, and \"" + options.arguments.back() +
                 "\" is not a directory; see wideline ps --help");
        return ExitStatus::unusable;
    }
    std::vector<read::SearchTerm> terms;
    if (!options.name.empty()) terms.push_back(read::SearchTerm::equals("name", options.name));
    for (auto at = options.arguments.begin(); at != first; ++at) {
        auto term = read::SearchTerm::parse(*at);
        if (!term.ok()) {
            complain(term.failure().sentence());
            return ExitStatus::unusable;
        }
        terms.push_back(std::move(term.value()));
    }
    return Ps(options, read::Match(std::move(terms)), {first, options.arguments.end()}).run();
}

}  // namespace wideline::cli

#include "cli/grep.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>
#include <unordered_set>

#include "cli/event_printer.hpp"
#include "cli/input.hpp"
#include "journal/pair_filter.hpp"
#include "read/event_search.hpp"
#include "read/frame_search.hpp"
#include "read/reserved_field.hpp"
#include "read/segment_list.hpp"

namespace wideline::cli {
namespace {

using read::Match;
using read::Piece;
using read::Selection;

struct Asked {
    std::vector<std::string> expressions;
    std::vector<std::string> paths;
};

/// Expressions, and behind them paths; or paths first, where the first argument is one and the last is none. Otherwise
/// the first argument is an expression, whatever is called like it.
Asked asked_by(const std::vector<std::string>& arguments) {
    const auto begin = arguments.begin();
    const auto end = arguments.end();
    if (begin == end) return {};
    if (is_path(*begin) && (end - begin == 1 || !is_path(*(end - 1)))) {
        const auto expression = std::find_if_not(begin, end, is_path);
        return {{expression, end}, {begin, expression}};
    }
    const auto path = std::find_if(begin + 1, end, is_path);
    return {{begin, path}, {path, end}};
}

class Grep {
public:
    Grep(const GrepOptions& options, Match match, std::vector<std::string> paths)
        : options_(options),
          match_(std::move(match)),
          bounds_(bounds_of(options.selection)),
          selection_(bounds_),
          printer_({options.pretty, options.fields}),
          trace_({"trace_id"}),
          sort_key_({options.sort}),
          input_(std::move(paths)) {}

    ExitStatus run() {
        ExitStatus status = find();
        status = with_missing_times(status, without_time_);
        for (const auto& [value, line] : sorted_) printer_.print(padded(line));
        if (options_.whole_traces && found_ != 0) status = worse(status, print_traces());
        printer_.flush();
        if (options_.count) {
            Output output;
            const std::uint64_t events = options_.whole_traces ? printed_ : found_;
            const bool cut = options_.most && !options_.sort.empty();
            output.write(std::to_string(cut ? std::min(events, *options_.most) : events) + "\n");
            output.flush();
        }
        if (found_ != 0 || status != ExitStatus::done) return status;
        if (!options_.count) complain("no event matches");
        return ExitStatus::nothing_or_problems;
    }

private:
    ExitStatus find() {
        const Progress progress(input_.bytes_read(), [this] { return bytes_at(input_.paths()); });
        read::EventSearch search(match_, bounds_, input_.segments());
        while (!found_enough()) {
            const auto found = search.next();
            if (!found) break;
            without_time_ += found->without_time;
            take(*found);
            printer_.show();
        }
        return input_.status();
    }

    [[nodiscard]] bool found_enough() const {
        return options_.most && found_ >= *options_.most && options_.sort.empty();
    }

    void take(const read::EventSearch::Found& found) {
        const bool in_order = options_.sort.empty() || options_.count;
        if (!options_.most && in_order && (options_.count || printer_.whole_lines()) && !options_.whole_traces) {
            found_ += found.count;
            if (!options_.count) printer_.print_lines(found.lines());
            return;
        }
        for_each_line(found.lines(), [this](std::string_view line) {
            if (found_enough()) return;
            ++found_;
            if (options_.whole_traces) return remember(line);
            if (!options_.sort.empty() && !options_.count) return keep_sorted(line);
            if (!options_.count) printer_.print(line);
        });
    }

    /// The greatest first: numbers by their value, then times, then other texts by their bytes, and at last what is
    /// neither. The microseconds of a time are exact in a double.
    using SortedBy = std::tuple<int, double, std::string>;

    void keep_sorted(std::string_view line) {
        const bool good = sort_key_.read(line);
        const read::JsonText value = good ? sort_key_.values()[0] : read::JsonText();
        const auto number = read::number_of(value);
        SortedBy by{number ? 3 : 0, number.value_or(0), std::string()};
        if (const auto time = read::time_of(value))
            by = {2, static_cast<double>(time->time_since_epoch().count()), std::string()};
        else if (value.starts_with('"'))
            by = {1, 0, read::unescaped(value)};
        sorted_.emplace(std::move(by), line);
        if (options_.most && sorted_.size() > *options_.most) sorted_.erase(std::prev(sorted_.end()));
    }

    std::string_view padded(const std::string& line) {
        padded_.assign(line).append(read::kReadableBehind, '\0');
        return std::string_view(padded_).substr(0, line.size());
    }

    /// What is printed by print_traces.
    void remember(std::string_view line) {
        if (const std::string id = trace_of(line); !id.empty())
            traces_.insert(id);
        else
            lone_events_.insert(std::string(line));
    }

    std::string trace_of(std::string_view line) {
        return trace_.read(line) ? read::unescaped(trace_.values()[0]) : std::string();
    }

    ExitStatus print_traces() {
        input_.set_wanted([this](const auto& index) {
            return (!lone_events_.empty() && selection_.of(&index) != read::Share::none && match_.may_hold(index)) ||
                   std::any_of(traces_.begin(), traces_.end(), [&index](const std::string& id) {
                       return journal_files::may_contain(index.pair_filter, "trace_id", id);
                   });
        });
        read::FrameSearch everything{kEveryEvent, {}};
        return input_.for_each([&](const read::SegmentReader&, const Piece& piece) {
            std::string_view lines = piece.lines;
            if (piece.kind == Piece::Kind::compressed)
                lines = everything.decompress(piece.frame, static_cast<std::size_t>(piece.index->raw_bytes))
                            .value_or(std::string_view());
            for_each_line(lines, [this](std::string_view line) {
                const std::string id = trace_of(line);
                const bool wanted = id.empty() ? lone_events_.contains(std::string(line)) : traces_.contains(id);
                if (!wanted) return;
                ++printed_;
                if (!options_.count) printer_.print(line);
            });
        });
    }

    inline static const Match kEveryEvent{};

    const GrepOptions& options_;
    Match match_;
    Selection::Bounds bounds_;
    Selection selection_;
    EventPrinter printer_;
    read::EventLine trace_;
    read::EventLine sort_key_;
    std::multimap<SortedBy, std::string, std::greater<>> sorted_;
    std::string padded_;
    Input input_;
    std::uint64_t found_ = 0;
    std::uint64_t without_time_ = 0;
    std::uint64_t printed_ = 0;
    std::unordered_set<std::string> traces_;
    std::unordered_set<std::string> lone_events_;  // Matches that are of no trace.
};

}  // namespace

ExitStatus grep(const GrepOptions& options) {
    Asked asked = asked_by(options.arguments);
    if (asked.expressions.empty()) {
        complain("grep needs an expression before its PATH, as in: wideline grep http.route=/checkout logs");
        return ExitStatus::unusable;
    }
    if (asked.paths.empty()) {
        complain("grep needs a PATH behind its expressions, and \"" + asked.expressions.back() +
                 "\" is no file and no directory; see wideline grep --help");
        return ExitStatus::unusable;
    }
    auto match = Match::parse(asked.expressions, options.any ? Match::Combine::any : Match::Combine::all);
    if (!match.ok()) {
        complain(match.failure().sentence());
        return ExitStatus::unusable;
    }
    if (options.whole_traces && std::any_of(asked.paths.begin(), asked.paths.end(), read::is_read_once)) {
        complain(
            "--context trace reads its input twice, which standard input or a pipe cannot be; give files or "
            "directories");
        return ExitStatus::unusable;
    }
    return Grep(options, std::move(match.value()), std::move(asked.paths)).run();
}

}  // namespace wideline::cli

// One thread reads frames, all cores decompress and search them, and what they found is printed in the order of the
// frames.
#include "cli/grep.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <unordered_set>

#include "cli/bounds.hpp"
#include "cli/event_printer.hpp"
#include "cli/input.hpp"
#include "journal/pair_filter.hpp"
#include "read/frame_search.hpp"
#include "read/ordered_work.hpp"

namespace wideline::cli {
namespace {

using read::Match;
using read::Piece;
using read::Selection;
using read::Share;

constexpr unsigned kMostThreads = 16;

struct EnoughFound {};

/// A frame's lines, or the frame that they are in.
struct Job {
    std::string bytes;
    std::optional<std::size_t> content_bytes;  // Of a frame.
    Share wanted = Share::all;
    std::string place;
};

struct Found {
    std::string lines;
    std::uint64_t count = 0;
    std::string damage;  // A sentence; empty where there was none.
};

Found search(read::FrameSearch& frame, Job& job) {
    Found found;
    std::optional<std::string_view> lines;
    if (job.content_bytes) {
        lines = frame.decompress(job.bytes, *job.content_bytes);
        if (!lines) found.damage = job.place + ": the frame does not decompress";
    } else {
        const std::size_t size = job.bytes.size();
        job.bytes.append(read::kReadableBehind, '\0');
        lines = std::string_view(job.bytes).substr(0, size);
    }
    if (lines) frame.search(*lines, job.wanted, found.lines, found.count);
    found.lines.append(read::kReadableBehind, '\0');
    return found;
}

std::size_t first_path(const std::vector<std::string>& arguments) {
    std::size_t at = std::min<std::size_t>(1, arguments.size());
    while (at < arguments.size() && arguments[at] != "-" &&
           !platform::FileSystem::real().is_directory(arguments[at]).ok())
        ++at;
    return at;
}

class Grep {
public:
    Grep(const GrepOptions& options, Match match, std::vector<std::string> paths)
        : options_(options),
          match_(std::move(match)),
          bounds_(bounds_of(options.since, options.until, options.errors)),
          selection_(bounds_),
          printer_({options.pretty, options.fields}),
          trace_({"trace_id"}),
          input_(std::move(paths)) {}

    ExitStatus run() {
        ExitStatus status = find();
        if (options_.whole_traces && found_ != 0) status = worse(status, print_traces());
        printer_.flush();
        if (options_.count) {
            Output output;
            output.write(std::to_string(options_.whole_traces ? printed_ : found_) + "\n");
            output.flush();
        }
        if (found_ != 0 || status != ExitStatus::done) return status;
        if (!options_.count) complain("no event matches");
        return ExitStatus::nothing_or_problems;
    }

private:
    [[nodiscard]] bool may_have_matches(const journal_files::FrameIndex& index) const {
        return selection_.of(&index) != Share::none && match_.may_hold(index);
    }

    ExitStatus find() {
        input_.set_wanted([this](const auto& index) { return may_have_matches(index); });
        input_.leave_compressed();
        const auto new_worker = [this] {
            auto frame = std::make_shared<read::FrameSearch>(match_, bounds_);
            return [frame](Job& job) { return search(*frame, job); };
        };
        const unsigned threads = std::clamp(std::thread::hardware_concurrency(), 1u, kMostThreads);
        read::OrderedWork<Job, Found> work(threads, new_worker, [this](Found& found) { take(found); });
        ExitStatus status = ExitStatus::done;
        try {
            status = input_.for_each([&](const read::SegmentReader& segment, const Piece& piece) {
                const Share wanted = selection_.of(piece.index);
                if (wanted == Share::none) return;
                if (piece.kind == Piece::Kind::lines)
                    work.add({std::string(piece.lines), std::nullopt, wanted, {}});
                else if (piece.kind == Piece::Kind::compressed)
                    work.add({std::string(piece.frame), static_cast<std::size_t>(piece.index->raw_bytes), wanted,
                              segment.path() + " at byte " + std::to_string(piece.offset)});
            });
            work.finish();
        } catch (const EnoughFound&) {
        }
        return worse(status, input_.status());
    }

    void take(Found& found) {
        if (!found.damage.empty()) input_.report_damage(found.damage);
        std::string_view lines(found.lines.data(), found.lines.size() - read::kReadableBehind);
        if (!options_.most && (options_.count || printer_.whole_lines()) && !options_.whole_traces) {
            found_ += found.count;
            if (!options_.count) printer_.print_lines(lines);
            return;
        }
        for_each_line(lines, [this](std::string_view line) {
            if (options_.most && found_ >= *options_.most) throw EnoughFound{};
            ++found_;
            if (options_.whole_traces) return remember(line);
            if (!options_.count) printer_.print(line);
        });
        if (options_.most && found_ >= *options_.most) throw EnoughFound{};
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
            return (!lone_events_.empty() && may_have_matches(index)) ||
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
    Input input_;
    std::uint64_t found_ = 0;
    std::uint64_t printed_ = 0;
    std::unordered_set<std::string> traces_;
    std::unordered_set<std::string> lone_events_;  // Matches that are of no trace.
};

}  // namespace

ExitStatus grep(const GrepOptions& options) {
    const std::size_t split = first_path(options.arguments);
    const auto begin = options.arguments.begin();
    const std::vector<std::string> expressions(begin, begin + static_cast<std::ptrdiff_t>(split));
    std::vector<std::string> paths(begin + static_cast<std::ptrdiff_t>(split), options.arguments.end());
    auto match = Match::parse(expressions, options.any ? Match::Combine::any : Match::Combine::all);
    if (!match.ok()) {
        complain(match.failure().sentence());
        return ExitStatus::unusable;
    }
    if (paths.empty()) {
        complain("grep needs a PATH behind its expressions, and \"" + expressions.back() +
                 "\" is no file and no directory; see wideline grep --help");
        return ExitStatus::unusable;
    }
    if (options.whole_traces && std::find(paths.begin(), paths.end(), "-") != paths.end()) {
        complain("--context trace reads its input twice, which standard input cannot be; give files or directories");
        return ExitStatus::unusable;
    }
    return Grep(options, std::move(match.value()), std::move(paths)).run();
}

}  // namespace wideline::cli

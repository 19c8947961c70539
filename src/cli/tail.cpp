// The newest events are those that began last, whichever process wrote them. The indexes say in which frames they can
// be, so that nothing else is decompressed: with n events in the frames that end last, none of the n newest began
// before the first of these.
#include "cli/tail.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <thread>

#include "cli/event_printer.hpp"
#include "cli/event_segments.hpp"
#include "cli/input.hpp"
#include "read/match.hpp"
#include "read/reserved_field.hpp"
#include "read/segment_follower.hpp"
#include "read/selection.hpp"

namespace wideline::cli {
namespace {

using read::Piece;

constexpr auto kBetweenPolls = std::chrono::milliseconds(150);

class Tail {
public:
    Tail(const TailOptions& options, read::Match match, const std::vector<std::string>& paths)
        : options_(options),
          selection_({{}, {}, outcome()}),
          match_(std::move(match)),
          matcher_(match_),
          printer_({options.pretty, options.fields}),
          time_({"timestamp"}),
          paths_(paths),
          follower_(platform::FileSystem::real(), paths) {}

    ExitStatus run() {
        const std::int64_t since =
            options_.events == 0 ? std::numeric_limits<std::int64_t>::max() : time_to_read_from();
        follower_.poll({[this](const Piece& piece) { keep_newest(piece); }, complain_,
                        [this, since](const auto& index) { return index.greatest_time >= since && has_any(index); },
                        options_.follow});
        for (const auto& [time, line] : newest_) print(line);
        printer_.flush();
        const bool in_order_of_time = !newest_.empty() && newest_.rbegin()->first != kNoTime;
        if (without_time_ != 0 && in_order_of_time) complain(read::are_without_time(without_time_) + " as the oldest");
        while (options_.follow) {
            std::this_thread::sleep_for(kBetweenPolls);
            if (Output::is_closed()) throw ClosedPipe{};
            follower_.poll({[this](const Piece& piece) { print_all(piece); }, complain_,
                            [this](const auto& index) { return has_any(index); }});
            printer_.flush();
        }
        if (bad_lines_ != 0) complain(read::were_left_out(bad_lines_));
        if (!printer_.printed() && !damaged_ && options_.events != 0)
            complain(match_.terms().empty() ? "there are no events" : "no event matches");
        const bool good = bad_lines_ == 0 && !damaged_ && (printer_.printed() || options_.events == 0);
        return good ? ExitStatus::done : ExitStatus::nothing_or_problems;
    }

private:
    [[nodiscard]] read::Selection::Bounds::Outcome outcome() const {
        using Outcome = read::Selection::Bounds::Outcome;
        return options_.errors ? Outcome::failed : Outcome::any;
    }
    [[nodiscard]] std::uint64_t wanted_in(const journal_files::FrameIndex& index) const {
        return options_.errors ? index.errors : index.events;
    }
    [[nodiscard]] bool has_any(const journal_files::FrameIndex& index) const {
        return wanted_in(index) != 0 && match_.may_hold(index);
    }

    /// The least time of the fewest frames, by their greatest, that have enough events.
    std::int64_t time_to_read_from() {
        // How many events of a frame match is not known before it is read.
        if (!match_.terms().empty()) return std::numeric_limits<std::int64_t>::min();
        struct Span {
            std::int64_t least;
            std::int64_t greatest;
            std::uint64_t events;
        };
        std::vector<Span> spans;
        read::SegmentFollower scan(platform::FileSystem::real(), paths_);
        scan.poll({[](const Piece&) {}, [](const std::string&) {},
                   [&](const auto& index) {
                       if (has_any(index)) spans.push_back({index.least_time, index.greatest_time, wanted_in(index)});
                       return false;
                   }});
        std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.greatest > b.greatest; });
        std::int64_t since = std::numeric_limits<std::int64_t>::max();
        std::uint64_t events = 0;
        for (const Span& span : spans) {
            since = std::min(since, span.least);
            if ((events += span.events) >= options_.events) return since;
        }
        return std::numeric_limits<std::int64_t>::min();
    }

    void keep_newest(const Piece& piece) {
        for_each_line(piece.lines, [this](std::string_view line) {
            if (!takes(line) || options_.events == 0) return;
            const std::int64_t time = time_of(line);
            if (time == kNoTime) ++without_time_;
            newest_.emplace(time, line);
            if (newest_.size() > options_.events) newest_.erase(newest_.begin());
        });
    }

    void print_all(const Piece& piece) {
        for_each_line(piece.lines, [this](std::string_view line) {
            if (takes(line) && !printer_.print(line)) ++bad_lines_;
        });
    }

    void print(std::string_view line) {
        padded_.assign(line).append(read::kReadableBehind, '\0');
        if (!printer_.print(std::string_view(padded_).substr(0, line.size()))) ++bad_lines_;
    }

    bool takes(std::string_view line) {
        const auto taken = selection_.takes(line);
        if (!taken) ++bad_lines_;
        return taken.value_or(false) && (match_.terms().empty() || matcher_.matches(line));
    }

    /// One without a time is older than all others.
    std::int64_t time_of(std::string_view line) {
        const auto time = time_.read(line) ? read::time_of(time_.values()[0]) : std::nullopt;
        return time ? time->time_since_epoch().count() : kNoTime;
    }

    const TailOptions& options_;
    read::Selection selection_;
    const read::Match match_;
    read::Matcher matcher_;
    EventPrinter printer_;
    read::EventLine time_;
    const std::vector<std::string> paths_;
    read::SegmentFollower follower_;
    std::multimap<std::int64_t, std::string> newest_;  // By time; those of one time in the order in which they came.
    static constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::min();
    std::string padded_;
    std::uint64_t bad_lines_ = 0;
    std::uint64_t without_time_ = 0;  // of those that were ordered by time
    bool damaged_ = false;
    std::function<void(const std::string&)> complain_ = [this](const std::string& sentence) {
        damaged_ = true;
        complain(sentence);
    };
};

}  // namespace

ExitStatus tail(const TailOptions& options) {
    const auto& arguments = options.arguments;
    auto first_path = std::find_if(arguments.begin(), arguments.end(), is_path);
    if (first_path == arguments.end()) first_path = arguments.begin();  // and what is wrong with it is said
    const std::vector<std::string> paths(first_path, arguments.end());
    // What cannot be listed at all is no matter of waiting.
    for (const std::string& path : paths)
        if (!is_lasting("tail", path)) return ExitStatus::unusable;
    auto match = read::Match::parse({arguments.begin(), first_path});
    if (!match.ok()) {
        complain(match.failure().sentence());
        return ExitStatus::unusable;
    }
    return Tail(options, std::move(match.value()), paths).run();
}

}  // namespace wideline::cli

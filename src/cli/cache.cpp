#include "cli/cache.hpp"

#include <fmt/format.h>

#include <set>

#include "cli/event_segments.hpp"
#include "cli/input.hpp"
#include "cli/output.hpp"
#include "encoding/printable.hpp"
#include "platform/terminal.hpp"
#include "query/events_view.hpp"

namespace wideline::cli {
namespace {

/// What is to be said of one segment.
std::string verdict(const query::MadeColumns& made, ExitStatus& status) {
    switch (made.outcome) {
        case query::Columns::there:
            return "in columns already";
        case query::Columns::made:
            return "put into columns";
        case query::Columns::open:
            return "not closed, and read as it is";
        case query::Columns::not_whole:
            return "not whole or empty, and read as it is";
        case query::Columns::failed:
            break;
    }
    complain(made.failure.sentence());
    status = worse(status, ExitStatus::nothing_or_problems);
    return "not put into columns";
}

}  // namespace

ExitStatus cache(const CacheOptions& options) {
    auto database = query::Database::open();
    if (!database.ok()) {
        complain(database.failure().sentence());
        return ExitStatus::unusable;
    }
    const EventSegments events = event_segments(options.paths);
    ExitStatus status = events.status;
    std::atomic<std::uint64_t> bytes_read{0};
    std::optional<Progress> progress(std::in_place, bytes_read, [&] { return twice_bytes_at(events.segments); });
    const auto hear = [&status](const std::string& sentence) {
        complain(sentence);
        status = worse(status, ExitStatus::nothing_or_problems);
    };
    query::EventsView::Hearer hearer{hear, [] {}, bytes_read};
    auto view = query::EventsView::in(*database.value(), events.segments, std::move(hearer));
    if (!view.ok()) view.failure().raise();

    Output output;
    std::set<std::string> directories;
    // Those without a segment too: their columns are of segments that are gone.
    for (const std::string& path : options.paths) directories.insert(path);
    const auto made = view.value()->cache();
    for (std::size_t i = 0; i < made.size(); ++i) {
        directories.insert(platform::parent_of(events.segments[i]));
        const std::string said = verdict(made[i], status);
        output.write(fmt::format("{}: {}\n", printable(events.segments[i]), said));
    }
    for (const std::string& directory : directories)
        query::remove_orphaned_caches(platform::FileSystem::real(), directory);
    progress.reset();
    output.flush();
    database.value().reset();
    if (events.segments.empty() && status == ExitStatus::done) {
        complain("there are no segments");
        status = ExitStatus::nothing_or_problems;
    }
    return status;
}

}  // namespace wideline::cli

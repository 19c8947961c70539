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
std::string verdict(query::EventsView& view, const std::string& segment, ExitStatus& status) {
    platform::FileSystem& files = platform::FileSystem::real();
    const auto file = query::cache_file_of(files, segment);
    if (!file) return "not closed, and read as it is";
    if (query::cache_is_there(files, *file)) return "in columns already";
    const auto cached = view.cache(segment);
    if (!cached.ok()) {
        complain(cached.failure().sentence());
        status = worse(status, ExitStatus::nothing_or_problems);
        return "not put into columns";
    }
    return cached.value() ? "put into columns" : "not whole or empty, and read as it is";
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
    query::EventsView::Hearer hearer;
    hearer.left_out = [&status](const std::string& sentence) {
        complain(sentence);
        status = worse(status, ExitStatus::nothing_or_problems);
    };
    hearer.caching = [](const std::string& segment) {
        if (platform::stderr_is_terminal()) complain("putting " + segment + " into columns");
    };
    auto view = query::EventsView::in(*database.value(), events.segments, std::move(hearer));
    if (!view.ok()) view.failure().raise();

    Output output;
    std::set<std::string> directories;
    // Those without a segment too: their columns are of segments that are gone.
    for (const std::string& path : options.paths) directories.insert(path);
    for (const std::string& segment : events.segments) {
        directories.insert(platform::parent_of(segment));
        const std::string said = verdict(*view.value(), segment, status);
        output.write(fmt::format("{}: {}\n", printable(segment), said));
    }
    for (const std::string& directory : directories)
        query::remove_orphaned_caches(platform::FileSystem::real(), directory);
    output.flush();
    database.value().reset();
    if (events.segments.empty() && status == ExitStatus::done) {
        complain("there are no segments");
        status = ExitStatus::nothing_or_problems;
    }
    return status;
}

}  // namespace wideline::cli

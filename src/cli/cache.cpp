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
    const auto twice_bytes_at = [](const std::vector<std::string>& paths) -> std::optional<std::uint64_t> {
        const auto bytes = bytes_at(paths);
        return bytes ? std::optional(2 * *bytes) : bytes;
    };
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
    std::uint64_t bytes_done = 0;
    std::set<std::string> directories;
    // Those without a segment too: their columns are of segments that are gone.
    for (const std::string& path : options.paths) directories.insert(path);
    for (const std::string& segment : events.segments) {
        directories.insert(platform::parent_of(segment));
        const std::string said = verdict(*view.value(), segment, status);
        output.write(fmt::format("{}: {}\n", printable(segment), said));
        bytes_read = bytes_done += twice_bytes_at({segment}).value_or(0);
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

#include "cli/route_orders.hpp"

#include <memory>
#include <vector>

#include <fmt/format.h>

#include "cli/forward_input.hpp"
#include "cli/input.hpp"
#include "cli/output.hpp"
#include "forward/progress/cursor_file.hpp"
#include "forward/progress/route_state.hpp"
#include "forward/source/frame_catalog.hpp"
#include "forward/wall_time.hpp"

namespace wideline::cli {
namespace {

using delivery::Cursor;
using delivery::CursorFile;

platform::FileSystem& files() { return platform::FileSystem::real(); }

/// Owns a run for as long as it lives; complains, and is null, if another process has it.
std::unique_ptr<CursorFile> own(const std::string& route, const std::string& path, const std::string& run) {
    auto opened = CursorFile::open(files(), path, run);
    if (!opened.ok()) {
        complain(opened.failure().sentence());
    } else if (opened.value().opening == CursorFile::Opening::of_another) {
        complain(route + " is being forwarded: end that process first");
    } else if (opened.value().opening == CursorFile::Opening::later_version) {
        complain(path + " was written by a later version of wideline");
    } else {
        return std::move(opened.value().file);
    }
    return nullptr;
}

}  // namespace

ExitStatus forget_route(const std::string& journal, const std::string& route) {
    const auto directory = route_directory(journal, route);
    if (!directory) return ExitStatus::unusable;
    const auto entries = files().list(*directory);
    if (!entries.ok()) {
        complain(entries.failure().sentence());
        return ExitStatus::unusable;
    }
    // All are locked before any is deleted.
    std::vector<std::unique_ptr<CursorFile>> owned;
    for (const platform::DirectoryEntry& entry : entries.value()) {
        if (!entry.name.ends_with(delivery::kCursorSuffix)) continue;
        const std::string path = *directory + "/" + entry.name;
        const auto bytes = delivery::read_whole(files(), path);
        const auto content = bytes.ok() ? delivery::read_cursor(bytes.value()) : delivery::CursorContent{};
        owned.push_back(own(route, path, content.cursor.run));
        if (!owned.back()) return ExitStatus::nothing_or_problems;
    }
    for (const auto& cursor : owned)
        if (const auto removed = cursor->remove(files()); !removed.ok()) {
            complain(removed.failure().sentence());
            return ExitStatus::unusable;
        }
    (void)files().remove(*directory + "/status.json");
    if (const auto removed = files().remove(*directory + "/route.json"); !removed.ok()) {
        complain(removed.failure().sentence());
        return ExitStatus::unusable;
    }
    Output output;
    output.write(fmt::format("{}: forgotten, with {} cursors; its next start is as its first\n", route, owned.size()));
    output.flush();
    return ExitStatus::done;
}

ExitStatus skip_to_end(const std::string& journal, const std::string& route) {
    const auto directory = route_directory(journal, route);
    if (!directory) return ExitStatus::unusable;
    delivery::FrameCatalog catalog(files(), platform::Clock::real(), journal);
    if (const auto looked = catalog.look(); !looked.ok()) {
        complain(looked.failure().sentence());
        return ExitStatus::unusable;
    }
    std::uint64_t skipped = 0;
    for (const std::string& run : catalog.runs()) {
        const auto file = own(route, *directory + "/" + delivery::cursor_file_name(run), run);
        if (!file) return ExitStatus::nothing_or_problems;
        Cursor cursor = file->saved();
        const auto waiting = catalog.waiting(run, cursor.next.sequence);
        const auto frame = catalog.at_or_after(run, cursor.next.sequence);
        if (!frame) continue;
        const std::uint64_t passed = frame->sequence == cursor.next.sequence ? cursor.next.events : 0;
        const std::uint64_t events = waiting.events - std::min(waiting.events, passed);
        skipped += events;
        cursor.counts.skipped += events;
        cursor.next = {catalog.end_of(run), 0};
        cursor.last_event.clear();
        cursor.after_last = 0;
        cursor.under_way.reset();
        cursor.saved = delivery::rfc3339(platform::Clock::real().wall());
        auto saved = file->save(cursor);
        if (saved.ok()) saved = file->sync();
        if (!saved.ok()) {
            complain(saved.failure().sentence());
            return ExitStatus::unusable;
        }
    }
    Output output;
    output.write(fmt::format("{}: {} events are skipped\n", route, skipped));
    output.flush();
    return ExitStatus::done;
}

ExitStatus accept_dead(const std::string& journal, const std::string& route) {
    const auto directory = route_directory(journal, route);
    if (!directory) return ExitStatus::unusable;
    const auto state = delivery::read_route_state(files(), *directory);
    if (!state) {
        complain("there is no route " + route + " in " + journal);
        return ExitStatus::unusable;
    }
    const auto changed = delivery::change_route_state(files(), *directory, *state, [](delivery::RouteState& now) {
        now.accepted_dead = platform::Clock::real().wall();
    });
    if (changed.ok()) return ExitStatus::done;
    complain(changed.failure().sentence());
    return ExitStatus::unusable;
}

}  // namespace wideline::cli

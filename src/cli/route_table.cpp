#include "cli/route_table.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/input.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "encoding/printable.hpp"
#include "forward/progress/route_status.hpp"
#include "forward/route/route.hpp"
#include "forward/source/frame_catalog.hpp"

namespace wideline::cli {
namespace {

struct Row {
    std::string route;
    delivery::RouteStatus status;
    delivery::Counts counts;
    std::uint64_t waiting = 0;
    std::uint64_t undelivered_bytes = 0;
    std::int64_t oldest_us = INT64_MAX;
};

Row read_row(const std::string& directory, std::string route, const delivery::FrameCatalog& catalog) {
    platform::FileSystem& files = platform::FileSystem::real();
    const delivery::RouteOnDisk disk = delivery::read_route(files, directory);
    Row row;
    row.route = std::move(route);
    row.status = delivery::read_route_status(files, directory);
    row.counts = disk.counts;
    for (const std::string& run : catalog.runs()) {
        const auto cursor = disk.cursors.find(run);
        const delivery::Position next = cursor == disk.cursors.end() ? delivery::Position{} : cursor->second.next;
        const auto frame = catalog.at_or_after(run, next.sequence);
        if (!frame) continue;
        const delivery::Waiting waiting = catalog.waiting(run, next.sequence);
        const std::uint64_t passed = frame->sequence == next.sequence ? next.events : 0;
        row.waiting += waiting.events - std::min(waiting.events, passed);
        row.undelivered_bytes += waiting.compressed_bytes;
        row.oldest_us = std::min(row.oldest_us, waiting.oldest_time);
    }
    if (row.status.state.empty()) row.status.state = "stopped";
    return row;
}

std::string age_text(std::int64_t oldest_us) {
    if (oldest_us == INT64_MAX) return {};
    const std::int64_t seconds =
        std::max<std::int64_t>(0, (platform::Clock::real().wall().time_since_epoch().count() - oldest_us) / 1'000'000);
    if (seconds < 120) return fmt::format("{} s", seconds);
    if (seconds < 7200) return fmt::format("{} min", seconds / 60);
    if (seconds < 172'800) return fmt::format("{} h", seconds / 3600);
    return fmt::format("{} d", seconds / 86'400);
}

void print_json(Output& output, const Row& row) {
    nlohmann::ordered_json json;
    json["route"] = row.route;
    json["state"] = row.status.state;
    json["delivered"] = row.counts.delivered;
    json["skipped"] = row.counts.skipped;
    json["dead"] = row.counts.dead;
    json["lost"] = row.counts.lost;
    json["waiting"] = row.waiting;
    json["undelivered_bytes"] = row.undelivered_bytes;
    if (row.oldest_us != INT64_MAX)
        json["oldest_undelivered_seconds"] =
            static_cast<double>(platform::Clock::real().wall().time_since_epoch().count() - row.oldest_us) / 1e6;
    json["held_reason"] = row.status.held_reason;
    json["last_error"] = row.status.last_error;
    output.write(json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

}  // namespace

ExitStatus print_routes(const ForwardInput& input, bool json) {
    delivery::FrameCatalog catalog(platform::FileSystem::real(), platform::Clock::real(), input.journal);
    if (const auto looked = catalog.look(); !looked.ok()) {
        complain(looked.failure().sentence());
        return ExitStatus::unusable;
    }
    Output output;
    Table table({"route", "state", "delivered", "dead", "waiting", "undelivered", "oldest", "last error"});
    table.align_left(1);
    table.align_left(7);
    ExitStatus status = ExitStatus::done;
    for (const Forward& forward : input.options.forwards)
        for (const TargetPtr& target : forward.to) {
            const std::string route = forward.name + "/" + target->description().name;
            const Row row = read_row(state_of(input.journal) + "/" + route, route, catalog);
            if (row.counts.dead != 0 || row.waiting != 0 || row.status.state == "held")
                status = ExitStatus::nothing_or_problems;
            if (json) {
                print_json(output, row);
                continue;
            }
            table.add({row.route, row.status.state, with_thousands(static_cast<double>(row.counts.delivered)),
                       with_thousands(static_cast<double>(row.counts.dead)),
                       with_thousands(static_cast<double>(row.waiting)),
                       size_text(static_cast<double>(row.undelivered_bytes)), age_text(row.oldest_us),
                       printable(row.status.last_error)});
        }
    if (!json) output.write(table.text());
    output.flush();
    return status;
}

}  // namespace wideline::cli

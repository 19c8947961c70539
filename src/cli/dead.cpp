#include "cli/dead.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>

#include <fmt/format.h>

#include <wideline/reader.hpp>

#include "cli/forward_input.hpp"
#include "cli/forward_once.hpp"
#include "cli/input.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "encoding/printable.hpp"
#include "forward/checked_forwards.hpp"
#include "forward/route/letter_segment.hpp"
#include "platform/clock.hpp"
#include "platform/entropy.hpp"
#include "read/match.hpp"
#include "read/segment_list.hpp"

namespace wideline::cli {
namespace {

platform::FileSystem& files() { return platform::FileSystem::real(); }

struct Request {
    std::string journal;
    std::vector<std::string> routes;
    std::vector<std::string> expressions;
};

bool is_directory(const std::string& path) {
    const auto found = files().is_directory(path);
    return found.ok() && found.value();
}

bool is_route(const std::string& journal, const std::string& text) {
    const std::size_t slash = text.find('/');
    return slash != std::string::npos && delivery::is_route_name(text.substr(0, slash)) &&
           delivery::is_route_name(text.substr(slash + 1)) && is_directory(state_of(journal) + "/" + text);
}

std::vector<std::string> all_routes(const std::string& journal) {
    std::vector<std::string> routes;
    const auto forwards = files().list(state_of(journal));
    if (!forwards.ok()) return routes;
    for (const auto& forward : forwards.value()) {
        const auto targets = files().list(state_of(journal) + "/" + forward.name);
        if (!targets.ok()) continue;
        for (const auto& target : targets.value())
            if (is_route(journal, forward.name + "/" + target.name)) routes.push_back(forward.name + "/" + target.name);
    }
    std::sort(routes.begin(), routes.end());
    return routes;
}

std::optional<Request> read_request(const DeadCommand& command) {
    Request request;
    if (command.arguments.size() < 2 || !is_directory(command.arguments.back())) {
        complain("write: wideline dead list|show|retry|drop [FORWARD/TARGET] [EXPR...] JOURNAL");
        return std::nullopt;
    }
    request.journal = command.arguments.back();
    for (std::size_t i = 1; i + 1 < command.arguments.size(); ++i) {
        const std::string& argument = command.arguments[i];
        if (i == 1 && is_route(request.journal, argument)) {
            request.routes.push_back(argument);
        } else {
            request.expressions.push_back(argument);
        }
    }
    if (request.routes.empty()) request.routes = all_routes(request.journal);
    return request;
}

/// Those of a route: what was refused, and what an interrupted retry has not sent yet.
std::vector<std::string> letter_directories(const std::string& route_directory) {
    std::vector<std::string> found;
    if (is_directory(route_directory + "/dead")) found.push_back(route_directory + "/dead");
    const auto entries = files().list(route_directory);
    if (entries.ok())
        for (const auto& entry : entries.value())
            if (entry.directory && entry.name.starts_with("retry-"))
                found.push_back(route_directory + "/" + entry.name);
    return found;
}

template <class Take>
void for_each_letter(const Request& request, Take take) {
    for (const std::string& route : request.routes)
        for (const std::string& directory : letter_directories(state_of(request.journal) + "/" + route)) {
            Selection selection;
            selection.where = request.expressions;
            Reader reader{directory, selection};
            for (const StoredEvent& event : reader) take(route, event);
            for (const std::string& problem : reader.problems()) complain(problem);
        }
}

ExitStatus list(const Request& request) {
    struct Group {
        std::uint64_t letters = 0;
        std::string first, last, answer;
    };
    std::map<std::array<std::string, 3>, Group> groups;
    for_each_letter(request, [&](const std::string& route, const StoredEvent& event) {
        Group& group = groups[{route, event.text("wideline.dead.reason").value_or(""),
                               event.text("wideline.dead.code").value_or("")}];
        ++group.letters;
        group.last = event.text("wideline.dead.at").value_or("");
        if (group.first.empty()) group.first = group.last;
        group.answer = event.text("wideline.dead.answer").value_or("");
    });
    Table table({"route", "reason", "code", "letters", "first", "last", "last answer"});
    for (const std::size_t column : {1, 2, 4, 5, 6}) table.align_left(column);
    for (const auto& [key, group] : groups)
        table.add({key[0], key[1], printable(key[2]), with_thousands(static_cast<double>(group.letters)), group.first,
                   group.last, printable(group.answer)});
    Output output;
    if (!groups.empty()) output.write(table.text());
    output.flush();
    return groups.empty() ? ExitStatus::nothing_or_problems : ExitStatus::done;
}

ExitStatus show(const Request& request) {
    Output output;
    std::uint64_t letters = 0;
    for_each_letter(request, [&](const std::string&, const StoredEvent& event) {
        ++letters;
        output.write(std::string(event.json()) + "\n");
    });
    output.flush();
    return letters == 0 ? ExitStatus::nothing_or_problems : ExitStatus::done;
}

/// Writes the letters of a segment that match into `taken`, and the others into `kept`, whole segments in these
/// directories; then the segment is deleted. Without a directory they are dropped. Gives how many matched.
platform::Result<std::uint64_t> split(const std::string& segment, const read::Match& match, const std::string& kept,
                                      const std::string& taken, const std::string& service) {
    constexpr std::size_t kFrame = std::size_t{1} << 20;
    std::uint64_t matched = 0;
    read::Matcher matcher(match);
    std::array<std::string, 2> lines;
    std::array<std::unique_ptr<delivery::LetterSegment>, 2> segments;
    const std::array<std::string, 2> directories = {kept, taken};
    const auto write = [&](std::size_t which) -> platform::Status {
        if (lines[which].empty() || directories[which].empty()) return {};
        if (!segments[which]) {
            auto made = delivery::LetterSegment::create(files(), platform::Clock::real(), directories[which], service);
            if (!made.ok()) return made.failure();
            segments[which] = std::move(made.value());
        }
        return segments[which]->append(std::exchange(lines[which], {}));
    };
    Reader reader{segment};
    for (const StoredEvent& event : reader) {
        std::string line(event.json());
        const std::size_t size = line.size();
        line.append(read::kReadableBehind, '\0');
        const bool matches = match.terms().empty() || matcher.matches(std::string_view(line).substr(0, size));
        matched += matches;
        std::string& to = lines[matches ? 1 : 0];
        to.append(event.json()).push_back('\n');
        if (to.size() >= kFrame)
            if (auto written = write(matches ? 1 : 0); !written.ok()) return written.failure();
    }
    for (const std::size_t which : {0, 1}) {
        if (auto written = write(which); !written.ok()) return written.failure();
        if (segments[which])
            if (auto closed = segments[which]->close(); !closed.ok()) return closed.failure();
    }
    if (auto removed = files().remove(segment); !removed.ok()) return removed.failure();
    return matched;
}

std::string service_of(std::string route) {
    std::replace(route.begin(), route.end(), '/', '.');
    return route;
}

ExitStatus drop(const Request& request, const read::Match& match, bool yes) {
    if (!yes) {
        complain("dead drop deletes events for good: say --yes");
        return ExitStatus::unusable;
    }
    std::uint64_t dropped = 0;
    for (const std::string& route : request.routes) {
        const std::string directory = state_of(request.journal) + "/" + route + "/dead";
        for (const std::string& segment : delivery::closed_segments(files(), directory)) {
            const auto matched = split(segment, match, directory, {}, service_of(route));
            if (!matched.ok()) {
                complain(matched.failure().sentence());
                return ExitStatus::unusable;
            }
            dropped += matched.value();
        }
    }
    Output output;
    output.write(fmt::format("{} dead letters deleted\n", dropped));
    output.flush();
    return dropped == 0 ? ExitStatus::nothing_or_problems : ExitStatus::done;
}

/// Whether the cursors of a retry are behind all of its letters.
bool nothing_waits(const std::string& sending) {
    const auto disk = delivery::read_route(files(), sending + "/.cursors");
    delivery::FrameCatalog catalog(files(), platform::Clock::real(), sending);
    if (!catalog.look().ok()) return false;
    const auto runs = catalog.runs();
    return std::all_of(runs.begin(), runs.end(), [&](const std::string& run) {
        const auto cursor = disk.cursors.find(run);
        return cursor != disk.cursors.end() && !catalog.at_or_after(run, cursor->second.next.sequence);
    });
}

/// The letters of a route that are to be sent go into a directory of their own, which is then forwarded like a journal.
ExitStatus retry_route(const DeadCommand& command, const Request& request, const std::string& route,
                       const read::Match& match) {
    const std::string directory = state_of(request.journal) + "/" + route;
    std::uint32_t number = 0;
    platform::fill_random(&number, sizeof number);
    std::string sending = directory + "/" + fmt::format("retry-{:08x}", number);
    for (const std::string& earlier : letter_directories(directory))
        if (!earlier.ends_with("/dead")) sending = earlier;
    for (const std::string& segment : delivery::closed_segments(files(), directory + "/dead")) {
        const auto matched = split(segment, match, directory + "/dead", sending, service_of(route));
        if (!matched.ok()) {
            complain(matched.failure().sentence());
            return ExitStatus::unusable;
        }
    }
    if (!is_directory(sending)) return ExitStatus::done;
    const std::size_t slash = route.find('/');
    auto input = read_forward_input(command.config, request.journal, route.substr(0, slash), route.substr(slash + 1));
    if (!input) return ExitStatus::unusable;
    Forward& forward = input->options.forwards.front();
    forward.where.clear();
    forward.errors = false;
    forward.delay = std::chrono::seconds(0);
    forward.enabled = true;
    delivery::Again again;
    again.id = sending.substr(sending.rfind('/') + 1);
    again.directory = sending + "/.cursors";
    again.letters = true;
    again.dead = directory + "/dead";
    const ExitStatus status = forward_once(sending, std::move(input->options), std::move(again));
    // What was refused again is in new letters.
    if (status == ExitStatus::done || nothing_waits(sending)) {
        std::error_code ignored;
        std::filesystem::remove_all(sending, ignored);
    }
    return status;
}

}  // namespace

ExitStatus dead(const DeadCommand& command) {
    const auto request = read_request(command);
    if (!request) return ExitStatus::unusable;
    const auto match = read::Match::parse(request->expressions);
    if (!match.ok()) {
        complain(match.failure().sentence());
        return ExitStatus::unusable;
    }
    const std::string& action = command.arguments.front();
    if (action == "list") return list(*request);
    if (action == "show") return show(*request);
    if (action == "drop") return drop(*request, match.value(), command.yes);
    if (action != "retry") {
        complain("\"" + action + "\" is not list, show, retry or drop");
        return ExitStatus::unusable;
    }
    ExitStatus status = ExitStatus::done;
    for (const std::string& route : request->routes)
        status = worse(status, retry_route(command, *request, route, match.value()));
    return status;
}

}  // namespace wideline::cli

#include "cli/replay.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include <wideline/reader.hpp>

#include "cli/forward_input.hpp"
#include "cli/forward_once.hpp"
#include "cli/input.hpp"
#include "cli/output.hpp"
#include "platform/clock.hpp"
#include "platform/entropy.hpp"
#include "platform/file_system.hpp"
#include "read/time_text.hpp"

namespace wideline::cli {
namespace {

/// False, after a complaint, if it is not a time.
bool read_moment(const std::string& text, const char* option, std::optional<read::TimePoint>& moment) {
    if (text.empty()) return true;
    moment = read::parse_moment(text, platform::Clock::real().wall());
    if (!moment) complain(std::string(option) + " takes a time, as 2026-11-23T22:00:00Z or 2h, not " + text);
    return moment.has_value();
}

std::string new_id() {
    std::uint32_t number = 0;
    platform::fill_random(&number, sizeof number);
    return fmt::format("{:08x}", number);
}

bool is_id(const std::string& id) {
    return !id.empty() && id.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// How many events it would send.
ExitStatus count(const Forward& forward, const std::string& journal, const std::optional<read::TimePoint>& since,
                 const std::optional<read::TimePoint>& until) {
    Selection selection;
    selection.where = forward.where;
    selection.any = forward.any;
    selection.errors = forward.errors;
    if (since) selection.since = *since;
    if (until) selection.until = *until;
    std::uint64_t events = 0;
    Reader reader{journal, selection};
    for (auto at = reader.begin(); at != reader.end(); ++at) ++events;
    Output output;
    output.write(fmt::format("{} events\n", events));
    output.flush();
    return ExitStatus::done;
}

}  // namespace

ExitStatus replay(const ReplayCommand& command) {
    if (command.forward.empty() || command.target.empty()) {
        complain("replay needs --forward NAME and --target NAME");
        return ExitStatus::unusable;
    }
    std::vector<std::string> expressions = command.arguments;
    std::string journal;
    if (!expressions.empty()) {
        journal = expressions.back();
        expressions.pop_back();
    }
    auto input = read_forward_input(command.config, journal, command.forward, command.target);
    if (!input) return ExitStatus::unusable;
    const auto there = platform::FileSystem::real().is_directory(input->journal);
    if (!there.ok() || !there.value()) {
        complain(input->journal + " is not a directory of segments");
        return ExitStatus::unusable;
    }
    Forward& forward = input->options.forwards.front();
    if (!expressions.empty() && forward.any && !forward.where.empty()) {
        complain("the forward's expressions are alternatives (any), so no others can be added");
        return ExitStatus::unusable;
    }
    forward.where.insert(forward.where.end(), expressions.begin(), expressions.end());
    forward.delay = std::chrono::seconds(0);
    forward.enabled = true;

    delivery::Again again;
    if (!read_moment(command.since, "--since", again.since) || !read_moment(command.until, "--until", again.until))
        return ExitStatus::unusable;
    if (command.dry_run) return count(forward, input->journal, again.since, again.until);
    const auto route = route_directory(input->journal, command.forward + "/" + command.target);
    if (!route) return ExitStatus::unusable;
    again.id = command.resume.empty() ? new_id() : command.resume;
    again.directory = *route + "/replay-" + again.id;
    if (!command.resume.empty() &&
        (!is_id(again.id) || !platform::FileSystem::real().is_directory(again.directory).ok())) {
        complain("there is no replay " + command.resume + " of " + command.forward + "/" + command.target);
        return ExitStatus::unusable;
    }
    const std::string directory = again.directory;
    const std::string id = again.id;
    const ExitStatus status = forward_once(input->journal, std::move(input->options), std::move(again));
    if (status == ExitStatus::done) {
        std::error_code ignored;
        std::filesystem::remove_all(directory, ignored);
    } else {
        complain("go on with: wideline replay --resume " + id + " and the same options");
    }
    return status;
}

}  // namespace wideline::cli
